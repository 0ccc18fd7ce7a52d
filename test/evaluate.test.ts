/**
 * Evaluation from the command line, on a tiny pair: every metric, and every way to ask for nonsense.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "unmask/tensor";
import { stories } from "../src/text/stories.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-evaluate-"));
afterAll(() => rm(folder, { recursive: true }));
const [data, masked, causal, wordy] = ["stories.txt", "masked", "causal", "wordy"].map((name) =>
  join(folder, name),
) as [string, string, string, string];

const unmask = (...words: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
};

interface Figures {
  readonly [name: string]: unknown;
  readonly nats: number;
  readonly perplexity: number;
  readonly reference: { readonly nats: number; readonly standardError: number };
}
/** What `--json` says, after a check that it went well. */
const evaluate = (model: string, ...words: string[]): Figures => {
  const run = unmask("evaluate", "--model", model, "--threads", "1", "--json", ...words);
  expect(run.status, run.stderr).toBe(0);
  return JSON.parse(run.stdout) as Figures;
};

beforeAll(async () => {
  await writeFile(data, stories(randomKey(3), 20_000).join("\n"));
  const train = (out: string, ...more: string[]) => {
    const shape = ["--size", "nano", "--length", "16", "--batch", "4", "--steps", "30"];
    const run = unmask("train", "--data", data, "--out", out, ...shape, ...more);
    expect(run.status, run.stderr).toBe(0);
  };
  train(masked, "--system", "mdlm");
  train(causal, "--system", "autoregressive");
  train(wordy, "--system", "autoregressive", "--tokenizer", "word");
});

const limited = () => ["--data", data, "--limit", "6"];

describe("exact", () => {
  test("of a masked model, in every order; fewer steps are another sampler", () => {
    const bound = evaluate(masked, ...limited(), "--samples", "16");
    expect(bound).toMatchObject({ metric: "bound", system: "mdlm", exact: false, windows: 6 });
    const exact = evaluate(masked, ...limited(), "--metric", "exact");
    expect(exact).toMatchObject({ order: "left-to-right", exact: true, windows: 6, tokens: 96 });
    const surest = evaluate(masked, ...limited(), "--metric", "exact", "--order", "confidence");
    expect(surest).toMatchObject({ order: "confidence", exact: true, tokens: 96 });
    // Little is learned in 30 steps, and not the same in every order.
    for (const { nats } of [exact, surest]) expect(nats / bound.nats).toBeCloseTo(1, 0);
    expect(surest.nats).not.toBe(exact.nats);
    const few = ["--metric", "exact", "--order", "confidence", "--steps", "2"];
    expect(evaluate(masked, ...limited(), ...few).nats).not.toBe(surest.nats);
  });

  test("batches change nothing", () => {
    const exact = (batch: string) =>
      evaluate(masked, ...limited(), "--metric", "exact", "--batch", batch).nats;
    expect(exact("1")).toBeCloseTo(exact("6"), 5);
  });

  test("of an autoregressive model is its bound, in its own order", () => {
    const bound = evaluate(causal, ...limited());
    expect(bound["exact"]).toBe(true);
    const own = ["--metric", "exact", "--order", "left-to-right"];
    expect(evaluate(causal, ...limited(), ...own).nats).toBe(bound.nats);
  });
});

