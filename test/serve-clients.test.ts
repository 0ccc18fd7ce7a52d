/** The clients that people have, against a started server over a scripted engine. */
import { setTimeout as pause } from "node:timers/promises";
import { pino } from "pino";
import { afterAll, beforeAll, describe, test } from "vitest";
import { startServer } from "../src/serve/http/server.ts";
import type { RunningServer } from "../src/serve/http/server.ts";
import { clientCases } from "./support/client-cases.ts";
import { scriptedEngine, usualScript } from "./support/scripted-engine.ts";

/** As slow as a real one, so that there is something to abort. */
const engine = scriptedEngine({
  script: (task) => ({ ...usualScript(task), wait: () => pause(5) }),
});

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ engine, logger: pino({ level: "silent" }) });
});
afterAll(() => server.close(0));

describe("clients", () => {
  test.each(clientCases)("$name", ({ run }) =>
    run({
      baseURL: `${server.url}/v1`,
      model: "tiny",
      apiKey: "unused",
      scores: true,
      active: () => Promise.resolve(engine.running()),
    }),
  );
});
