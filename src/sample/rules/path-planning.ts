/**
 * Path planning: in every step all written places are weighed again, those of which the model is least
 * certain are masked, and the others stand (P2, Peng et al., 2025, "Path planning for masked diffusion model
 * sampling", with the model as its own planner; in the form of Open-dCoder's `p2`).
 *
 * With n places to write, step i of S leaves floor(n (S - i) / S) of them masked: those with the lowest
 * probability of the token that is drawn there now, whether masked or written. A written place that stays
 * keeps its token; a masked one that is not among them takes the drawn one. The last step leaves none.
 *
 * Four places in two steps, probabilities 0.9, 0.3, 0.8, 0.6: the first and the third are written. Then, with
 * these in sight, all four are weighed again, and none is left masked.
 *
 * @module
 */
import { byCertainty } from "./parts/certainty.ts";
import { needMasking } from "./parts/masking.ts";
import { rule, timeOf } from "../rule.ts";

/** A growing number of tokens, the most certain ones, of which each must hold its place. */
export const pathPlanning = rule(
  {
    kind: "rule",
    name: "path-planning",
    summary: "a growing number of tokens, weighed anew in each step; the least certain are masked",
    paper: "P2 (Peng et al., 2025)",
    options: {},
  },
  { keepsRevealed: false, obeysSteps: true },
  (_, context) => {
    const { open: all, steps, maskId, process } = context;
    needMasking("path-planning", process);
    let step = 0;
    return {
      next: (open) =>
        open.length === 0 ? undefined : { places: all, time: timeOf(context, open.length) },
      keep({ places, current, confidence }) {
        step += 1;
        const masked = Math.floor((all.length * (steps - step)) / steps);
        const ranked = byCertainty(confidence);
        const isMasked = (index: number): boolean => current[index] === maskId;
        const standing = ranked.slice(0, ranked.length - masked);
        const fallen = ranked.slice(ranked.length - masked);
        return {
          keep: standing.filter(isMasked),
          reopen: fallen.filter((index) => !isMasked(index)).map((index) => places[index]!),
        };
      },
    };
  },
);
