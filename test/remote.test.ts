/**
 * The command line with a model behind a server: one that answers as it should, and in every other way.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";
import { runCli } from "../src/cli/run-cli.ts";
import {
  completion,
  delta,
  done,
  event,
  inBytes,
  models,
  part,
  startApi,
} from "./support/api-server.ts";
import type { ApiServer, Reply, Script } from "./support/api-server.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const servers: ApiServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
const serve = async (script: Script): Promise<ApiServer> => {
  const server = await startApi(script);
  servers.push(server);
  return server;
};

async function unmask(words: readonly string[], env: Record<string, string> = {}) {
  let [stdout, stderr] = ["", ""];
  const status = await runCli(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
    signal: new AbortController().signal,
  });
  return { status, stdout, stderr };
}
type Run = Awaited<ReturnType<typeof unmask>>;
const json = (run: Run): unknown => {
  expect(run.status, run.stderr).toBe(0);
  return JSON.parse(run.stdout);
};

describe("generate", () => {
  test("asks for a completion, with what was given and nothing else", async () => {
    const usage = { prompt_tokens: 2, completion_tokens: 3, forward_passes: 2 };
    const { url, seen } = await serve({ "/completions": () => completion(" upon a", { usage }) });
    const run = await unmask(["generate", "Once", "--model", `${url}/#org/book`, "--json"]);
    expect(json(run)).toMatchObject({
      model: `${url}/#org/book`,
      texts: [
        {
          text: "Once upon a",
          reason: "length",
          promptTokens: 2,
          completionTokens: 3,
          passes: 2,
        },
      ],
    });
    expect(seen.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
      {
        method: "POST",
        path: "/completions",
        body: { model: "org/book", prompt: "Once", max_tokens: 128 },
      },
    ]);
    expect(seen[0]!.headers.authorization).toBeUndefined();
    expect(run.stderr).toMatch(/^Once upon a\n3 tokens and 2 forward passes in \d+\.\d\d s\n$/);
  });

  test("says flags as fields", async () => {
    const { url, seen } = await serve({ "/completions": () => completion("x") });
    const flags =
      "--length 9 --steps 4 --rule threshold:tau=0.8 --block 3 --temperature 0.5 --top-k 7 --top-p 0.9 " +
      "--min-p 0.1 --guidance 1 --seed 5 --repetition-penalty 1.2 --no-repeat 2";
    const env = { UNMASK_API_KEY: "sk-1", OPENAI_API_KEY: "sk-2" };
    const more = ["--fields", '{"stop":["."],"top_k":8}'];
    const words = ["generate", "--model", `${url}#m`, ...flags.split(" "), ...more];
    const run = await unmask(words, env);
    expect(run).toMatchObject({ status: 0, stdout: "x\n" });
    expect(run.stderr).toMatch(/^1 text in \S+ s, seed 5\n$/);
    expect(seen[0]!.headers.authorization).toBe("Bearer sk-1");
    expect(seen[0]!.body).toEqual({
      model: "m",
      prompt: "",
      max_tokens: 9,
      steps: 4,
      rule: "threshold:tau=0.8",
      block_length: 3,
      temperature: 0.5,
      top_k: 8,
      top_p: 0.9,
      min_p: 0.1,
      guidance: 1,
      repetition_penalty: 1.2,
      no_repeat_ngram_size: 2,
      seed: 5,
      stop: ["."],
    });
  });

  test("several texts have seeds of their own, and come in order", async () => {
    const { url } = await serve({
      "/completions": ({ body }) => ({ ...completion(`${String(body["seed"])}\u001B[2J`) }),
    });
    const words = ["generate", "--model", `${url}#m`, "--count", "6", "--seed", "10"];
    const { stdout } = await unmask(words);
    const expected = [10, 11, 12, 13, 14, 15].map((seed, i) => `--- ${i + 1}\n${seed}␛[2J\n`);
    expect(stdout).toBe(expected.join(""));
  });

  test("without a name the server's only model is meant", async () => {
    const { url, seen } = await serve({
      "/models": models("one"),
      "/completions": () => completion("x"),
    });
    expect(await unmask(["generate", "--model", url])).toMatchObject({ status: 0 });
    expect(seen.map(({ path, body }) => [path, body["model"]])).toEqual([
      ["/models", undefined],
      ["/completions", "one"],
    ]);
  });
});

describe("generate --watch", () => {
  const watch = (url: string, ...more: string[]) =>
    unmask(["generate", "말", "--model", `${url}#m`, "--watch", ...more]);

  test("draws what any server streams, in bytes that cut characters", async () => {
    const usage = { prompt_tokens: 1, completion_tokens: 3 };
    const { url, seen } = await serve({
      "/completions": () => ({
        chunks: inBytes(
          [
            part("은 "),
            part("빠르다"),
            part("🐸", undefined, "stop"),
            event({ choices: [], usage }),
            done,
          ],
          7,
        ),
      }),
    });
    const run = await watch(url);
    expect(run.stdout.split("\n")).toEqual([
      `m (${new URL(url).host})  step 1  말은 `,
      `m (${new URL(url).host})  step 2  말은 빠르다`,
      `m (${new URL(url).host})  step 3  말은 빠르다🐸`,
      "말은 빠르다🐸",
      "",
    ]);
    expect(run.stderr).toMatch(/^3 tokens in /);
    expect(seen[0]!.body).toMatchObject({ stream: true, diffusing: true });
  });

  test("draws the frames of our own server as those of a model here", async () => {
    const piece = (text: string, changed: boolean, places = 1) => ({
      text,
      places,
      open: text === "",
      changed,
      confidence: 0.5,
    });
    const frame = (step: number, text: string, ...pieces: ReturnType<typeof piece>[]) => {
      const open = pieces.reduce((sum, one) => sum + (one.open ? one.places : 0), 0);
      return part(text, { step, passes: step, open, pieces });
    };
    const usage = { completion_tokens: 3, forward_passes: 2 };
    const { url } = await serve({
      "/completions": () => ({
        chunks: [
          frame(0, "░░░", piece("", false, 3)),
          ": still alive\n\n",
          frame(1, "░░🐸", piece("", false, 2), piece("🐸", true)),
          frame(2, " 한글🐸.", piece(" 한글", true, 2), piece("🐸.", false)),
          // What follows a stop string is cut off in the end.
          part(" 한글🐸", { seed: 9, steps: 2, passes: 2 }, "stop"),
          event({ choices: [], usage }),
          done,
        ],
      }),
    });
    const title = `m (${new URL(url).host})`;
    const run = await watch(url, "--json");
    expect(run.stderr.split("\n").slice(0, 4)).toEqual([
      `${title}  step 0  passes 0  3 open  말░░░`,
      `${title}  step 1  passes 1  2 open  말░░🐸`,
      `${title}  step 2  passes 2  0 open  말 한글🐸.`,
      "말 한글🐸",
    ]);
    expect(json(run)).toMatchObject({
      texts: [
        { text: "말 한글🐸", seed: 9, steps: 2, passes: 2, completionTokens: 3, reason: "stop" },
      ],
    });
  });

  test("a server that only chats gets the prompt as a message: Mercury's frames", async () => {
    const meta = { diffusion_meta: { diffusion_content: true, diffusion_progress: 0 } };
    const { url, seen } = await serve({
      "/models": models("m", "other"),
      "/chat/completions": () => ({
        chunks: [
          delta("Tq#s r", meta),
          delta("Thas i", meta),
          delta("This is", meta),
          delta(undefined, {}, "stop"),
          done,
        ],
      }),
    });
    const run = await watch(url, "--length", "20", "--count", "2");
    expect(run.stdout).toContain("step 2  Thas i\n");
    expect(run.stdout.match(/^This is$/gm)).toHaveLength(2);
    expect(run.stderr.match(/the server only chats/g)).toHaveLength(1);
    // What isn't there is asked for once.
    expect(seen.map(({ path }) => path)).toEqual([
      "/completions",
      "/models",
      "/chat/completions",
      "/chat/completions",
    ]);
    expect(seen[2]!.body).toMatchObject({
      messages: [{ role: "user", content: "말" }],
      max_tokens: 20,
      stream: true,
      diffusing: true,
    });
  });

  test("a strict server is asked again without frames; one that streams nothing is read as well", async () => {
    const { url, seen } = await serve({
      "/completions": ({ body }) =>
        "diffusing" in body
          ? { status: 400, body: { error: { message: "Unrecognized argument: diffusing" } } }
          : completion(" ok"),
    });
    expect((await watch(url)).stdout).toContain("말 ok\n");
    expect(seen.map(({ body }) => Object.keys(body).includes("diffusing"))).toEqual([true, false]);
  });
});

describe("generate --chat", () => {
  /** The built program, with lines on its standard input. */
  const chat = (url: string, lines: string, ...more: string[]): Promise<Run> =>
    new Promise((resolve) => {
      const words = [program, "generate", "--chat", "--model", `${url}#m`, ...more];
      const child = execFile(process.execPath, words, (error, stdout, stderr) =>
        resolve({ status: Number(error?.code ?? 0), stdout, stderr }),
      );
      child.stdin!.end(lines);
    });

  test("sends all that was said", async () => {
    const { url, seen } = await serve({
      "/chat/completions": (_, count) => ({
        body: { choices: [{ message: { role: "assistant", content: ` answer ${count} ` } }] },
      }),
    });
    const run = await chat(url, "second\n/reset\nthird\n", "first", "--system", "S", "--json");
    expect(json(run)).toMatchObject({
      messages: [{ role: "system" }, { content: "third" }, { content: "answer 3" }],
    });
    expect(seen.map(({ body }) => body["messages"])).toEqual([
      [
        { role: "system", content: "S" },
        { role: "user", content: "first" },
      ],
      [
        { role: "system", content: "S" },
        { role: "user", content: "first" },
        { role: "assistant", content: "answer 1" },
        { role: "user", content: "second" },
      ],
      [
        { role: "system", content: "S" },
        { role: "user", content: "third" },
      ],
    ]);
  });

  test("is watched", async () => {
    const { url } = await serve({
      "/chat/completions": () => ({
        chunks: [delta("", {}), delta("Hi"), delta(" you", {}, "stop"), done],
      }),
    });
    expect((await chat(url, "hello\n", "--watch")).stdout.split("\n").slice(-3)).toEqual([
      expect.stringContaining("step 2  Hi you"),
      "Hi you",
      "",
    ]);
  });
});

