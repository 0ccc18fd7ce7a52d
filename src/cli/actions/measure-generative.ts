/**
 * `--metric generative`: what a judge thinks of the texts that a model writes.
 *
 * @module
 */
import { readModel } from "../../checkpoint/model-folder.ts";
import { qualityOf, realTexts, writeTexts } from "../../evaluate/generative.ts";
import type { Effort, Quality, Written } from "../../evaluate/generative.ts";
import { checkJudge } from "../../evaluate/judge.ts";
import type { Judge } from "../../evaluate/judge.ts";
import { formatNumber } from "../../report/number-format.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import { openCanvas } from "../../sample/canvas.ts";
import { tokenizeText } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { needed } from "./measure.ts";
import type { EvaluateValues, Measured, Measuring } from "./measure.ts";
import { useDevice } from "./use-device.ts";
import { openModel } from "../../generate/model.ts";
import type { UsableModel } from "../../generate/model.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import { readModelOf } from "./use-model.ts";

export async function measureGenerative(options: Measuring): Promise<Measured> {
  const { values, signal } = options;
  const folder = needed(values, "judge");
  const judging = await readModel(folder);
  checkJudge(judging);
  const contents = await readModelOf(values);
  const runtime = await useDevice(values);
  const model = await openModel(contents, { name: values.model, runtime });
  const judge: Judge = { runtime, model: judging, batch: values.batch, signal };

  const real = await textsOfData(model, values);
  const written = await write(model, options);
  const quality = await qualityOf(written.texts, model.tokenizer, judge);
  const reference = real && (await qualityOf(real, model.tokenizer, judge));
  const { texts: _, passesOfTexts: __, ...effort } = written;
  return {
    lines: [
      `${model.name} (${model.kind.name}): ${written.texts.length} texts from nothing, judged by ${folder}`,
      ...describeQuality(effort, quality, reference),
    ],
    result: {
      metric: values.metric,
      model: values.model,
      system: model.kind.name,
      judge: folder,
      ...quality,
      ...effort,
      ...(reference && { reference }),
    },
  };
}

/** Windows of `--data` as texts to compare with. */
export async function textsOfData(
  { tokenizer, config }: Pick<UsableModel, "tokenizer" | "config">,
  { data, count, length = config.length }: Pick<EvaluateValues, "data" | "count" | "length">,
): Promise<Int32Array[] | undefined> {
  if (data === undefined) return undefined;
  const { tokens } = await tokenizeText(readCorpus(data), tokenizer);
  return realTexts(tokens, { length, count, endIds: tokenizer.endIds });
}

async function write(
  model: UsableModel,
  { values, signal, terminal }: Measuring,
): Promise<Written> {
  const { count, batch, seed, length = model.config.length } = values;
  const { maskId, endIds } = model.tokenizer;
  const canvas = openCanvas({ length, maskId });
  const bar = progress(terminal, { label: "write", total: count });
  try {
    return await writeTexts({
      sampling: (index) => samplingOptions(model, values, { seed, index, canvas }),
      count,
      batch,
      endIds,
      signal,
      progress: (texts) => bar.update(texts),
    });
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
