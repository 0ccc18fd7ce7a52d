/**
 * Training from the command line: runs that are killed and resumed, diverge, or ask for nonsense.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-train-"));
const data = join(folder, "stories.txt");
await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
const dialogues = join(folder, "chat.jsonl");
await writeFile(
  dialogues,
  Array.from({ length: 200 }, (_, i) => {
    const [user, assistant] = [`${i}`, `${7 * i}`];
    return JSON.stringify({
      messages: Object.entries({ user, assistant }).map(([role, content]) => ({ role, content })),
    });
  }).join("\n"),
);
afterAll(() => rm(folder, { recursive: true }));

const unmask = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
};

const tiny = ["--size", "nano", "--length", "16", "--batch", "4"];
const beginOn = (source: string, out: string, ...more: string[]) => [
  "train",
  "--data",
  source,
  "--out",
  out,
  ...tiny,
  ...more,
];
const begin = (out: string, ...more: string[]) => beginOn(data, out, ...more);

/** Lines of a run's log. */
const logged = async (run: string): Promise<number> =>
  (await readFile(join(run, "metrics.jsonl"), "utf8").catch(() => "")).split("\n").length - 1;

describe("resuming", () => {
  // Dropout and accumulation draw more noise, so they have more to lose.
  const long = [
    "--steps",
    "60",
    "--save-every",
    "7",
    "--eval-every",
    "30",
    "--dropout",
    "0.1",
    "--accumulate",
    "2",
  ];

  test.each([
    ["mdlm", data],
    ["autoregressive", data],
    ["llada", dialogues],
  ])("%s: killed at any moment, bit-identical in the end", async (system, source) => {
    const [whole, killed] = [join(folder, `whole-${system}`), join(folder, `killed-${system}`)];
    expect(unmask(...beginOn(source, whole, ...long, "--system", system)).status).toBe(0);

    let words = beginOn(source, killed, ...long, "--system", system);
    // Before a first state is saved, and twice between two of them.
    for (const lines of [3, 20, 40]) {
      const child = spawn(process.execPath, [program, ...words], { stdio: "ignore" });
      const ended = new Promise((resolve) => child.once("exit", (_, name) => resolve(name)));
      while (child.exitCode === null && (await logged(killed)) < lines) await pause(2);
      child.kill("SIGKILL");
      expect(await ended).toBe("SIGKILL");
      words = ["train", "--out", killed, "--resume"];
    }
    const last = unmask(...words);
    expect(last.status, last.stderr).toBe(0);

    for (const file of ["state.safetensors", "model.safetensors"])
      expect(
        (await readFile(join(killed, file))).equals(await readFile(join(whole, file))),
        file,
      ).toBe(true);
    const steps = async (run: string) =>
      (await readFile(join(run, "metrics.jsonl"), "utf8"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { step: number; loss?: number; valid?: number })
        .map(({ step, loss, valid }) => [step, loss, valid]);
    expect(await steps(killed)).toEqual(await steps(whole));
  });

  test("SIGTERM saves the step at hand first", async () => {
    const out = join(folder, "terminated");
    const child = spawn(process.execPath, [program, ...begin(out, "--steps", "100000", "--json")], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk));
    while ((await logged(out)) === 0) await pause(50);
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("exit", resolve));
    const result = JSON.parse(stdout) as { steps: number; finished: boolean };
    expect(result.finished).toBe(false);
    const seen = unmask("inspect", join(out, "state.safetensors"), "--json");
    expect((JSON.parse(seen.stdout) as { metadata: { steps: string } }).metadata.steps).toBe(
      String(result.steps),
    );
    expect(result.steps).toBeGreaterThan(0);
  });
});

