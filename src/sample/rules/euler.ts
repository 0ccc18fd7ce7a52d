/**
 * Euler: SEDD's first-order sampler (Lou et al., 2023, equation 18). In a step of size d each place
 * jumps from its token x to y with probability `d * rate(y to x) * score(y)`, all places at once; the
 * last pass denoises, as in `tweedie`, which is more accurate at the same cost.
 *
 * Where a step is so long that the jumps have more than all probability, staying has none.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { endOption, scoreTimes, tweedieLaw } from "./parts/reverse-scores.ts";
import { rule } from "../rule.ts";
import { redrawing } from "./parts/redrawing.ts";
import type { Wish } from "../rule.ts";

/** Small steps along the rates of the reverse process. */
export const euler = rule(
  {
    kind: "rule",
    name: "euler",
    summary: "small steps along the reverse rates that scores give; the last pass denoises",
    paper: "SEDD (Lou et al., 2023), eq. 18",
    options: { end: endOption },
  },
  { keepsRevealed: true, obeysSteps: true, reads: "score" },
  ({ end }, context) => {
    const { process, maskId, vocabulary } = context;
    const { rates } = process;
    if (!rates)
      throw new UnmaskError(
        "usage",
        `rule euler: needs a process with rates, got ${process.name}; use --rule ancestral`,
      );
    /** Jump or stay, over a step of this size. */
    const jumpLaw = (t: number, size: number): NonNullable<Wish["law"]> => {
      const { redraw: redrawn, mask } = rates(t);
      return (logScores, current) => {
        const rate = size * (current === maskId ? mask : redrawn / (vocabulary - 1));
        const law = logScores.map((score, y) => (y === maskId ? 0 : rate * Math.exp(score)));
        law[current] = 0;
        const jumps = law.reduce((sum, weight) => sum + weight, 0);
        law[current] = Math.max(0, 1 - jumps);
        return law;
      };
    };
    return redrawing(context, scoreTimes(context.steps, end), (s, t) =>
      s === 0 ? tweedieLaw(process, s, t) : jumpLaw(t, t - s),
    );
  },
);