describe("infill and edit", () => {
  test("of a server that has them", async () => {
    const { url, seen } = await serve({
      "/infill": () => completion("a b c d"),
      "/edits": () => completion("a x c"),
    });
    const infill = ["infill", "a [[3]] c[[?]]", "--model", `${url}#m`, "--max-hole", "8"];
    expect(await unmask(infill)).toMatchObject({ status: 0, stdout: "a b c d\n" });
    const edit = ["edit", "a b c", "--model", `${url}#m`];
    expect(await unmask([...edit, "--spans", "2-3"])).toMatchObject({ stdout: "a x c\n" });
    expect(await unmask(edit)).toMatchObject({ stdout: "a x c\n" });
    expect(seen.map(({ body }) => body)).toEqual([
      { model: "m", text: "a [[3]] c[[?]]", max_hole: 8 },
      { model: "m", text: "a b c", spans: [[2, 3]] },
      { model: "m", text: "a b c", strength: 0.3 },
    ]);
  });

  test("a hole in the middle is filled by any server that fills the middle", async () => {
    const ways = { "/fim/completions": () => completion("MID") };
    const { url, seen } = await serve({ "/models": models("m"), ...ways });
    const run = await unmask(["infill", "\\[[ a[[5]]z", "--model", `${url}#m`]);
    expect(run.stdout).toBe("[[ aMIDz\n");
    expect(seen.at(-1)).toMatchObject({
      path: "/fim/completions",
      body: { model: "m", prompt: "[[ a", suffix: "z", max_tokens: 5 },
    });
    const old = await serve({
      "/infill": () => ({ status: 501 }),
      "/models": models("m"),
      "/completions": () => completion("MID"),
    });
    const other = await unmask(["infill", "a[[?]]z", "--model", `${old.url}#m`, "--watch"]);
    expect(other.stdout).toMatch(/aMIDz\n$/);
    expect(old.seen.at(-1)!.body).toMatchObject({ prompt: "a", suffix: "z", max_tokens: 16 });
  });

  test.each([
    [["infill", "a[[5]]b[[2]]c"], /no \/infill; .*one hole with text on both sides/],
    [["infill", "a[[5]]"], /no \/infill; /],
    [["edit", "abc"], /no \/edits; /],
  ])("%j is not for every server", async ([verb, text], message) => {
    const { url } = await serve({ "/completions": () => completion("x") });
    const run = await unmask([verb!, text!, "--model", `${url}#m`]);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(1);
  });
});

