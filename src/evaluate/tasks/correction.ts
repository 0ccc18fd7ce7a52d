/**
 * Correction: some tokens of a text are wrong, and nobody says which. A model doubts the tokens that it finds
 * least likely, opens them again, and writes what it finds likeliest.
 *
 * How sure a model is of a token that is there:
 * - a model that undoes redrawn tokens (uniform diffusion) is asked about all places of the text as it is;
 * - a masked model about each place in turn, with that place masked and all others in view;
 * - a model that only continues has what stands before a place.
 *
 * With two wrong tokens of twenty the two that it doubts most are opened. Does it doubt one of the wrong
 * ones, and put it right, and one of the right ones, and damage it, then as many are wrong as before.
 *
 * @module
 */
import type { Process } from "../../diffusion/process.ts";
import { answering } from "../../sample/answers.ts";
import { timeOfShare } from "../../sample/rule.ts";
import { permutation, randomKey, randomStream, splitKey } from "../../tensor/index.ts";
import { consecutive } from "../../text/index.ts";
import { inGroups } from "../in-groups.ts";
import { fillAll } from "./fill.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Contestant, Task } from "./task.ts";

/** The share of the tokens that is wrong. */
const wrongShare = 0.1;

export const correctionTask: Task = {
  name: "correction",
  title: "Repairing a text",
  question: "Can a model find wrong tokens, and put them right?",
  method:
    `${100 * wrongShare} % of the tokens of each window are replaced by tokens from elsewhere in the text. The model is told how many, not ` +
    "which: it opens as many as it finds least likely, and writes the likeliest in their place. 100 % wrong tokens left " +
    "means that nothing was gained; more, that harm was done.",
  figures: {
    left: {
      label: "wrong tokens left",
      unit: "wrong tokens left, of as many as there were",
      better: "lower",
      share: true,
      perToken: true,
    },
    found: {
      label: "wrong tokens found",
      unit: "of the wrong tokens found",
      better: "higher",
      share: true,
      perToken: true,
    },
    restored: {
      label: "wrong tokens restored",
      unit: "of the wrong tokens restored",
      better: "higher",
      share: true,
      perToken: true,
    },
    damaged: {
      label: "right tokens damaged",
      unit: "of the right tokens damaged",
      better: "lower",
      share: true,
      perToken: true,
    },
  },
  headlines: [{ figure: "left" }],
  plots: [
    {
      kind: "dots",
      title: "Shares of the wrong tokens, and of the right ones",
      figures: ["left", "found", "restored", "damaged"],
    },
  ],

  async measure(contestant, situation) {
    const { length, samples, batch, tokens, signal, progress } = situation;
    const windows: Int32Array[] = [];
    for await (const { x0 } of consecutive(tokens, { length, limit: samples })) windows.push(x0);
    const pool = Int32Array.from(windows.flatMap((window) => [...window])).filter(
      (token) => !contestant.tokenizer.endIds.includes(token),
    );
    if (pool.every((token) => token === pool[0]))
      return inapplicable("the data holds only one token, so that none can be wrong");
    const on = nameOf(windows.map((window) => contestant.tokenizer.decode(window)));
    const spoilt = windows.map((window, i) => spoil(window, pool, situation.seed, i));
    let weighed = 0;
    const opened = await inGroups(spoilt, batch, async ({ text, wrong }) => {
      const sureness = await surenessOf(contestant, text, signal);
      const doubted = Array.from(sureness.keys()).toSorted((a, b) => sureness[a]! - sureness[b]!);
      progress((0.8 * (weighed += 1)) / spoilt.length);
      return Int32Array.from(doubted.slice(0, wrong.size));
    });
    const repaired = await fillAll(
      contestant,
      spoilt.map(({ text }, i) => withMasks(text, opened[i]!, contestant.tokenizer.maskId)),
      situation,
      (done) => progress(0.8 + (0.2 * done) / spoilt.length),
    );
    const counts = repaired.map((text, i) =>
      tally(text, { right: windows[i]!, wrong: spoilt[i]!.wrong, opened: opened[i]! }),
    );
    return measured(
      (["left", "found", "restored", "damaged"] as const).map((figure) =>
        meanOf(
          figure,
          counts.map((count) => count[figure]),
          { on },
        ),
      ),
    );
  },

  recipes: comparing("correction"),
};

interface Spoilt {
  readonly text: Int32Array;
  /** The places that are wrong. */
  readonly wrong: ReadonlySet<number>;
}

/** Replaces tokens by others of the pool, at places drawn for window number `index`. */
function spoil(window: Int32Array, pool: Int32Array, seed: number, index: number): Spoilt {
  const random = randomStream(splitKey(randomKey(seed), "correction", index));
  const count = Math.max(1, Math.round(wrongShare * window.length));
  const wrong = permutation(random, window.length).subarray(0, count);
  const text = window.slice();
  for (const place of wrong)
    while (text[place] === window[place]) text[place] = pool[random.integer(pool.length)]!;
  return { text, wrong: new Set(wrong) };
}

/** Log-probabilities of the tokens of a text, each given what the model may see of the others. */
async function surenessOf(
  contestant: Contestant,
  text: Int32Array,
  signal: AbortSignal,
): Promise<Float64Array> {
  const own = contestant.denoiser(text);
  const { process, vocabulary, maskId } = own;
  const denoiser = process ? answering(own, "x0", process) : own;
  const places = Int32Array.from(text.keys());
  if (!contestant.kind.infills || process?.keepsRevealed === false) {
    const time = process ? timeOfChange(process, wrongShare) : 1;
    const rows = await denoiser.predict({ canvas: text, places, time });
    return Float64Array.from(text, (token, i) => rows[i * vocabulary + token]!);
  }
  const time = process ? timeOfShare(process, 1 / text.length) : 1 / text.length;
  const sureness = new Float64Array(text.length);
  // One place after the other: other texts are asked about at the same time, and share the passes.
  for (const place of places) {
    signal.throwIfAborted();
    const canvas = withMasks(text, [place], maskId);
    const row = await denoiser.predict({ canvas, places: Int32Array.of(place), time });
    sureness[place] = row[text[place]!]!;
  }
  return sureness;
}

/** When a process has changed this share of a text. */
function timeOfChange(process: Process, share: number): number {
  const token = process.states.maskId === 0 ? 1 : 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (1 - process.marginal(token, middle)[token]! < share) low = middle;
    else high = middle;
  }
  return high;
}

function withMasks(text: Int32Array, places: ArrayLike<number>, maskId: number): Int32Array {
  const canvas = text.slice();
  for (const place of Array.from(places)) canvas[place] = maskId;
  return canvas;
}

/** What became of a text, in shares of its wrong tokens and of its right ones. */
function tally(
  text: Int32Array,
  known: {
    readonly right: Int32Array;
    readonly wrong: ReadonlySet<number>;
    readonly opened: Int32Array;
  },
): Readonly<Record<"left" | "found" | "restored" | "damaged", number>> {
  const { right, wrong, opened } = known;
  const differs = [...text.keys()].filter((place) => text[place] !== right[place]);
  const still = differs.filter((place) => wrong.has(place)).length;
  return {
    left: differs.length / wrong.size,
    found: opened.filter((place) => wrong.has(place)).length / wrong.size,
    restored: 1 - still / wrong.size,
    damaged: (differs.length - still) / (text.length - wrong.size),
  };
}
