/** The program itself: two real models behind its server, the same clients, and its end. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { decodeSafetensors, encodeSafetensors } from "unmask";
import { runCli } from "../src/cli/run-cli.ts";
import { modelsReply, textReply } from "../src/serve/http/replies.ts";
import { clientCases } from "./support/client-cases.ts";
import { eventsOf, until } from "./support/started-server.ts";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist/cli/main.js");

let folder: string;
let stop: (signal: NodeJS.Signals) => Promise<number | null>;
let url: string;

/** Starts the program; resolves when it has printed its address. */
async function serve(words: readonly string[], flags: readonly string[] = []) {
  const program = spawn(process.execPath, [...flags, main, "serve", "--port", "0", ...words]);
  let [out, log] = ["", ""];
  program.stdout.on("data", (data: Buffer) => (out += data.toString()));
  program.stderr.on("data", (data: Buffer) => (log += data.toString()));
  const ended = once(program, "exit").then(([status]) => status as number | null);
  await until(() => out.includes("curl") || program.exitCode !== null);
  return {
    url: /http:\/\/\S+:\d+/.exec(out)?.[0] ?? log,
    log: () => log,
    send: (signal: NodeJS.Signals) => program.kill(signal),
    stop(signal: NodeJS.Signals) {
      program.kill(signal);
      return ended;
    },
  };
}

const models = ["masked", "causal"] as const;

