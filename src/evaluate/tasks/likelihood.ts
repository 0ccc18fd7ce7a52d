/**
 * What held-out text costs a model: `unmask evaluate --metric bound` and `exact`, on the same windows for
 * all.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { orderFromSpec } from "../../sample/rules/index.ts";
import { allWindows } from "../../text/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { costOfTexts } from "../author.ts";
import { exactLikelihood } from "../exact.ts";
import { likelihood } from "../likelihood.ts";
import type { WindowLikelihood } from "../units.ts";
import { measured, nameOf } from "./task.ts";
import type { Measurement, Missing, Recipe, Situation, Task } from "./task.ts";

/** Draws of the noise for each window, of bounds: cheap beside a likelihood, which takes as many passes as a window has tokens. */
const draws = 16;

/** Orders of writing under which a likelihood is exact, and the figures they give. */
const orders = { leftToRight: "left-to-right", surest: "confidence" } as const;
type OrderFigure = keyof typeof orders;

export const likelihoodTask: Task = {
  name: "likelihood",
  title: "Predicting held-out text",
  question: "How likely does a model find text that it has not seen?",
  method:
    "Windows of the text, each for itself. An autoregressive model has a likelihood; a diffusion model's " +
    "own score is an upper bound of its cost, and may be loose. Once it writes one place at a time in a fixed order it has " +
    "a likelihood as well: from left to right, or the surest place first. Only likelihoods may be set beside each other.",
  figures: {
    own: { label: "bits/character, own score", unit: "bits/character", better: "lower" },
    leftToRight: {
      label: "bits/character, left to right",
      unit: "bits/character written left to right",
      better: "lower",
    },
    surest: {
      label: "bits/character, surest first",
      unit: "bits/character written surest first",
      better: "lower",
    },
    nats: { label: "nats/token, own score", unit: "nats/token", better: "lower", perToken: true },
  },
  headlines: [{ figure: "leftToRight" }, { figure: "own" }],
  plots: [
    {
      kind: "dots",
      title: "Bits per character (lower is better)",
      figures: ["own", "leftToRight", "surest"],
    },
  ],

  async measure(contestant, situation) {
    const { tokens, length, samples, batch, seed, signal, progress } = situation;
    const { runtime } = contestant;
    const on = nameOf(await windowTexts(contestant.tokenizer, situation));
    const own = await likelihood({
      runtime,
      model: contestant,
      tokens,
      length,
      batch,
      samples: draws,
      limit: samples,
      seed,
      signal,
      progress: (done, of) => progress((0.2 * done) / of),
    });
    const figures = [inBits("own", own, on), inNats(own, on)];
    // One token after another from left to right is what an exact own score is of.
    if (own.exact) figures.push(inBits("leftToRight", own, on));
    const asked: OrderFigure[] = own.exact ? [] : ["leftToRight", "surest"];
    const missing: Missing[] = own.exact
      ? [{ figure: "surest", reason: "it writes from left to right" }]
      : [];
    for (const [i, figure] of asked.entries()) {
      try {
        const score = await exactLikelihood({
          denoiser: contestant.denoiser,
          tokenizer: contestant.tokenizer,
          rule: orderFromSpec(orders[figure]),
          tokens,
          length,
          batch,
          limit: samples,
          signal,
          progress: (done, of) => progress(0.2 + 0.4 * (i + done / of)),
        });
        figures.push(inBits(figure, score, on));
      } catch (error) {
        if (!UnmaskError.is(error)) throw error;
        missing.push({ figure, reason: error.message });
      }
    }
    return measured(figures, missing);
  },

  async ask(author, { tokens, tokenizer, length, samples, batch, progress }) {
    const texts = await windowTexts(tokenizer, { tokens, length, samples });
    try {
      const cost = await costOfTexts(author, texts, {
        batch,
        progress: (done) => progress(done / texts.length),
      });
      // Where nothing predicts a first token, windows are shorter than the others' are.
      const whole =
        cost.characters === texts.reduce((sum, text) => sum + Array.from(text).length, 0);
      const on = whole ? nameOf(texts) : undefined;
      const own = inBits("own", cost, on);
      const lacking = (figure: string, reason: string): Missing => ({ figure, reason });
      return cost.exact
        ? measured(
            [own, inBits("leftToRight", cost, on)],
            [lacking("surest", "its server tells only one likelihood")],
          )
        : measured(
            [own],
            Object.keys(orders).map((figure) => lacking(figure, "it doesn't write place by place")),
          );
    } catch (error) {
      if (!UnmaskError.is(error) || error.code !== "missing") throw error;
      return measured([], [{ figure: "leftToRight", reason: error.message }]);
    }
  },

  recipes({ length, samples, batch, seed }, { infills }) {
    const common = { length, limit: samples, batch };
    const metric = (name: string, figure: string, flags: Recipe["flags"]): Recipe => ({
      verb: "evaluate",
      flags: { metric: name, ...common, ...flags },
      needs: ["data"],
      gives: { figure },
    });
    return [
      metric("bound", "own", { samples: draws, seed }),
      ...(infills
        ? Object.entries(orders).map(([figure, order]) => metric("exact", figure, { order }))
        : []),
    ];
  },
};

function inBits(figure: string, score: WindowLikelihood, on: string | undefined): Measurement {
  const perCharacter = score.bitsPerCharacter / score.nats;
  return {
    figure,
    value: score.bitsPerCharacter,
    error: score.bitsPerCharacterError,
    samples: score.windows,
    atMost: score.exact ? undefined : true,
    each: score.each.map((nats) => nats * perCharacter),
    on,
  };
}

const inNats = ({ nats, standardError, windows, exact, each }: WindowLikelihood, on: string) => ({
  figure: "nats",
  value: nats,
  error: standardError,
  samples: windows,
  atMost: exact ? undefined : (true as const),
  each,
  on,
});

/** The windows as texts: those of models with one tokenizer are the same. */
async function windowTexts(
  { decode }: Pick<Tokenizer, "decode">,
  { tokens, length, samples }: Pick<Situation, "tokens" | "length" | "samples">,
): Promise<string[]> {
  const windows = await allWindows(tokens, { length, limit: samples });
  return windows.map((window) => decode(window));
}
