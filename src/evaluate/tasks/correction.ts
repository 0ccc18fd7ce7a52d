/**
 * Correction: some tokens of a text are wrong, and nobody says which.
 *
 * Told how many are wrong, a model opens as many as it doubts the most (`generate/doubts.ts`), and writes what it finds
 * likeliest. A model that only continues doubts a token, and chooses another, by what stands before it. With two wrong
 * tokens of twenty the two that it doubts most are opened. Does it doubt one of the wrong
 * ones, and put it right, and one of the right ones, and damage it, then as many are wrong as before.
 *
 * Told nothing, a model that revises looks at the text as it stands, and its rule rewrites what it finds wrong. One
 * that only continues has the text up to the first token that it doubts, and writes on from there.
 *
 * @module
 */
import { doubtsOf } from "../../generate/doubts.ts";
import { permutation, randomKey, randomStream, splitKey } from "../../tensor/index.ts";
import { allWindows } from "../../text/index.ts";
import { inGroups } from "../in-groups.ts";
import { fillAll, reviseAll } from "./fill.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Contestant, FigureDocs, Measurement, Situation, Task } from "./task.ts";

/** How many of a hundred tokens are wrong. */
const wrongPercents = [5, 10, 20] as const;

const share = (label: string, unit: string, better: "higher" | "lower"): FigureDocs => ({
  label,
  unit,
  better,
  share: true,
  perToken: true,
});

export const correctionTask: Task = {
  name: "correction",
  title: "Repairing a text",
  question: "Can a model find wrong tokens, and put them right?",
  method:
    "Some tokens of each window are replaced by tokens from elsewhere in the text. A model that is told how many opens as many " +
    "as it doubts the most, and writes the likeliest in their place; an autoregressive one knows only what stands before " +
    "each. Of its own accord, told nothing, a diffusion model revises the text as it stands, by its own rule or token editing, and an " +
    "autoregressive one goes on from the first token it doubts. 100 % wrong tokens left means that nothing was gained; more, " +
    "that harm was done.",
  figures: {
    left: share("wrong tokens left", "wrong tokens left, of as many as there were", "lower"),
    found: share("wrong tokens found", "of the wrong tokens found", "higher"),
    restored: share("wrong tokens restored", "of the wrong tokens restored", "higher"),
    damaged: share("right tokens damaged", "of the right tokens damaged", "lower"),
    leftAlone: share(
      "wrong tokens left, of its own accord",
      "wrong tokens left of its own accord, of as many as there were",
      "lower",
    ),
    restoredAlone: share(
      "wrong tokens restored, of its own accord",
      "of the wrong tokens restored of its own accord",
      "higher",
    ),
    damagedAlone: share(
      "right tokens damaged, of its own accord",
      "of the right tokens damaged of its own accord",
      "lower",
    ),
  },
  axis: "% of the tokens wrong",
  headlines: [{ figure: "left", at: 10 }],
  plots: [
    {
      kind: "lines",
      title: "Wrong tokens left, told how many (lower is better)",
      x: "axis",
      y: "left",
    },
    {
      kind: "lines",
      title: "Wrong tokens left, of its own accord (lower is better)",
      x: "axis",
      y: "leftAlone",
    },
  ],

  async measure(contestant, situation) {
    const { length, samples, tokens, progress } = situation;
    const windows = await allWindows(tokens, { length, limit: samples });
    const pool = Int32Array.from(windows.flatMap((window) => [...window])).filter(
      (token) => !contestant.tokenizer.endIds.includes(token),
    );
    if (pool.every((token) => token === pool[0]))
      return inapplicable("the data holds only one token, so that none can be wrong");
    const on = nameOf(windows.map((window) => contestant.tokenizer.decode(window)));
    const measurements: Measurement[] = [];
    for (const [round, at] of wrongPercents.entries()) {
      const spoilt = windows.map((window, index) => spoil(window, { pool, at, index, situation }));
      const figures = await repair(contestant, spoilt, situation, (part) =>
        progress((round + part) / wrongPercents.length),
      );
      for (const [figure, each] of Object.entries(figures))
        measurements.push(meanOf(figure, each, { at, on }));
    }
    return measured(measurements);
  },

  recipes: comparing("correction"),
};

