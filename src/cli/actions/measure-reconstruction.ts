/**
 * `--metric reconstruction`: how well a latent system says paragraphs again, from their own latents and from
 * disturbed ones.
 *
 * @module
 */
import { isLatentFolder } from "../../checkpoint/latent-folder.ts";
import { UnmaskError } from "../../errors.ts";
import {
  likeliestGuess,
  noisyGuess,
  plannerGuess,
  reconstruct,
} from "../../evaluate/reconstruction.ts";
import type { LatentGuess, Reconstruction } from "../../evaluate/reconstruction.ts";
import type { UsableLatentModel } from "../../generate/latent-model.ts";
import { progress } from "../../report/progress.ts";
import { renderTable } from "../../report/table.ts";
import { processorsOf } from "../../sample/processor.ts";
import { say } from "../../sample/say.ts";
import { randomKey, splitKey } from "../../tensor/index.ts";
import { allWindows, tokenizeText } from "../../text/index.ts";
import { readCorpus } from "../../text/corpus-files.ts";
import { needed } from "./measure.ts";
import type { Measured, Measuring } from "./measure.ts";
import { checkLatentFlags, useLatentModel } from "./use-latent.ts";

/** The shares of signal at which the curve is measured. */
const shares = Array.from({ length: 11 }, (_, i) => i / 10);

/** BLEU over noise, of the embedder alone and, where there is one, of the planner; and of plans that get no clearer than asked for. */
export async function measureReconstruction(options: Measuring): Promise<Measured> {
  const { values, given, terminal } = options;
  const data = needed(values, "data");
  if (!(await isLatentFolder(values.model)))
    throw new UnmaskError(
      "usage",
      `evaluate: --metric reconstruction needs a model that turns text into latents, got ${values.model}; train one with --system planner`,
    );
  const model = await useLatentModel(values);
  checkLatentFlags("evaluate", model.kind.name, given);
  const texts = await paragraphsOf(model, data, values);
  const bar = progress(terminal, { label: "evaluate" });
  const curveOf = (guess: LatentGuess, alphas = shares): Promise<Reconstruction> =>
    measure(model, {
      ...options,
      texts,
      guess,
      alphas,
      progress: (done, of) => bar.update(done, { texts: `of ${of}` }),
    });
  const { embedder, denoiser } = model;
  const { clarity = model.kind.clarity } = values;
  try {
    const alone = await curveOf((noisy, alpha) => embedder.inRange(likeliestGuess(noisy, alpha)));
    const planned = denoiser && (await curveOf(plannerGuess(denoiser)));
    const unclear = clarity === 1 ? undefined : await curveOf(noisyGuess, [clarity]);
    return report(options, model, { alone, planned, unclear });
  } finally {
    bar.finish();
  }
}

/** Held-out paragraphs: windows of the model's length, spread over the text. */
async function paragraphsOf(
  { tokenizer, config }: UsableLatentModel,
  data: string,
  { limit, length = config.length }: Measuring["values"],
): Promise<Int32Array[]> {
  if (length > config.length)
    throw new UnmaskError(
      "usage",
      `evaluate: --length must be at most ${config.length}, the paragraphs that this model knows, got ${length}`,
    );
  const { tokens } = await tokenizeText(readCorpus(data), tokenizer);
  return allWindows(tokens, { length, limit });
}

function measure(
  { embedder, tokenizer, config }: UsableLatentModel,
  {
    values: { batch, seed },
    texts,
    guess,
    alphas,
    signal,
    progress: shown,
  }: Measuring & {
    readonly texts: readonly Int32Array[];
    readonly guess: LatentGuess;
    readonly alphas: readonly number[];
    readonly progress: (texts: number, of: number) => void;
  },
): Promise<Reconstruction> {
  const key = splitKey(randomKey(seed), "reconstruction");
  const processors = processorsOf({ temperature: 0 });
  return reconstruct({
    texts,
    decode: (tokens) => tokenizer.decode(tokens),
    encode: (some) => embedder.encode(some),
    async say(latents) {
      const open = await embedder.speaker(latents);
      // Texts go on after an end token, as the windows of training do.
      const { tokens } = await say({
        open,
        length: config.length,
        endIds: [],
        processors,
        key,
        signal,
      });
      return tokens;
    },
    guess,
    alphas,
    batch,
    key,
    signal,
    progress: shown,
  });
}

function report(
  { values: { metric, model: folder, data } }: Measuring,
  { kind }: UsableLatentModel,
  curves: {
    readonly alone: Reconstruction;
    readonly planned: Reconstruction | undefined;
    readonly unclear: Reconstruction | undefined;
  },
): Measured {
  const { alone, planned, unclear } = curves;
  const percent = (value: number): string => (100 * value).toFixed(1);
  const row = (name: string, of: (curve: Reconstruction) => number): string[] => [
    name,
    percent(of(alone)),
    ...(planned ? [percent(of(planned))] : []),
  ];
  return {
    lines: [
      `${folder} (${kind.name}) on ${data}: ${alone.texts} paragraphs, BLEU-4 in percent`,
      ...renderTable(
        ["signal", "embedder alone", ...(planned ? ["planner"] : [])],
        [
          ...alone.curve.map(({ alpha }, i) =>
            row(alpha.toFixed(1), ({ curve }) => curve[i]!.bleu),
          ),
          row("AuBLEU", ({ auBleu }) => auBleu),
        ],
      ),
      ...(unclear?.curve ?? []).map(
        ({ alpha, bleu }) => `said at a clarity of ${alpha}: ${percent(bleu)}`,
      ),
    ],
    result: {
      metric,
      model: folder,
      system: kind.name,
      paragraphs: alone.texts,
      bleu: alone.curve.at(-1)!.bleu,
      embedder: { auBleu: alone.auBleu, curve: alone.curve },
      ...(planned && { planner: { auBleu: planned.auBleu, curve: planned.curve } }),
      ...(unclear && { atClarity: unclear.curve[0] }),
    },
  };
}