describe("what goes wrong and may pass", () => {
  const busy: Reply = {
    status: 429,
    headers: { "retry-after": "1" },
    body: { error: { message: "slow down" } },
  };

  test("is tried again, when the server wants it", async () => {
    const { url, seen } = await serve({
      "/completions": (_, count) =>
        count === 1 ? busy : count === 2 ? { status: 503 } : completion("ok"),
    });
    const begun = performance.now();
    const run = await unmask(["generate", "--model", `${url}#m`]);
    expect(performance.now() - begun).toBeGreaterThan(1000);
    expect(run).toMatchObject({ status: 0, stdout: "ok\n" });
    expect(run.stderr).toMatch(
      /asked less often \(status 429: slow down\); trying again in 1\.0 s/,
    );
    // Without a word of the server's: between half a second and a whole one.
    expect(run.stderr).toMatch(/out of order \(status 503\); trying again in (0\.[5-9]|1\.0) s/);
    expect(seen).toHaveLength(3);
  });

  test("ends", async () => {
    const script = { "/completions": () => ({ status: 500, body: "<h1>oops</h1>" }) };
    const { url, seen } = await serve(script);
    const run = await unmask(["generate", "--model", `${url}#m`], { UNMASK_RETRIES: "1" });
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(/\nunmask: http:\S+: the server is out of order \(status 500\)\n$/);
    expect(seen).toHaveLength(2);
  });

  test("is not waited for all day", async () => {
    const later = new Date(Date.now() + 3_600_000).toUTCString();
    const { url, seen } = await serve({
      "/completions": () => ({ status: 429, headers: { "retry-after": later } }),
    });
    expect(await unmask(["generate", "--model", `${url}#m`])).toMatchObject({ status: 1 });
    expect(seen).toHaveLength(1);
  });

  test("a server that is not there", async () => {
    const gone = await startApi({});
    await gone.close();
    const run = await unmask(["generate", "--model", `${gone.url}#m`], { UNMASK_RETRIES: "0" });
    expect(run).toMatchObject({ status: 1 });
    expect(run.stderr).toMatch(
      /^unmask: http:\S+: the server takes no connection; is the address right/,
    );
  });
});

