/**
 * Writing: how good, how varied and how fast, for each number of steps: `unmask evaluate --metric
 * generative` and `speed`. A model that writes one token a pass, or whose rule takes the steps it needs, is one
 * point; the others are a curve.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { samplingOptions } from "../../generate/sampling.ts";
import { openCanvas } from "../../sample/canvas.ts";
import { ruleFromSpec } from "../../sample/rules/index.ts";
import type { SystemKind } from "../../system/system.ts";
import { collectAuthored, qualityOfAuthored, timeAuthored } from "../author.ts";
import type { AuthoredText, TimedText } from "../author.ts";
import { qualityOf, ratioAndError, realTexts, writeTexts } from "../generative.ts";
import type { Quality } from "../generative.ts";
import { measureSpeed } from "../speed.ts";
import { entropyOfTexts } from "../unigram-entropy.ts";
import type { UnigramEntropy } from "../unigram-entropy.ts";
import { meanOf, measured } from "./task.ts";
import type {
  Contestant,
  Measurement,
  Missing,
  Recipe,
  Settings,
  Situation,
  Task,
} from "./task.ts";

/** Texts that are timed, one after the other. */
const timedTexts = 3;

const noJudge =
  "nobody reads the texts: give --judge an autoregressive model, or have one among --models";

export const writingTask: Task = {
  name: "writing",
  title: "Writing",
  question: "How good are the texts that a model writes, and how fast does it write them?",
  method:
    "Texts from nothing. An autoregressive judge reads them; perplexity is how strange it finds them, and entropy how " +
    "varied their tokens are: a low perplexity counts only beside the entropy of real text, since texts that repeat themselves " +
    "are easy to predict. A judge is partial to itself. Speed is of one text at a time.",
  figures: {
    perplexity: {
      label: "perplexity under the judge",
      unit: "perplexity under the judge",
      better: "lower",
      exponential: true,
    },
    entropy: {
      label: "entropy of a text, nats",
      unit: "nats of entropy",
      better: "neither",
      perToken: true,
    },
    tokensPerPass: {
      label: "tokens/forward pass",
      unit: "tokens a forward pass",
      better: "higher",
      perToken: true,
    },
    passes: {
      label: "forward passes/text",
      unit: "forward passes a text",
      better: "lower",
      perToken: true,
    },
    tokensPerSecond: {
      label: "tokens/s",
      unit: "tokens/s",
      better: "higher",
      timed: true,
      perToken: true,
    },
    realPerplexity: {
      label: "real text: perplexity",
      unit: "perplexity of real text",
      better: "neither",
      exponential: true,
      reference: true,
    },
    realEntropy: {
      label: "real text: entropy, nats",
      unit: "nats of entropy of real text",
      better: "neither",
      reference: true,
    },
  },
  axis: "steps",
  headlines: [{ figure: "perplexity", at: "most" }],
  trade: {
    quality: "perplexity",
    speed: "tokensPerSecond",
    variety: "entropy",
    realVariety: "realEntropy",
  },
  plots: [
    {
      kind: "lines",
      title: "Perplexity against speed (best: bottom right)",
      x: "tokensPerSecond",
      y: "perplexity",
      logX: true,
      logY: true,
      reference: "realPerplexity",
    },
    {
      kind: "lines",
      title: "Perplexity by forward passes (lower is better)",
      x: "passes",
      y: "perplexity",
      logX: true,
      logY: true,
      reference: "realPerplexity",
    },
    {
      kind: "lines",
      title: "Entropy by forward passes (best: that of real text)",
      x: "passes",
      y: "entropy",
      logX: true,
      reference: "realEntropy",
    },
    {
      kind: "lines",
      title: "Tokens a second by forward passes",
      x: "passes",
      y: "tokensPerSecond",
      logX: true,
      logY: true,
    },
  ],

  async measure(contestant, situation) {
    const { judge, progress } = situation;
    const measurements: Measurement[] = [...(await realFigures(contestant, situation))];
    const missing: Missing[] = judge ? [] : [{ figure: "perplexity", reason: noJudge }];
    const paces = pacesOf(situation, contestant.kind);
    for (const [i, steps] of paces.entries()) {
      try {
        measurements.push(
          ...(await writeAt(contestant, situation, steps, (share) =>
            progress((i + share) / paces.length),
          )),
        );
      } catch (error) {
        if (!UnmaskError.is(error) || error.code !== "usage") throw error;
        missing.push({ figure: "perplexity", at: steps, reason: error.message });
      }
    }
    return measured(measurements, missing);
  },

  async ask(author, situation) {
    const { judge, length, samples, batch, progress } = situation;
    const { texts } = await collectAuthored(author, {
      count: samples,
      batch,
      length,
      progress: (done) => progress((0.7 * done) / samples),
    });
    const quality = judge && (await qualityOfAuthored(texts, judge));
    const timed = await timeAuthored(author, { length, repeats: timedTexts });
    return measured(
      [
        ...(await realFigures(situation, situation)),
        ...(quality
          ? [
              perplexityOf("perplexity", quality),
              entropyOf("entropy", quality.entropy, { samples: quality.texts }),
            ]
          : []),
        ...toldFigures(texts, timed.texts),
      ],
      judge ? [] : [{ figure: "perplexity", reason: noJudge }],
    );
  },

  recipes(settings, kind) {
    const { length, samples, batch, seed } = settings;
    return pacesOf(settings, kind).flatMap((steps): Recipe[] => {
      const pace: Recipe["flags"] = { length, seed, ...(steps === undefined ? {} : { steps }) };
      return [
        {
          verb: "evaluate",
          flags: { metric: "generative", count: samples, batch, ...pace },
          needs: ["data", "judge"],
          gives: { figure: "perplexity", at: steps },
        },
        { verb: "evaluate", flags: { metric: "speed", ...pace }, needs: [] },
      ];
    });
  },
};

