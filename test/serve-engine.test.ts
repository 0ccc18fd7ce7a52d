/** The program itself: two real models behind its server, the same clients, and its end. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCli } from "../src/cli/run-cli.ts";
import { modelsReply, textReply } from "../src/serve/http/replies.ts";
import { clientCases } from "./support/client-cases.ts";
import { eventsOf, until } from "./support/started-server.ts";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist/cli/main.js");

let folder: string;
let stop: (signal: NodeJS.Signals) => Promise<number | null>;
let url: string;

/** Starts the program; resolves when it has printed its address. */
async function serve(...words: string[]) {
  const program = spawn(process.execPath, [main, "serve", "--port", "0", ...words]);
  let [out, log] = ["", ""];
  program.stdout.on("data", (data: Buffer) => (out += data.toString()));
  program.stderr.on("data", (data: Buffer) => (log += data.toString()));
  const ended = once(program, "exit").then(([status]) => status as number | null);
  await until(() => out.includes("curl") || program.exitCode !== null);
  return {
    url: /http:\/\/\S+:\d+/.exec(out)?.[0] ?? log,
    log: () => log,
    stop(signal: NodeJS.Signals) {
      program.kill(signal);
      return ended;
    },
  };
}

const models = ["masked", "causal"] as const;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-serve-"));
  const data = join(folder, "data.txt");
  const lines = ["The cat sat on a mat.", "A dog had a blue kite.", "고양이가 방석에 앉았다 🧶."];
  await writeFile(data, Array.from({ length: 300 }, (_, i) => lines[i % 3]).join("\n"));
  const shape = ["--size", "nano", "--length", "64", "--batch", "4", "--steps", "10"];
  const train = (name: string, ...more: string[]): Buffer =>
    execFileSync(
      process.execPath,
      [main, "train", "--data", data, "--out", join(folder, name), ...shape, ...more],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  train("masked", "--system", "mdlm", "--tokenizer", "char");
  train("causal", "--system", "autoregressive", "--tokenizer", "byte");
  const folders = models.map((name) => join(folder, name)).join(",");
  ({ url, stop } = await serve("--model", folders, "--threads", "1"));
});
afterAll(async () => {
  await stop?.("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const post = (path: string, body: object): Promise<Response> =>
  fetch(`${url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

async function active(): Promise<number> {
  const list = modelsReply.parse(await (await fetch(`${url}/v1/models`)).json());
  return list.data.reduce((sum, { unmask }) => sum + unmask.active + unmask.waiting, 0);
}

describe.each(models)("clients of a model that is %s", (model) => {
  // A model that only continues fills nothing in.
  const cases = clientCases.filter(({ infills }) => !infills || model === "masked");
  test.each(cases)("$name", ({ run }) =>
    run({ baseURL: `${url}/v1`, apiKey: "unused", model, scores: model === "causal", active }),
  );
});

describe("the program", () => {
  test("the same seed gives the same text, alone and among fifteen others", async () => {
    for (const model of models) {
      const ask = async (seed: number) => {
        const response = await post("/v1/completions", {
          model,
          prompt: "The",
          max_tokens: 24,
          seed,
        });
        return textReply.parse(await response.json()).choices[0]!.text;
      };
      const alone = await ask(5);
      const crowd = await Promise.all(Array.from({ length: 16 }, (_, seed) => ask(seed)));
      expect(crowd[5]).toBe(alone);
      expect(new Set(crowd).size).toBeGreaterThan(1);
    }
  });

  test("fills holes, edits, and shows each step", async () => {
    const hole = await post("/v1/infill", {
      model: "masked",
      text: "The [[3]] sat[[?]].",
      max_hole: 3,
    });
    const filled = textReply.parse(await hole.json()).choices[0]!;
    expect(filled.text).toMatch(/^The .* sat.+\.$/su);
    expect(filled.finish_reason).toBe("stop");
    const edit = await post("/v1/edits", {
      model: "masked",
      text: "The cat sat.",
      spans: [[4, 7]],
    });
    expect(textReply.parse(await edit.json()).choices[0]!.text).toMatch(/^The .{3} sat\.$/su);
    const body = { model: "masked", prompt: "The", suffix: "mat.", max_tokens: 6, seed: 1 };
    const events = await eventsOf(
      await post("/v1/completions", { ...body, stream: true, diffusing: true }),
    );
    expect(events[0]).toContain("░░░░░░");
    expect(events.at(-1)).toBe("[DONE]");
  });

  test("a model behind it writes, fills and edits as it does from its folder, and scores", async () => {
    const unmask = async (words: readonly string[]): Promise<unknown> => {
      let [stdout, stderr] = ["", ""];
      const status = await runCli([...words, "--json"], {
        stdout: { write: (text) => (stdout += text) },
        stderr: { write: (text) => (stderr += text) },
        env: {},
        signal: new AbortController().signal,
      });
      expect(status, stderr).toBe(0);
      return JSON.parse(stdout);
    };
    const textsOf = (result: unknown): object[] =>
      (result as { texts: { text: string; passes: number }[] }).texts.map(({ text, passes }) => ({
        text,
        passes,
      }));
    for (const words of [
      ["generate", "The cat", "--length", "20", "--seed", "3"],
      ["generate", "The cat", "--length", "20", "--seed", "3", "--steps", "5", "--watch"],
      ["infill", "The [[5]] sat.", "--seed", "4"],
      ["infill", "The [[?]] sat.", "--max-hole", "3", "--seed", "4"],
      ["edit", "The cat sat.", "--spans", "4-7", "--seed", "5"],
      ["edit", "The cat sat.", "--doubts", "0.2", "--seed", "5"],
    ]) {
      const there = textsOf(await unmask([...words, "--model", `${url}/v1#masked`]));
      expect(there).toEqual(textsOf(await unmask([...words, "--model", join(folder, "masked")])));
    }
    const data = join(folder, "data.txt");
    const score = ["evaluate", "--metric", "exact", "--data", data, "--limit", "2"];
    const scored = await unmask([...score, "--model", `${url}/v1#causal`]);
    expect((scored as { nats: number }).nats).toBeGreaterThan(0);
  });

  test("stopped while it writes, it finishes and ends with status 0", async () => {
    const other = await serve("--model", join(folder, "masked"), "--log-prompts");
    const response = await fetch(`${other.url}/v1/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ prompt: "The", max_tokens: 200, stream: true, diffusing: true }),
    });
    const events = eventsOf(response);
    const status = await other.stop("SIGTERM");
    expect((await events).at(-1)).toBe("[DONE]");
    expect(status).toBe(0);
    const lines = other
      .log()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
      {
        route: "/v1/completions",
        status: 200,
        tokens: expect.any(Number) as number,
        body: { prompt: "The" },
      },
    ]);
  });

  test("a folder that holds no model: one line, exit status 1", async () => {
    const { url: said, stop: end } = await serve("--model", folder);
    expect(said.trim().split("\n")).toHaveLength(1);
    expect(said).toMatch(/^unmask: /);
    expect(await end("SIGTERM")).toBe(1);
  });
});