test("a loss that is no number stops the run and keeps the last good state", async () => {
  const out = join(folder, "diverged");
  const run = unmask(
    ...begin(
      out,
      "--steps",
      "200",
      "--lr",
      "1e30",
      "--warmup",
      "40",
      "--save-every",
      "1",
      "--clip",
      "0",
    ),
  );
  expect(run.status).toBe(1);
  expect(run.stderr.trim().split("\n").at(-1)).toMatch(
    /^unmask: train: the [\w "./]+ must be a number, got (NaN|-?Infinity) at step \d+; the state after step \d+ is kept; try a smaller learning rate$/,
  );
  expect(unmask("inspect", out).status).toBe(0);
});

describe("wrong input is one line, and touches nothing", () => {
  const model = join(folder, "model");
  const trained = unmask(...begin(model, "--steps", "3"));
  const short = join(folder, "short.txt");
  const empty = join(folder, "empty.txt");
  const damaged = join(folder, "damaged");

  test.each([
    [
      "missing file",
      1,
      ["train", "--data", join(folder, "no.txt"), "--out", join(folder, "x")],
      /no\.txt/,
    ],
    ["empty corpus", 1, ["train", "--data", empty, "--out", join(folder, "x")], /holds no text/],
    [
      "corpus shorter than a window",
      2,
      ["train", "--data", short, "--out", join(folder, "x")],
      /at least one window of 256 tokens, got \d+/,
    ],
    [
      "unknown system",
      2,
      begin(join(folder, "x"), "--system", "mdml"),
      /"mdml".*did you mean "mdlm"/,
    ],
    [
      "unknown option of a system",
      2,
      begin(join(folder, "x"), "--system", "bd3lm:blok=4"),
      /unknown option of system bd3lm "blok".*did you mean "block"/,
    ],
    [
      "option out of range",
      2,
      begin(join(folder, "x"), "--system", "bd3lm:block=0"),
      /system bd3lm: block must be an integer >= 1, got "0"/,
    ],
    [
      "a block longer than the window",
      2,
      begin(join(folder, "x"), "--system", "renoise:block=32"),
      /the length must be at least a block of the system renoise, 32, got 16; use a longer window/,
    ],
    [
      "options that are no options",
      2,
      begin(join(folder, "x"), "--system", "bd3lm:4"),
      /"bd3lm:4": options must be name=value, each once, with commas between, got "4"/,
    ],
    [
      "options that exclude each other",
      2,
      begin(join(folder, "x"), "--system", "mdlm:timesteps=10,times=importance"),
      /system mdlm: times=importance needs continuous time, got timesteps=10/,
    ],
    [
      "matrices that don't fit",
      2,
      begin(join(folder, "x"), "--system", "d3pm:transition=band,timesteps=10000000"),
      /process band: its matrices must fit into 2 GB, got \d+\^2 entries x 8 bytes .* need no matrices/,
    ],
    [
      "unknown tokenizer",
      2,
      begin(join(folder, "x"), "--tokenizer", "chars"),
      /unknown tokenizer "chars"/,
    ],
    [
      "heads that do not divide",
      2,
      begin(join(folder, "x"), "--heads", "3"),
      /width must be an even multiple of heads/,
    ],
    [
      "a batch larger than the machine",
      2,
      begin(join(folder, "x"), "--batch", "100000", "--length", "60000"),
      /must fit into memory, got [\d.,]+ .B for attention alone/,
    ],
    [
      "steps of zero",
      2,
      begin(join(folder, "x"), "--steps", "0"),
      /--steps must be an integer >= 1, got "0"/,
    ],
    ["out that exists", 1, begin(model, "--steps", "3"), /must be new or empty/],
    ["resume of nothing", 1, ["train", "--out", join(folder, "x"), "--resume"], /needs a run/],
    [
      "resume as another run",
      2,
      ["train", "--out", model, "--resume", "--lr", "1"],
      /--lr can't change/,
    ],
    ["no such model", 1, ["generate", "--model", join(folder, "none")], /no such folder/],
    [
      "unknown rule",
      2,
      ["generate", "--model", model, "--rule", "confidense"],
      /did you mean "confidence"/,
    ],
    [
      "rules that can't be joined",
      2,
      ["generate", "--model", model, "--rule", "remask+confidence"],
      /rule remask: can't be joined with others/,
    ],
    [
      "temperature of scores",
      2,
      ["generate", "--model", model, "--length", "8", "--rule", "tweedie", "--top-p", "0.5"],
      /rule tweedie draws from scores/,
    ],
    ["damaged checkpoint", 1, ["generate", "--model", damaged], /model\.safetensors/],
  ] as const)("%s", async (_, status, words, message) => {
    expect(trained.status, trained.stderr).toBe(0);
    await writeFile(short, "Too short.");
    await writeFile(empty, "");
    await rm(damaged, { recursive: true, force: true });
    const { cp } = await import("node:fs/promises");
    await cp(model, damaged, { recursive: true });
    await truncate(join(damaged, "model.safetensors"), 1000);
    const before = await readFile(join(model, "state.safetensors"));

    const run = unmask(...words);
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trim().split("\n")).toHaveLength(1);
    expect(run.status).toBe(status);
    expect(run.stdout).toBe("");
    expect((await readFile(join(model, "state.safetensors"))).equals(before)).toBe(true);
    expect(await readdir(folder)).not.toContain("x");
  });
});

test("a disk without room ends the run in one line, and leaves no half-written file", async () => {
  const out = join(folder, "no-room");
  // 100 kB a file: enough for everything but the state.
  const words = begin(out, "--steps", "3").map((word) => `'${word}'`);
  const shell = `ulimit -f 200; exec '${process.execPath}' '${program}' ${words.join(" ")}`;
  const { status, stderr } = spawnSync("bash", ["-c", shell], { encoding: "utf8" });
  expect(stderr.trim().split("\n").at(-1)).toMatch(
    /state\.safetensors" can't be written: .* is allowed here/,
  );
  expect(status).toBe(1);
  expect((await readdir(out)).toSorted()).toEqual(["config.json", "run.json", "tokenizer.json"]);
});