/** Numbers of steps to write in; undefined is a model's own pace. */
function pacesOf({ steps }: Settings, { infills, rule }: SystemKind): (number | undefined)[] {
  return infills && ruleFromSpec(rule).obeysSteps ? [...steps] : [undefined];
}

async function writeAt(
  contestant: Contestant,
  { length, samples, batch, seed, judge, signal }: Situation,
  steps: number | undefined,
  progress: (share: number) => void,
): Promise<Measurement[]> {
  const { tokenizer } = contestant;
  const canvas = openCanvas({ length, maskId: tokenizer.maskId });
  const sampling = (index: number) =>
    samplingOptions(contestant, { steps }, { seed, index, canvas });
  const written = await writeTexts({
    sampling,
    count: samples,
    batch,
    endIds: tokenizer.endIds,
    signal,
    progress: (texts) => progress((0.7 * texts) / samples),
  });
  const quality = judge && (await qualityOf(written.texts, tokenizer, judge));
  const counts = written.texts.map((text, i) => [text.length, written.passesOfTexts[i]!] as const);
  const speed = await measureSpeed(sampling(0), { repeats: timedTexts, signal });
  const paces = speed.each.map(({ seconds }) => [length, seconds] as const);
  const at = steps;
  return [
    ...(quality ? [perplexityOf("perplexity", quality, at)] : []),
    entropyOf("entropy", quality?.entropy ?? entropyOfTexts(written.texts), { at, samples }),
    ratioOf("tokensPerPass", counts, at),
    { ...meanOf("passes", written.passesOfTexts), at },
    ratioOf("tokensPerSecond", paces, at),
  ];
}

/** What an author tells of its texts, where it tells it of all of them. */
function toldFigures(
  texts: readonly AuthoredText[],
  timed: readonly TimedText[],
): readonly Measurement[] {
  const counts = texts.flatMap(({ tokens, passes }) =>
    tokens === undefined || !passes ? [] : [[tokens, passes] as const],
  );
  const paces = timed.flatMap(({ tokens, seconds }) =>
    tokens === undefined ? [] : [[tokens, seconds] as const],
  );
  const told = counts.length === texts.length;
  return [
    ...(told ? [ratioOf("tokensPerPass", counts)] : []),
    ...(told
      ? [
          meanOf(
            "passes",
            counts.map(([, passes]) => passes),
          ),
        ]
      : []),
    ...(paces.length === timed.length ? [ratioOf("tokensPerSecond", paces)] : []),
  ];
}

/** What the judge and the counts say of windows of the data. */
async function realFigures(
  { tokenizer }: Pick<Contestant, "tokenizer">,
  { tokens, length, samples, judge }: Situation,
): Promise<Measurement[]> {
  const { endIds } = tokenizer;
  const texts = await realTexts(tokens, { length, count: samples, endIds });
  const quality = judge && (await qualityOf(texts, tokenizer, judge));
  const entropy = quality?.entropy ?? entropyOfTexts(texts);
  return [
    ...(quality ? [perplexityOf("realPerplexity", quality)] : []),
    entropyOf("realEntropy", entropy, { samples: texts.length }),
  ];
}

function ratioOf(
  figure: string,
  pairs: readonly (readonly [number, number])[],
  at?: number,
): Measurement {
  const { ratio: value, standardError: error } = ratioAndError(pairs);
  return { figure, at, value, error, samples: pairs.length };
}

const entropyOf = (
  figure: string,
  { perText: value, perTextError: error }: UnigramEntropy,
  { samples, at }: { readonly samples: number; readonly at?: number | undefined },
): Measurement => ({ figure, at, value, error, samples });

const perplexityOf = (figure: string, quality: Quality, at?: number): Measurement => ({
  figure,
  at,
  value: quality.perplexity,
  error: quality.perplexityError,
  samples: quality.texts,
});
