/**
 * The metrics of a remote model. Of its tokens and its law it is known what its server tells.
 *
 * @module
 */
import { readModel } from "../../checkpoint/model-folder.ts";
import { UnmaskError } from "../../errors.ts";
import { natsPerToken, qualityOf, qualityOfTexts } from "../../evaluate/generative.ts";
import type { Effort } from "../../evaluate/generative.ts";
import { inGroups } from "../../evaluate/in-groups.ts";
import { checkJudge } from "../../evaluate/judge.ts";
import type { Judge } from "../../evaluate/judge.ts";
import { inUnits } from "../../evaluate/units.ts";
import { formatNumber } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import { finishText } from "../../remote/remote-model.ts";
import type { RemoteModel, RemoteText } from "../../remote/remote-model.ts";
import { scoreText } from "../../remote/score.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { flagOf } from "../option.ts";
import { fillingOptions, machineOptions } from "../verbs/shared-options.ts";
import type { BaseContext } from "../verb.ts";
import { needed } from "./measure.ts";
import type { EvaluateValues, Measured } from "./measure.ts";
import { describeQuality, textsOfData } from "./measure-generative.ts";
import { describeLikelihood } from "./measure-likelihood.ts";
import { useDevice } from "./use-device.ts";
import { useRemote } from "./use-remote.ts";
import { seedOf, sumOf } from "./write-remote.ts";

interface Measuring extends BaseContext {
  readonly values: EvaluateValues;
}

interface Metric {
  /** Options that it takes beside --model, --fields, --metric and --length. */
  readonly takes: readonly string[];
  readonly measure: (context: Measuring) => Promise<Measured>;
}

const writing = ["seed", "prompt", ...Object.keys(fillingOptions)];

const metrics: Readonly<Record<EvaluateValues["metric"], Metric | undefined>> = {
  bound: undefined,
  exact: { takes: ["data", "batch", "limit"], measure: measureExact },
  generative: {
    // The judge is on this machine.
    takes: ["data", "batch", "judge", "count", ...writing, ...Object.keys(machineOptions)],
    measure: measureGenerative,
  },
  reconstruction: undefined,
  speed: { takes: writing, measure: measureSpeed },
};

/** Measures a remote model. */
export async function measureRemote(context: Measuring): Promise<Measured> {
  const { values, given } = context;
  const metric = metrics[values.metric];
  if (metric === undefined)
    throw new UnmaskError(
      "usage",
      `evaluate: --metric ${values.metric} needs a model's network, got a remote model; measure one of: exact, generative, speed`,
    );
  const taken = new Set(["model", "fields", "metric", "length", ...metric.takes]);
  const stray = [...given].find((name) => !taken.has(name));
  if (stray !== undefined)
    throw new UnmaskError(
      "usage",
      `evaluate: --metric ${values.metric} of a remote model takes no ${flagOf(stray)}; leave it out`,
    );
  return metric.measure(context);
}

/** Tokens of a text where nothing else was said. */
const usualLength = 128;

/** Texts that continue `--prompt`. */
function writerOf(model: RemoteModel, values: EvaluateValues) {
  const { prompt = "", length = usualLength, seed } = values;
  return (index: number): Promise<RemoteText> =>
    finishText(
      model.write({
        start: { kind: "continue", prompt, length },
        sampling: values,
        seed: seedOf(seed, index),
        frames: false,
      }),
    );
}

async function measureGenerative(context: Measuring): Promise<Measured> {
  const { values, signal } = context;
  const folder = needed(values, "judge");
  const judging = await readModel(folder);
  checkJudge(judging);
  const model = await useRemote(values, context);
  const judge: Judge = {
    runtime: await useDevice(values),
    model: judging,
    batch: values.batch,
    signal,
  };
  const { encode, endId } = judging.tokenizer;
  const length = values.length ?? usualLength;
  const real = await textsOfData({ ...judging, length }, values);
  const { texts, effort } = await collect(model, context);
  const judged = texts.map(({ text, reason }) => ({ text, ended: reason === "stop" }));
  // What tokens the model itself wrote is not known: the judge's are counted.
  const tokens = judged.map(({ text, ended }) =>
    Int32Array.from([...encode(text), ...(ended ? [endId] : [])]),
  );
  const quality = await qualityOfTexts(judged, tokens, judge);
  const reference = real && (await qualityOf(real, judging.tokenizer, judge));
  const from = values.prompt === undefined ? "from nothing" : "from a prompt";
  return {
    lines: [
      `${values.model}: ${texts.length} texts ${from}, judged by ${folder}`,
      ...describeQuality(effort, quality, reference),
    ],
    result: {
      metric: values.metric,
      model: values.model,
      judge: folder,
      ...quality,
      ...effort,
      ...(reference && { reference }),
    },
  };
}

