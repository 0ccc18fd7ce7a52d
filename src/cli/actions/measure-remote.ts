/**
 * The metrics of a remote model. Of its tokens and its law it is known what its server tells.
 *
 * @module
 */
import { readModel } from "../../checkpoint/model-folder.ts";
import { UnmaskError } from "../../errors.ts";
import {
  collectAuthored,
  costOfTexts,
  qualityOfAuthored,
  timeAuthored,
} from "../../evaluate/author.ts";
import type { Author } from "../../evaluate/author.ts";
import { qualityOf } from "../../evaluate/generative.ts";
import { checkJudge } from "../../evaluate/judge.ts";
import type { Judge } from "../../evaluate/judge.ts";
import { remoteAuthor } from "../../remote/remote-author.ts";
import { formatNumber } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { flagOf } from "../flag.ts";
import { fillingOptions, machineOptions } from "../verbs/shared-options.ts";
import type { BaseContext } from "../verb.ts";
import { needed } from "./measure.ts";
import type { EvaluateValues, Measured } from "./measure.ts";
import { describeQuality, textsOfData } from "./measure-generative.ts";
import { describeLikelihood } from "./measure-likelihood.ts";
import { useDevice } from "./use-device.ts";
import { useRemote } from "./use-remote.ts";
import { seedOf } from "./write-remote.ts";

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

/** Texts that are timed. */
const timedTexts = 3;

/** The model, as one that continues `--prompt`. */
async function openAuthor(context: Measuring): Promise<Author> {
  const { values } = context;
  const { prompt = "", seed } = values;
  return remoteAuthor(await useRemote(values, context), {
    prompt,
    sampling: values,
    seed: (index) => seedOf(seed, index),
  });
}

async function measureGenerative(context: Measuring): Promise<Measured> {
  const { values, signal, errorTerminal } = context;
  const { count, batch, length = usualLength } = values;
  const folder = needed(values, "judge");
  const judging = await readModel(folder);
  checkJudge(judging);
  const author = await openAuthor(context);
  const judge: Judge = { runtime: await useDevice(values), model: judging, batch, signal };
  const real = await textsOfData({ ...judging, length }, values);
  const bar = progress(errorTerminal, { label: "write", total: count });
  const { texts, effort } = await collectAuthored(author, {
    count,
    batch,
    length,
    progress: bar.update,
  }).finally(bar.finish);
  const quality = await qualityOfAuthored(texts, judge);
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

/** The time it takes to get texts, the network's share included, one after the other. */
async function measureSpeed(context: Measuring): Promise<Measured> {
  const { values } = context;
  const { length = usualLength, metric } = values;
  const author = await openAuthor(context);
  const { texts, effort } = await timeAuthored(author, { length, repeats: timedTexts });
  const { seconds, tokensPerSecond, passes, tokensPerPass } = effort;
  const characters = texts.reduce((sum, { text }) => sum + Array.from(text).length, 0);
  const charactersPerSecond = characters / seconds;
  const passesPerSecond = passes === undefined ? undefined : passes / seconds;
  const known = (name: string, value: number | undefined): string[][] =>
    value === undefined ? [] : [[name, formatNumber(value)]];
  return {
    lines: [
      `${values.model}: at most ${length} tokens, ${timedTexts} times, the network's time included`,
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

async function measureExact(context: Measuring): Promise<Measured> {
  const { values, errorTerminal } = context;
  const { batch, limit, length = usualWindow } = values;
  const data = needed(values, "data");
  const windows = spread(await windowsOf(data, length), limit);
  const author = await openAuthor(context);
  const bar = progress(errorTerminal, { label: "evaluate", total: windows.length });
  const cost = await costOfTexts(author, windows, { batch, progress: bar.update }).finally(
    bar.finish,
  );
  const { each: _, ...result } = cost;
  const what = `as the server tells it, windows of at most ${length} characters`;
  return {
    lines: describeLikelihood(`${values.model} on ${data}: ${what}`, result),
    result: { metric: values.metric, model: values.model, ...result },
  };
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