describe("wrong answers are one line", () => {
  const error = (message: string, code?: string) => ({ error: { message, type: "x", code } });
  const generate = (reply: Reply): Script => ({
    "/completions": () => reply,
    "/models": models("m"),
  });

  test.each<[string, Script, string[], RegExp]>([
    [
      "a cut stream",
      generate({ chunks: [part("On"), part("ce")], cut: true }),
      ["--watch"],
      /the answer broke off: the connection was cut; try again$/,
    ],
    [
      "a stream without an end",
      generate({ chunks: [part("On"), 'data: {"cho'] }),
      ["--watch"],
      /broke off: the stream ended after 2 characters/,
    ],
    [
      "a cut answer",
      generate({ body: '{"choices": [', cut: true }),
      [],
      /the answer broke off: the connection was cut/,
    ],
    [
      "silence in a stream",
      generate({ chunks: [part("On")], stall: true }),
      ["--watch"],
      /broke off: nothing came for 0.3 s/,
    ],
    ["silence", generate({ stall: true }), [], /nothing came for 0.3 s/],
    [
      "a web page",
      generate({ headers: { "content-type": "text/html" }, body: "<!doctype html>" }),
      [],
      /needed a completion .*, got a web page; the address of an API mostly ends in \/v1$/,
    ],
    ["no JSON", generate({ body: "hello\n there" }), [], /got what is not JSON: "hello there"$/],
    ["nothing", generate({ body: "" }), [], /got nothing$/],
    ["other JSON", generate({ body: { choices: "none" } }), [], /got something else: choices: /],
    ["no choice", generate({ body: { choices: [] } }), [], /needed a text of the server, got none/],
    [
      "an error in good clothes",
      generate({ body: error("out of memory") }),
      [],
      /the server failed: out of memory$/,
    ],
    [
      "an error in a stream",
      generate({ chunks: [part("On"), event(error("out of memory"))] }),
      ["--watch"],
      /the server failed: out of memory$/,
    ],
    [
      "a model that is not there",
      { "/models": models("abc", "book"), "/completions": () => ({ status: 404 }) },
      [],
      /unknown model "m"; one of: abc, book/,
    ],
    [
      "a model that is not there, of a server that keeps its list",
      { "/completions": () => ({ status: 404, body: error("?", "model_not_found") }) },
      [],
      /unknown model "m"$/,
    ],
    ["no API", {}, [], /the server has no \/completions; .*mostly ends in \/v1/],
    [
      "no key",
      generate({ status: 401, body: error("who are you?") }),
      [],
      /it wants a key, put it into UNMASK_API_KEY \(status 401: who are you\?\)$/,
    ],
  ])("%s", async (_, script, words, message) => {
    const { url } = await serve(script);
    const env = { UNMASK_TIMEOUT: "0.3", UNMASK_RETRIES: "0" };
    const run = await unmask(["generate", "--model", `${url}#m`, ...words], env);
    expect(run.stderr.trim()).toMatch(message);
    expect(run.stderr.trim().split("\n")).toHaveLength(1);
    expect(run.status).toBe(1);
  });

  test("what the server refuses is wrong usage, in its words", async () => {
    const { url } = await serve(
      generate({ status: 400, body: { detail: "temperature\nis too high" } }),
    );
    const run = await unmask(["generate", "--model", `${url}#m`]);
    expect(run.stderr).toMatch(/refuses the request \(status 400: temperature is too high\)\n$/);
    expect(run.status).toBe(2);
  });

  test.each<[string, string[], RegExp]>([
    ["http://[/v1#m", [], /must be http\(s\):\/\/host\/v1#name/],
    ["http://user:secret@127.0.0.1/v1#m", [], /without user.*got "http:\/\/\*\*\*@127/],
    [
      "http://127.0.0.1/v1#m",
      ["--device", "cpu"],
      /generate: --device is for a model on this machine/,
    ],
    ["http://127.0.0.1/v1#m", ["--cache", "none"], /--cache is for a model on this machine/],
    ["http://127.0.0.1/v1#m", ["--fields", "[1]"], /--fields must be a JSON object/],
    ["runs/none", ["--fields", "{}"], /generate: --fields is for a remote model/],
    ["http://127.0.0.1/v1#m", ["--chat", "--as", "mdlm"], /--as is for a model on this machine/],
  ])("%s %j is wrong usage", async (model, words, message) => {
    const run = await unmask(["generate", "--model", model, ...words]);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toContain("secret");
    expect(run.status).toBe(2);
  });
});

describe("the key", () => {
  const env = { OPENAI_API_KEY: " sk-secret\n" };

  test("follows redirections within the server, and the text with it", async () => {
    const { url, seen } = await serve({
      "/completions": () => ({ status: 308, headers: { location: "/v1/elsewhere" } }),
      "/elsewhere": () => completion("ok"),
    });
    expect(await unmask(["generate", "a", "--model", `${url}#m`], env)).toMatchObject({
      status: 0,
    });
    const { method, headers, body } = seen[1]!;
    expect(method).toBe("POST");
    expect(headers.authorization).toBe("Bearer sk-secret");
    expect(body).toMatchObject({ prompt: "a" });
  });

  test("reaches no other server, and no message", async () => {
    const other = await serve({ "/completions": () => completion("stolen") });
    const { url } = await serve({
      "/completions": (_, count) =>
        count === 1
          ? { status: 307, headers: { location: `${other.url}/completions` } }
          : { status: 401, body: { error: { message: "bad key sk-secret" } } },
    });
    const sent = await unmask(["generate", "--model", `${url}#m`], env);
    expect(sent.stderr).toMatch(/sends us on to http:\/\/127\.0\.0\.1:\d+, which gets neither/);
    expect(other.seen).toEqual([]);
    const refused = await unmask(["generate", "--model", `${url}#m`, "--json"], env);
    expect(refused.stderr).toMatch(
      /doesn't take the key in OPENAI_API_KEY \(status 401: bad key \*\*\*\)/,
    );
    expect(refused.stdout).not.toContain("secret");
    const odd = await unmask(["generate", "--model", `${url}#m`], { UNMASK_API_KEY: "se\ncret" });
    expect(odd).toMatchObject({ status: 2 });
    expect(odd.stderr).not.toContain("cret,");
  });

  test("redirections end", async () => {
    const { url } = await serve({
      "/completions": () => ({ status: 307, headers: { location: "/v1/completions" } }),
    });
    const run = await unmask(["generate", "--model", `${url}#m`]);
    expect(run.stderr).toMatch(/round in circles/);
  });
});

describe("evaluate", () => {
  let folder = "";
  let data = "";
  let judge = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unmask-remote-"));
    [data, judge] = [join(folder, "stories.txt"), join(folder, "judge")];
    await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
    const shape = "--system autoregressive --size nano --length 16 --batch 4 --steps 30".split(" ");
    const run = await unmask(["train", "--data", data, "--out", judge, ...shape]);
    expect(run.status, run.stderr).toBe(0);
  });
  afterAll(() => rm(folder, { recursive: true }));
  const evaluate = (url: string, ...words: string[]) =>
    unmask(["evaluate", "--model", `${url}#m`, ...words, "--json"]);

  test("speed, as far as the server tells", async () => {
    const usage = { completion_tokens: 6, forward_passes: 3 };
    const { url, seen } = await serve({
      "/completions": ({ body }) => completion("abcd", body["steps"] === 3 ? { usage } : {}),
    });
    const told = json(await evaluate(url, "--metric", "speed", "--steps", "3", "--length", "6"));
    expect(told).toMatchObject({
      metric: "speed",
      length: 6,
      tokens: 18,
      passes: 9,
      tokensPerPass: 2,
    });
    expect(told).toMatchObject({ tokensPerSecond: expect.any(Number), characters: 12 });
    expect(seen).toHaveLength(4);
    const untold = json(await evaluate(url, "--metric", "speed"));
    expect(untold).not.toHaveProperty("tokensPerSecond");
    expect(untold).toMatchObject({ charactersPerSecond: expect.any(Number) });
  });

  test("generative: a judge here reads what is written there", async () => {
    const usage = { completion_tokens: 10 };
    const { url, seen } = await serve({
      "/completions": ({ body }) =>
        completion(Number(body["seed"]) % 2 ? "Mia had a red ball." : "Tom had a kite.", { usage }),
    });
    const words = ["--metric", "generative", "--judge", judge, "--count", "6", "--data", data];
    const figures = json(await evaluate(url, ...words, "--threads", "1")) as Record<string, number>;
    expect(figures).toMatchObject({ texts: 6, tokens: 60, reference: { texts: 6 } });
    expect(figures["perplexity"]).toBeCloseTo(Math.exp(figures["nats"]!), 6);
    expect(figures).not.toHaveProperty("tokensPerPass");
    expect(figures["entropy"]).toMatchObject({ perText: expect.any(Number) });
    expect(new Set(seen.map(({ body }) => body["seed"]))).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    const table = await unmask(["evaluate", "--model", `${url}#m`, ...words]);
    expect(table.stdout).toMatch(/6 texts from nothing, judged by .*judge\n +written +real text\n/);
  });

  test("exact: what the server says its tokens cost", async () => {
    // Each character is a token, of 1/2 nat; nothing predicts the first.
    const scored = (text: string, more: string) => {
      const tokens = Array.from(text + more);
      const token_logprobs = tokens.map((_, i) => (i === 0 ? null : -0.5));
      return { text: text + more, logprobs: { tokens, token_logprobs, text_offset: [] } };
    };
    const { url, seen } = await serve({
      "/completions": ({ body }) =>
        body["max_tokens"] === 0
          ? { status: 400, body: { error: { message: "max_tokens must be at least 1" } } }
          : {
              body: {
                choices: [scored(String(body["prompt"]), "?")],
                usage: { completion_tokens: 1 },
              },
            },
    });
    const words = ["--metric", "exact", "--data", data, "--length", "20", "--limit", "5"];
    const figures = json(await evaluate(url, ...words));
    const windows = seen
      .filter(({ body }) => body["max_tokens"] === 0)
      .map(({ body }) => String(body["prompt"]));
    // They end at the edges of words.
    expect(windows.slice(1).every((window) => /^\s.{9,19}$/s.test(window))).toBe(true);
    const characters = windows.join("").length - 5;
    expect(figures).toMatchObject({
      nats: 0.5,
      standardError: 0,
      windows: 5,
      tokens: characters,
      characters,
      exact: true,
      perplexity: Math.exp(0.5),
    });
    expect(seen[0]!.body).toMatchObject({ echo: true, logprobs: 1, max_tokens: 0 });
  });

  test.each<[string, Script]>([
    ["ignores it", { "/completions": () => completion("x") }],
    [
      "tells those of another text",
      {
        "/completions": () => ({
          body: {
            choices: [{ text: " and", logprobs: { tokens: [" and"], token_logprobs: [-1] } }],
            usage: { prompt_tokens: 5, completion_tokens: 1 },
          },
        }),
      },
    ],
    [
      "refuses it",
      { "/completions": () => ({ status: 400, body: { error: { message: "echo?" } } }) },
    ],
    ["only chats", { "/models": models("m") }],
  ])("exact: of a server that %s", async (_, script) => {
    const { url } = await serve(script);
    const run = await evaluate(url, "--metric", "exact", "--data", data, "--limit", "1");
    expect(run.stderr).toMatch(
      /needs echo with logprobs on \/completions, which this server doesn't offer/,
    );
    expect(run.status).toBe(1);
  });

  test("a server that only chats is given a prompt", async () => {
    const { url } = await serve({
      "/models": models("m"),
      "/chat/completions": () => ({ body: { choices: [{ message: { content: "hi" } }] } }),
    });
    const silent = await evaluate(url, "--metric", "speed");
    expect(silent.stderr).toMatch(/no \/completions; it may only chat: then give it a prompt/);
    const asked = await evaluate(url, "--metric", "speed", "--prompt", "Say hi.");
    expect(json(asked)).toMatchObject({ characters: 6 });
  });

  test.each<[string[], RegExp]>([
    [
      ["--data", "x"],
      /--metric bound needs a model's network, got a remote model; .*exact, generative, speed/,
    ],
    [
      ["--metric", "exact", "--order", "confidence"],
      /--metric exact of a remote model takes no --order/,
    ],
    [["--metric", "speed", "--device", "cpu"], /takes no --device/],
    [["--metric", "exact"], /--data is needed/],
  ])("%j is wrong usage", async (words, message) => {
    const run = await evaluate("http://127.0.0.1:9/v1", ...words);
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });
});