async function collect(
  model: RemoteModel,
  { values, errorTerminal }: Measuring,
): Promise<{ texts: readonly RemoteText[]; effort: Effort }> {
  const { count, batch } = values;
  const write = writerOf(model, values);
  const bar = progress(errorTerminal, { label: "write", total: count });
  const begun = performance.now();
  let done = 0;
  try {
    const indices = Array.from({ length: count }, (_, index) => index);
    const texts = await inGroups(indices, batch, async (index) => {
      const text = await write(index);
      bar.update((done += 1));
      return text;
    });
    return { texts, effort: effortOf(texts, (performance.now() - begun) / 1000) };
  } finally {
    bar.finish();
  }
}

function effortOf(texts: readonly RemoteText[], seconds: number): Effort {
  const tokens = sumOf(texts, "completionTokens");
  const passes = sumOf(texts, "passes");
  return {
    tokens,
    passes,
    tokensPerPass: tokens === undefined || passes === undefined ? undefined : tokens / passes,
    seconds,
    tokensPerSecond: tokens === undefined ? undefined : tokens / seconds,
  };
}

/** The time it takes to get texts, the network's share included, one after the other. */
async function measureSpeed(context: Measuring): Promise<Measured> {
  const { values } = context;
  const model = await useRemote(values, context);
  const write = writerOf(model, values);
  await write(0); // Loads and connects: not counted.
  const texts: RemoteText[] = [];
  const begun = performance.now();
  for (let index = 1; index <= 3; index++) texts.push(await write(index));
  const seconds = (performance.now() - begun) / 1000;
  const effort = effortOf(texts, seconds);
  const { tokensPerSecond, passes, tokensPerPass } = effort;
  const characters = texts.reduce((sum, { text }) => sum + Array.from(text).length, 0);
  const charactersPerSecond = characters / seconds;
  const passesPerSecond = passes === undefined ? undefined : passes / seconds;
  const { length = usualLength, metric } = values;
  const known = (name: string, value: number | undefined): string[][] =>
    value === undefined ? [] : [[name, formatNumber(value)]];
  return {
    lines: [
      `${values.model}: at most ${length} tokens, 3 times, the network's time included`,
      ...renderTable(
        ["", ""],
        [
          ...known("tokens/s", tokensPerSecond),
          ...known("forward passes/s", passesPerSecond),
          ...known("tokens/forward pass", tokensPerPass),
          ...known("characters/s", charactersPerSecond),
        ],
      ),
      ...(tokensPerSecond === undefined
        ? ["the server doesn't tell how many tokens it wrote"]
        : []),
    ],
    result: {
      metric,
      model: values.model,
      length,
      ...effort,
      passesPerSecond,
      characters,
      charactersPerSecond,
    },
  };
}

/** Characters of a window: how many tokens they are only the server knows. */
const usualWindow = 512;

const nothingScored = "evaluate: needed log-probabilities of tokens, got none; use longer windows";

async function measureExact(context: Measuring): Promise<Measured> {
  const { values, errorTerminal } = context;
  const { batch, limit, length = usualWindow } = values;
  const data = needed(values, "data");
  const windows = spread(await windowsOf(data, length), limit);
  const model = await useRemote(values, context);
  const bar = progress(errorTerminal, { label: "evaluate", total: windows.length });
  try {
    let done = 0;
    const scores = await inGroups(windows, batch, async (text) => {
      const score = await scoreText(model, text);
      bar.update((done += 1));
      return score;
    });
    const sum = (figure: "tokens" | "characters"): number =>
      scores.reduce((total, score) => total + score[figure], 0);
    if (sum("tokens") === 0) throw new UnmaskError("corrupt", nothingScored);
    const score = { ...natsPerToken(scores), windows: scores.length, tokens: sum("tokens") };
    const result = inUnits({ ...score, exact: true }, sum("characters"));
    const what = `as the server tells it, windows of at most ${length} characters`;
    return {
      lines: describeLikelihood(`${values.model} on ${data}: ${what}`, result),
      result: { metric: values.metric, model: values.model, ...result },
    };
  } finally {
    bar.finish();
  }
}

/** The text in windows; each document begins one. A single character has nothing before it. */
async function windowsOf(data: string, length: number): Promise<string[]> {
  const windows: string[] = [];
  let document: string[] = [];
  for await (const { text, endsDocument } of readCorpus(data)) {
    document.push(text);
    if (!endsDocument) continue;
    windows.push(...cut(document.join(""), length));
    document = [];
  }
  const scorable = windows.filter((window) => window.length > 1);
  if (scorable.length > 0) return scorable;
  throw new UnmaskError("usage", `evaluate: ${data} needs two characters to score, got fewer`);
}

/** Windows of at most so many characters, which end before white space where that is near. */
function cut(text: string, length: number): string[] {
  const characters = Array.from(text);
  const windows: string[] = [];
  for (let start = 0, end = 0; start < characters.length; start = end) {
    end = Math.min(start + length, characters.length);
    const space = characters.slice(start, end + 1).findLastIndex((one) => /\s/.test(one));
    if (end < characters.length && space > length / 2) end = start + space;
    windows.push(characters.slice(start, end).join(""));
  }
  return windows;
}

/** At most so many of them, spread evenly. */
function spread<T>(things: readonly T[], limit = things.length): T[] {
  const count = Math.min(limit, things.length);
  return Array.from({ length: count }, (_, i) => things[Math.floor((i * things.length) / count)]!);
}
