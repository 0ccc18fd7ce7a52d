/** `unmask serve` from its command line to its end, over a scripted engine. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { runServer } from "../src/cli/actions/run-server.ts";
import type { ServeValues } from "../src/cli/actions/run-server.ts";
import { runCli } from "../src/cli/run-cli.ts";
import { defineVerb } from "../src/cli/verb.ts";
import { verb } from "../src/cli/verbs/serve.ts";
import type { StartEngineOptions } from "../src/serve/engine/index.ts";
import { scriptedEngine, scriptedModel, usualScript } from "./support/scripted-engine.ts";
import { until } from "./support/started-server.ts";

/** Runs a command line over a scripted engine. */
function start(words: readonly string[]) {
  const controller = new AbortController();
  const said = { out: "", err: "" };
  const asked: StartEngineOptions[] = [];
  const engine = scriptedEngine({
    models: [{ ...scriptedModel, id: "book" }],
    script: (task) => ({ ...usualScript(task), wait: () => pause(10) }),
  });
  const scripted = defineVerb({
    ...verb,
    run: (context) =>
      runServer(context, context.values as unknown as ServeValues, (options) => {
        asked.push(options);
        return Promise.resolve(engine);
      }),
  });
  const status = runCli(words, {
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text) },
    env: {},
    signal: controller.signal,
    verbs: { serve: { summary: "", load: () => Promise.resolve({ verb: scripted }) } },
  });
  return { engine, asked, said, status, stop: () => controller.abort() };
}

const quietly = ["--port", "0", "--log-level", "silent"];
const addressOf = (text: string): string => /http:\/\/\S+:\d+/.exec(text)![0];

describe("unmask serve", () => {
  test("starts, prints a line to paste, and ends with status 0 once all is answered", async () => {
    const { engine, asked, said, status, stop } = start([
      "serve",
      "--model",
      "runs/book",
      ...quietly,
    ]);
    await until(() => said.out.includes("curl"));
    expect(asked).toEqual([
      {
        models: [{ id: "book", folder: "runs/book" }],
        queue: 256,
        batch: 16,
        seconds: 300,
        device: "cpu",
        threads: undefined,
        memory: Infinity,
      },
    ]);
    expect(said.out).toMatch(/^serving book at http:\/\/127\.0\.0\.1:\d+\n/);
    const [, body] = / -d '(.+)'/.exec(said.out)!;
    const response = fetch(`${addressOf(said.out)}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: body!,
    });
    await until(() => engine.running() === 1);
    stop();
    expect((await response).status).toBe(200);
    expect(await status).toBe(0);
    expect(engine.closed()).toBe(true);
  });

  test("--json tells what was served", async () => {
    const { said, status, stop } = start(["serve", "--json", "--model", "runs/book", ...quietly]);
    await until(() => said.err.includes("serving"));
    stop();
    expect(await status).toBe(0);
    expect(JSON.parse(said.out)).toEqual({
      url: addressOf(said.err),
      texts: 0,
      tokens: 0,
      passes: 0,
    });
  });

  test.each([
    [["--model", "a,,b"], 2, "--model must not be empty"],
    [["--model", "x/book,y/book"], 2, 'got "book" twice'],
    [["--model", "./book", "--host", "0.0.0.0"], 2, "needs API keys"],
    [["--model", "./book", "--port", "70000"], 2, "--port"],
    [["--model", "./book", "--api-key-file", "/no/such/file"], 1, "--api-key-file can't be read"],
    [["--model", "./book", "--site", "/no/such/folder"], 1, "--site must be a folder"],
  ])("%j: exit status %d", async (words, status, message) => {
    const started = start(["serve", ...words]);
    expect(await started.status).toBe(status);
    expect(started.said.err).toContain(message);
    expect(started.said.err.trim().split("\n")).toHaveLength(1);
  });

  test("a key that it makes is one that it lets in", async () => {
    const said = { out: "", err: "" };
    const made = await runCli(["serve", "--new-key", "--json"], {
      stdout: { write: (text) => (said.out += text) },
      stderr: { write: (text) => (said.err += text) },
      env: {},
      signal: new AbortController().signal,
    });
    expect(made).toBe(0);
    const { key, line } = JSON.parse(said.out) as { key: string; line: string };
    const folder = await mkdtemp(join(tmpdir(), "unmask-keys-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, "keys.txt"), `${line} mine\n`);
    const file = join(folder, "keys.txt");
    const started = start(["serve", "--model", "./book", "--api-key-file", file, ...quietly]);
    await until(() => started.said.out.includes("curl"));
    const ask = (headers: Record<string, string>) =>
      fetch(`${addressOf(started.said.out)}/v1/models`, { headers });
    expect((await ask({})).status).toBe(401);
    expect((await ask({ authorization: `Bearer ${key}` })).status).toBe(200);
    started.stop();
    expect(await started.status).toBe(0);
  });
});