describe("generative", () => {
  const asked = (judge: string) => ["--metric", "generative", "--judge", judge, "--count", "5"];

  test("tells perplexity and entropy together, of written and of real text", () => {
    const figures = evaluate(masked, ...asked(causal), "--data", data, "--steps", "4");
    expect(figures).toMatchObject({ judge: causal, texts: 5, reference: { texts: 5 } });
    expect(figures.perplexity).toBeCloseTo(Math.exp(figures.nats), 6);
    expect(figures["perplexityError"]).toBeGreaterThan(0);
    expect(figures["tokensPerPass"]).toBeGreaterThanOrEqual(1);
    const { perText, overall } = figures["entropy"] as { perText: number; overall: number };
    expect(perText).toBeGreaterThan(0);
    expect(perText).toBeLessThanOrEqual(Math.log(16));
    expect(overall).toBeGreaterThanOrEqual(perText);
  });

  test("real text costs a judge what the likelihood says it costs", () => {
    const { reference } = evaluate(causal, ...asked(causal), "--data", data);
    const likelihood = evaluate(causal, "--data", data, "--metric", "exact", "--limit", "5");
    expect(reference.nats).toBeCloseTo(likelihood.nats, 5);
    expect(reference.standardError).toBeCloseTo(likelihood["standardError"] as number, 5);
  });

  test("a judge reads with its own tokenizer; greedy texts are all alike", () => {
    const greedy = evaluate(causal, ...asked(wordy), "--temperature", "0", "--batch", "2");
    expect(greedy["standardError"]).toBeCloseTo(0, 6);
    expect(greedy["judgeTokens"]).toBeLessThan(greedy["tokens"] as number);
    const { perText, overall } = greedy["entropy"] as { perText: number; overall: number };
    expect(overall).toBeCloseTo(perText, 10);
  });

  test("as a table for people", () => {
    const words = ["--model", masked, ...asked(causal), "--data", data, "--length", "8"];
    const run = unmask("evaluate", ...words);
    expect(run.status, run.stderr).toBe(0);
    expect(run.stdout).toMatch(/5 texts from nothing, judged by .*causal\n +written +real text\n/);
    expect(run.stdout).toMatch(/\nperplexity under the judge +\d\S* \+- \d\S* +\d\S* \+- \d\S*\n/);
    expect(run.stdout).toMatch(/\nunigram entropy of a text, nats +\d/);
  });
});

describe("wrong input is one line", () => {
  const judged = ["--metric", "generative", "--judge"];
  test.each([
    ["no data", masked, 2, ["--metric", "exact"], /--data is needed for --metric exact/],
    [
      "a random order",
      masked,
      2,
      ["--metric", "exact", "--data", data, "--order", "random"],
      /unknown order "random"; one of: confidence, .*left-to-right/,
    ],
    [
      "another order than its own",
      causal,
      2,
      ["--metric", "exact", "--data", data, "--order", "confidence"],
      /autoregressive is exact in its own order, left-to-right, .*leave out --order confidence/,
    ],
    [
      "steps of its own order",
      causal,
      2,
      ["--metric", "exact", "--data", data, "--steps", "4"],
      /leave out --steps 4/,
    ],
    [
      "more blocks than steps",
      masked,
      2,
      [
        "--metric",
        "exact",
        "--data",
        data,
        "--order",
        "confidence",
        "--block",
        "2",
        "--steps",
        "3",
      ],
      /steps must be at least the number of blocks, 8, got 3/,
    ],
    [
      "a text shorter than a window",
      masked,
      2,
      ["--metric", "exact", "--data", data, "--length", "60000"],
      /one window needs 60000 tokens/,
    ],
    [
      "a text that is not there",
      masked,
      1,
      ["--metric", "exact", "--data", join(folder, "no.txt")],
      /no such file/,
    ],
    [
      "no judge",
      masked,
      2,
      ["--metric", "generative"],
      /--judge is needed for --metric generative/,
    ],
    [
      "a judge that is not there",
      masked,
      1,
      [...judged, join(folder, "none")],
      /none": no such folder/,
    ],
    [
      "a judge without a likelihood",
      causal,
      2,
      [...judged, masked],
      /--judge must be an autoregressive model, got one of mdlm; train one with --system autoregressive/,
    ],
    [
      "a rule that is not there",
      masked,
      2,
      [...judged, causal, "--rule", "confidense"],
      /did you mean "confidence"/,
    ],
    [
      "a flag of another metric",
      masked,
      2,
      ["--data", data, "--order", "confidence"],
      /--metric bound takes no --order; leave it out, or measure one of: exact$/,
    ],
    [
      "texts that nobody writes",
      masked,
      2,
      ["--metric", "speed", "--count", "3"],
      /--metric speed takes no --count; leave it out, or measure one of: generative$/,
    ],
  ] as const)("%s", (_, model, status, words, message) => {
    const run = unmask("evaluate", "--model", model, ...words);
    expect(run.stderr.trim()).toMatch(message);
    expect(run.stderr.trim().split("\n")).toHaveLength(1);
    expect(run.status).toBe(status);
    expect(run.stdout).toBe("");
  });
});