/** As much of a report as is looked at. */
const comparison = z.object({
  tasks: z.array(
    z.object({
      name: z.string(),
      results: z.array(
        z.object({
          outcome: z.object({
            kind: z.string(),
            measurements: z
              .array(
                z.object({
                  figure: z.string(),
                  value: z.number(),
                  each: z.array(z.number()).optional(),
                  on: z.string().optional(),
                }),
              )
              .optional(),
          }),
        }),
      ),
    }),
  ),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unmask-serve-"));
  const data = join(folder, "data.txt");
  const lines = ["The cat sat on a mat.", "A dog had a blue kite.", "고양이가 방석에 앉았다 🧶."];
  await writeFile(data, Array.from({ length: 300 }, (_, i) => lines[i % 3]).join("\n"));
  // Enough for the end token, which is nowhere in the text, to become rare: clients want some text.
  const shape = ["--size", "nano", "--length", "64", "--steps", "100"];
  const train = (name: string, ...more: string[]): Buffer =>
    execFileSync(
      process.execPath,
      [main, "train", "--data", data, "--out", join(folder, name), "--batch", "4", ...more],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  train("masked", ...shape, "--system", "mdlm", "--tokenizer", "char");
  train("causal", ...shape, "--system", "autoregressive", "--tokenizer", "byte");
  train(
    "plans",
    "--system",
    "planner",
    "--init",
    join(folder, "causal"),
    "--length",
    "16",
    "--steps",
    "10",
  );
  const folders = [...models, "plans"].map((name) => join(folder, name)).join(",");
  ({ url, stop } = await serve(["--model", folders, "--threads", "1"]));
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

/** What a command prints as JSON. */
async function unmask(words: readonly string[]): Promise<unknown> {
  let [stdout, stderr] = ["", ""];
  const status = await runCli([...words, "--json"], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    signal: new AbortController().signal,
  });
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

async function active(): Promise<number> {
  const list = modelsReply.parse(await (await fetch(`${url}/v1/models`)).json());
  return list.data.reduce((sum, model) => sum + model.unmask.active + model.unmask.waiting, 0);
}

describe.each(models)("clients of a model that is %s", (model) => {
  // A model that only continues fills nothing in.
  const cases = clientCases.filter(({ infills }) => !infills || model === "masked");
  test.each(cases)("$name", ({ run }) =>
    run({ baseURL: `${url}/v1`, apiKey: "unused", model, scores: model === "causal", active }),
  );
});

/** What a stream told of its text, chunk by chunk. */
async function toldOf(response: Response) {
  const events = await eventsOf(response);
  expect(events.at(-1)).toBe("[DONE]");
  const chunks = events.slice(0, -1).map((event) => JSON.parse(event) as Chunk);
  return chunks.flatMap(({ choices }) => choices);
}

interface Chunk {
  readonly choices: readonly {
    readonly text: string;
    readonly unmask?: { readonly step: number; readonly open?: number };
  }[];
}

describe("a model of plans", () => {
  const asked = { model: "plans", prompt: "The cat", max_tokens: 40, seed: 3 };

  test("goes on from a text, the same for the same seed, at once or in pieces", async () => {
    const whole = async () => {
      const response = await post("/v1/completions", asked);
      expect(response.status).toBe(200);
      return textReply.parse(await response.json());
    };
    const first = await whole();
    expect(first.choices[0]!.text).not.toBe("");
    expect((await whole()).choices).toEqual(first.choices);
    const response = await post("/v1/completions", { ...asked, stream: true });
    const texts = (await toldOf(response)).map(({ text }) => text);
    expect(texts.join("")).toBe(first.choices[0]!.text);
    expect(texts.filter((text) => text !== "").length).toBeGreaterThan(1);
  });

  test("tells every guess of a plan in words", async () => {
    const more = { max_tokens: 16, steps: 4, stream: true, diffusing: true };
    const response = await post("/v1/completions", { ...asked, ...more });
    const frames = (await toldOf(response)).flatMap((told) => told.unmask ?? []);
    const steps = frames.filter(({ open }) => open !== undefined).map(({ step }) => step);
    expect(steps).toEqual([0, 1, 2, 3, 4]);
  });

  test.each([
    ["/v1/chat/completions", { messages: [{ role: "user", content: "Hi" }] }, "does nothing else"],
    ["/v1/completions", { prompt: "A", suffix: "B" }, "must see both sides of what it writes"],
    [
      "/v1/completions",
      { prompt: "A", rule: "confidence" },
      "plans whole paragraphs and takes no rule",
    ],
  ])("%s with %j is refused in one line", async (path, body, message) => {
    const response = await post(path, { model: "plans", max_tokens: 8, ...body });
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as { error: { message: string } };
    expect(error.message).toContain(message);
  });

  test("is not served before it plans: one line says how to go on", async () => {
    const half = join(folder, "half");
    await cp(join(folder, "plans"), half, { recursive: true });
    const path = join(half, "model.safetensors");
    const { tensors } = decodeSafetensors(await readFile(path), path);
    const embedder = Object.entries(tensors).filter(([name]) => !name.startsWith("planner."));
    await writeFile(path, encodeSafetensors(Object.fromEntries(embedder)));
    const server = await serve(["--model", half]);
    expect(await server.stop("SIGTERM")).toBe(2);
    expect(server.log().trim()).toBe(
      `unmask: model "${half}": its planner isn't trained yet; go on with: unmask train --out ${half} --resume`,
    );
  });

  test("is listed with what it can do", async () => {
    const list = modelsReply.parse(await (await fetch(`${url}/v1/models`)).json());
    const about = (name: string) => list.data.find(({ id }) => id === name)?.unmask;
    const can = { system: "planner", infills: false, paced: true, length: 16 };
    expect(about("plans")).toMatchObject(can);
    expect(about("causal")).toMatchObject({ paced: false });
  });
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

  test("is compared with the model in its folder: the same likelihood, window by window", async () => {
    // A window of bytes may cut a character in two, and a server is told of whole ones.
    const data = join(folder, "ascii.txt");
    await writeFile(data, "The cat sat on a mat. A dog had a blue kite.\n".repeat(50));
    const [there, here] = [`${url}/v1#causal`, join(folder, "causal")];
    const tasks = ["--tasks", "likelihood,writing,infill,long", "--samples", "3", "--quick"];
    const compared = comparison.parse(
      await unmask(
        ["compare", "--models", `${here},${there}`, "--data", data].concat(
          ["--out", join(folder, "report"), "--length", "32"],
          tasks,
        ),
      ),
    );
    const outcome = (task: string, model: number) =>
      compared.tasks.find(({ name }) => name === task)!.results[model]!.outcome;
    const figure = (task: string, model: number, name: string) =>
      outcome(task, model).measurements?.find((one) => one.figure === name);
    const [own, told] = [0, 1].map((model) => figure("likelihood", model, "leftToRight")!);
    expect(told!.value).toBeCloseTo(own!.value, 4);
    expect(told!.on).toBe(own!.on);
    told!.each!.forEach((bits, i) => expect(bits).toBeCloseTo(own!.each![i]!, 4));
    for (const name of ["perplexity", "entropy", "tokensPerPass", "passes", "tokensPerSecond"])
      expect(figure("writing", 1, name)?.value, name).toBeGreaterThan(0);
    expect(figure("writing", 1, "realPerplexity")).toEqual(figure("writing", 0, "realPerplexity"));
    expect(figure("long", 1, "seconds")?.value).toBeGreaterThan(0);
    expect(outcome("infill", 1)).toMatchObject({ kind: "inapplicable" });
  });

  test("a worker that dies fails what it was writing, and another takes its place", async () => {
    const mortal = fileURLToPath(new URL("support/mortal-workers.mjs", import.meta.url));
    const server = await serve(["--model", join(folder, "masked")], ["--import", mortal]);
    const write = (length: number) =>
      fetch(`${server.url}/v1/completions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ prompt: "The", max_tokens: length, stream: true, diffusing: true }),
      });
    const begun = await write(4000);
    const reader = begun.body!.getReader();
    await reader.read();
    server.send("SIGUSR2");
    let rest = "";
    for (let part = await reader.read(); !part.done; part = await reader.read())
      rest += Buffer.from(part.value).toString();
    expect(rest).toContain(
      '"error":{"message":"model masked ended while it wrote (a fault of its own)',
    );
    expect(rest).not.toContain("[DONE]");
    expect((await eventsOf(await write(8))).at(-1)).toBe("[DONE]");
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/restarts\S* 1$/m);
    expect(await server.stop("SIGTERM")).toBe(0);
  });

  test("stopped while it writes, it finishes and ends with status 0", async () => {
    const other = await serve(["--model", join(folder, "masked"), "--log-prompts"]);
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
    const { url: said, stop: end } = await serve(["--model", folder]);
    expect(said.trim().split("\n")).toHaveLength(1);
    expect(said).toMatch(/^unmask: /);
    expect(await end("SIGTERM")).toBe(1);
  });
});
