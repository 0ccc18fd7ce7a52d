/**
 * Filling a hole: the middle of held-out text is taken out, and to be found again, token by token.
 *
 * A model that sees both sides is handed both; one that only continues is handed what stands before the
 * hole. For "the cat [[1]] here" the first reads "the cat" and "here", the second "the cat".
 *
 * @module
 */
import { allWindows } from "../../text/index.ts";
import { fillAll, shareRight } from "./fill.ts";
import { comparing, inapplicable, meanOf, measured, nameOf } from "./task.ts";
import type { Contestant, Measurement, Situation, Task } from "./task.ts";

const holes = [1, 4, 16] as const;

export const infillTask: Task = {
  name: "infill",
  title: "Filling a hole",
  question: "How much of a missing middle does a model find again?",
  method:
    "A stretch in the middle of each window is taken out and filled with the likeliest tokens. A diffusion model sees " +
    "both sides of it, an autoregressive one what stands before it. Only the very token counts as right, though others " +
    "may make sense as well.",
  figures: {
    right: {
      label: "tokens right",
      unit: "of the hole's tokens right",
      better: "higher",
      share: true,
      perToken: true,
    },
    leftOnly: {
      label: "tokens right, seeing the left only",
      unit: "of the hole's tokens right from the left side alone",
      better: "higher",
      share: true,
      perToken: true,
    },
    commonest: {
      label: "always the commonest token",
      unit: "right by the commonest token",
      better: "neither",
      share: true,
      reference: true,
    },
  },
  axis: "tokens in the hole",
  headlines: [
    { figure: "right", at: 4 },
    { figure: "right", at: "most" },
  ],
  plots: [
    {
      kind: "lines",
      title: "Tokens found again (higher is better)",
      x: "axis",
      y: "right",
      logX: true,
      reference: "commonest",
    },
  ],

  async measure(contestant, situation) {
    const { length, samples, tokens, progress } = situation;
    const fitting = holes.filter((hole) => 2 * hole <= length);
    if (fitting.length === 0)
      return inapplicable(`canvases of ${length} tokens are too short for a hole`);
    const windows = await allWindows(tokens, { length, limit: samples });
    const on = nameOf(windows.map((window) => contestant.tokenizer.decode(window)));
    // The left side alone is all that a model sees which only continues.
    const views = contestant.kind.infills ? (["right", "leftOnly"] as const) : (["right"] as const);
    const total = fitting.length * views.length;
    const measurements: Measurement[] = [commonestShare(windows)];
    for (const hole of fitting) {
      for (const figure of views) {
        const done = measurements.length - 1;
        const cut = figure === "leftOnly" || !contestant.kind.infills;
        const each = await refill(contestant, windows, { hole, cut }, situation, (share) =>
          progress((done + share) / total),
        );
        measurements.push(meanOf(figure, each, { at: hole, on }));
      }
    }
    return measured(measurements);
  },

  recipes: comparing("infill"),
};

/** The share of each window's hole that is found again. */
async function refill(
  contestant: Contestant,
  windows: readonly Int32Array[],
  { hole, cut }: { readonly hole: number; readonly cut: boolean },
  situation: Situation,
  progress: (share: number) => void,
): Promise<number[]> {
  const start = (situation.length - hole) >> 1;
  const end = start + hole;
  const { maskId } = contestant.tokenizer;
  const canvases = windows.map((window) =>
    window.slice(0, cut ? end : window.length).fill(maskId, start, end),
  );
  const filled = await fillAll(contestant, canvases, situation, (done) =>
    progress(done / windows.length),
  );
  return filled.map((canvas, i) => shareRight(canvas, start, windows[i]!.subarray(start, end)));
}

/** What always guessing the commonest token would get right. */
function commonestShare(windows: readonly Int32Array[]): Measurement {
  const counts = new Map<number, number>();
  for (const window of windows)
    for (const token of window) counts.set(token, (counts.get(token) ?? 0) + 1);
  const [commonest] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most));
  const each = windows.map(
    (window) => window.filter((token) => token === commonest).length / window.length,
  );
  return meanOf("commonest", each);
}
