/**
 * `--metric generative`: what a judge thinks of the texts that a model writes.
 *
 * @module
 */
import { isLatentFolder } from "../../checkpoint/latent-folder.ts";
import { readModel } from "../../checkpoint/model-folder.ts";
import { collectTexts, qualityOf, realTexts } from "../../evaluate/generative.ts";
import type { Effort, Quality, Written } from "../../evaluate/generative.ts";
import { checkJudge } from "../../evaluate/judge.ts";
import type { Judge } from "../../evaluate/judge.ts";
import { formatNumber } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import { openCanvas } from "../../sample/canvas.ts";
import type { Frame } from "../../sample/frame.ts";
import { plan } from "../../sample/plan.ts";
import { sample } from "../../sample/sample.ts";
import { endOfText } from "../../sample/stop.ts";
import { tokenizeText } from "../../text/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { needed } from "./measure.ts";
import type { EvaluateValues, Measured, Measuring } from "./measure.ts";
import { useDevice } from "./use-device.ts";
import { planningOptions } from "../../generate/latent-model.ts";
import { samplingOptions, withoutHabits } from "../../generate/sampling.ts";
import { checkLatentFlags, refuseLatentFlags, useLatentModel } from "./use-latent.ts";
import { useModel } from "./use-model.ts";

/** A model that writes texts from nothing. */
interface Writer {
  readonly name: string;
  readonly system: string;
  readonly tokenizer: Tokenizer;
  /** Tokens of a text. */
  readonly length: number;
  /** Begins one text. */
  readonly start: (index: number) => AsyncIterable<Frame>;
}

export async function measureGenerative(options: Measuring): Promise<Measured> {
  const { values, signal } = options;
  const folder = needed(values, "judge");
  const judging = await readModel(folder);
  checkJudge(judging);
  const writer = (await isLatentFolder(values.model))
    ? await latentWriter(options)
    : await tokenWriter(options);
  const judge: Judge = {
    runtime: await useDevice(values),
    model: judging,
    batch: values.batch,
    signal,
  };

  const real = await textsOfData(writer, values);
  const written = await write(writer, options);
  const quality = await qualityOf(written.texts, writer.tokenizer, judge);
  const reference = real && (await qualityOf(real, writer.tokenizer, judge));
  const { texts: _, passesOfTexts: __, ...effort } = written;
  return {
    lines: [
      `${writer.name} (${writer.system}): ${written.texts.length} texts from nothing, judged by ${folder}`,
      ...describeQuality(effort, quality, reference),
    ],
    result: {
      metric: values.metric,
      model: values.model,
      system: writer.system,
      judge: folder,
      ...quality,
      ...effort,
      ...(reference && { reference }),
    },
  };
}

async function tokenWriter({ values, given, signal }: Measuring): Promise<Writer> {
  const model = withoutHabits(await useModel(values));
  refuseLatentFlags("evaluate", model.kind.name, given);
  const { name, kind, tokenizer, config } = model;
  const { seed, length = config.length } = values;
  const canvas = openCanvas({ length, maskId: tokenizer.maskId });
  const stop = [endOfText(tokenizer.endIds)];
  return {
    name,
    system: kind.name,
    tokenizer,
    length,
    start: (index) =>
      sample({ ...samplingOptions(model, values, { seed, index, canvas }), stop, signal }),
  };
}

async function latentWriter({ values, given, signal }: Measuring): Promise<Writer> {
  const model = await useLatentModel(values);
  const { name, kind, tokenizer, config } = model;
  checkLatentFlags("evaluate", kind.name, given);
  const { seed, length = config.length } = values;
  const prompt = new Int32Array(0);
  return {
    name,
    system: kind.name,
    tokenizer,
    length,
    start: (index) => plan(planningOptions(model, values, { seed, index, prompt, length, signal })),
  };
}

/** Windows of `--data` as texts to compare with. */
export async function textsOfData(
  { tokenizer, length }: Pick<Writer, "tokenizer" | "length">,
  { data, count }: Pick<EvaluateValues, "data" | "count">,
): Promise<Int32Array[] | undefined> {
  if (data === undefined) return undefined;
  const { tokens } = await tokenizeText(readCorpus(data), tokenizer);
  return realTexts(tokens, { length, count, endIds: tokenizer.endIds });
}

async function write(
  { start, tokenizer: { endIds } }: Writer,
  { values: { count, batch }, terminal }: Measuring,
): Promise<Written> {
  const bar = progress(terminal, { label: "write", total: count });
  try {
    const shown = (texts: number): void => bar.update(texts);
    return await collectTexts({ start, count, batch, endIds, progress: shown });
  } finally {
    bar.finish();
  }
}

/** A table of what is known. */
export function describeQuality(
  effort: Effort,
  quality: Quality,
  reference: Quality | undefined,
): string[] {
  const both = (name: string, cell: (of: Quality) => string): string[] =>
    [quality, ...(reference ? [reference] : [])].reduce((row, one) => [...row, cell(one)], [name]);
  const known = (name: string, value: number | undefined): string[][] =>
    value === undefined ? [] : [[name, formatNumber(value)]];
  return renderTable(
    ["", "written", ...(reference ? ["real text"] : [])],
    [
      both("perplexity under the judge", withError("perplexity", "perplexityError")),
      both("nats/token of the judge", withError("nats", "standardError")),
      both("unigram entropy of a text, nats", ({ entropy }) => formatNumber(entropy.perText)),
      both("unigram entropy of all texts", ({ entropy }) => formatNumber(entropy.overall)),
      both("tokens/text", ({ meanLength }) => formatNumber(meanLength)),
      ...known("tokens/forward pass", effort.tokensPerPass),
      ...known("tokens/s", effort.tokensPerSecond),
    ],
  );
}

const withError =
  (value: "perplexity" | "nats", error: "perplexityError" | "standardError") =>
  (quality: Quality): string =>
    `${formatNumber(quality[value])} +- ${formatNumber(quality[error])}`;