interface Spoilt {
  readonly right: Int32Array;
  readonly text: Int32Array;
  /** The places that are wrong. */
  readonly wrong: ReadonlySet<number>;
}

/** Replaces a share of the tokens by others of the pool. */
function spoil(
  right: Int32Array,
  options: { pool: Int32Array; at: number; index: number; situation: Situation },
): Spoilt {
  const { pool, at, index, situation } = options;
  const random = randomStream(splitKey(randomKey(situation.seed), "correction", at, index));
  const count = Math.max(1, Math.round((at / 100) * right.length));
  const wrong = permutation(random, right.length).subarray(0, count);
  const text = right.slice();
  for (const place of wrong)
    while (text[place] === right[place]) text[place] = pool[random.integer(pool.length)]!;
  return { right, text, wrong: new Set(wrong) };
}

/** Has the same texts repaired in both ways; every figure, for each text. */
async function repair(
  contestant: Contestant,
  spoilt: readonly Spoilt[],
  situation: Situation,
  progress: (share: number) => void,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const { batch, signal } = situation;
  const { kind, tokenizer } = contestant;
  const part = (begin: number) => (done: number) => progress(begin + (0.3 * done) / spoilt.length);
  let weighed = 0;
  const doubted = await inGroups(spoilt, batch, async ({ text, wrong }) => {
    const asked = { share: wrong.size / text.length, signal };
    const { probabilities } = await doubtsOf(contestant, text, asked);
    const order = [...text.keys()].toSorted((a, b) => probabilities[a]! - probabilities[b]!);
    progress((0.4 * (weighed += 1)) / spoilt.length);
    return order.slice(0, wrong.size);
  });
  const opened = spoilt.map(({ text }, i) => withMasks(text, doubted[i]!, tokenizer.maskId));
  const told = await fillAll(contestant, opened, situation, part(0.4));
  const alone = kind.infills
    ? await reviseAll(contestant, texts(spoilt), situation, part(0.7))
    : await fillAll(
        contestant,
        spoilt.map(({ text }, i) => text.slice().fill(tokenizer.maskId, Math.min(...doubted[i]!))),
        situation,
        part(0.7),
      );
  const counts = told.map((text, i) => tally(text, spoilt[i]!));
  const ownCounts = alone.map((text, i) => tally(text, spoilt[i]!));
  return {
    left: counts.map(({ left }) => left),
    found: doubted.map(
      (places, i) => places.filter((place) => spoilt[i]!.wrong.has(place)).length / places.length,
    ),
    restored: counts.map(({ restored }) => restored),
    damaged: counts.map(({ damaged }) => damaged),
    leftAlone: ownCounts.map(({ left }) => left),
    restoredAlone: ownCounts.map(({ restored }) => restored),
    damagedAlone: ownCounts.map(({ damaged }) => damaged),
  };
}

const texts = (spoilt: readonly Spoilt[]): Int32Array[] => spoilt.map(({ text }) => text);

function withMasks(text: Int32Array, places: readonly number[], maskId: number): Int32Array {
  const canvas = text.slice();
  for (const place of places) canvas[place] = maskId;
  return canvas;
}

/** What became of a text, in shares of its wrong tokens and of its right ones. */
function tally(
  text: Int32Array,
  { right, wrong }: Spoilt,
): { readonly left: number; readonly restored: number; readonly damaged: number } {
  const differs = [...text.keys()].filter((place) => text[place] !== right[place]);
  const still = differs.filter((place) => wrong.has(place)).length;
  return {
    left: differs.length / wrong.size,
    restored: 1 - still / wrong.size,
    damaged: (differs.length - still) / (text.length - wrong.size),
  };
}
