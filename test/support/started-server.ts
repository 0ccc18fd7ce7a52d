/** A server over a scripted engine, with its log, for one test. */
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { startServer } from "../../src/serve/http/server.ts";
import type { RunningServer, ServerOptions } from "../../src/serve/http/server.ts";
import { scriptedEngine } from "./scripted-engine.ts";
import type { ScriptedEngine } from "./scripted-engine.ts";

export interface Started {
  readonly server: RunningServer;
  readonly engine: ScriptedEngine;
  readonly url: string;
  /** The lines of the log so far. */
  readonly log: () => Record<string, unknown>[];
  /** Posts JSON. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
}

export async function started(
  options: Partial<Omit<ServerOptions, "engine">> & { readonly engine?: ScriptedEngine } = {},
): Promise<Started> {
  const engine = options.engine ?? scriptedEngine();
  const lines: string[] = [];
  const logger = pino({ level: "debug" }, { write: (line: string) => void lines.push(line) });
  const server = await startServer({ logger, ...options, engine });
  onTestFinished(() => server.close(0));
  return {
    server,
    engine,
    url: server.url,
    log: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    post: (path, body, init = {}) =>
      fetch(`${server.url}${path}`, {
        method: "POST",
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
        headers: { "content-type": "application/json", ...(init.headers as object) },
      }),
  };
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error("it never came to hold");
    await new Promise((done) => setTimeout(done, 5));
  }
}

/** The data of each event of a stream. */
export async function eventsOf(response: Response): Promise<string[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => event.replace(/^data: /, ""));
}
