/**
 * Ancestral sampling: the reverse process itself. Time runs from 1 to 0 on a grid; going from t to s,
 * each open place takes a token drawn from p(x_s | x_t) (D3PM, Austin et al., 2021, eq. 4; MDLM, Sahoo
 * et al., 2024, eq. 6). Fewer steps than the process has is step skipping.
 *
 * Of masked diffusion the published form draws "token or mask" at every open place. The chance of
 * "mask" does not depend on the model, so drawing *which* places are revealed first, with probability
 * `(alpha_s - alpha_t) / (1 - alpha_t)`, and then only their tokens, is the same law. It asks for the
 * logits of only these places, and a step that reveals nothing costs no forward pass: at most
 * min(steps, places) passes, on any grid. (MDLM's `ddpm_cache` saves the same passes by keeping old
 * predictions, which a model that is told the time would not allow; this stays exact.)
 *
 * Where tokens may change again, every open place holds a draft that is redrawn in every step. The
 * last step decides all that is left. Four places, four steps, alpha = 1 - t: one place per step on
 * average.
 *
 * @module
 */
import { maskedShare } from "../../diffusion/process.ts";
import { absorbing, revealProbability } from "../../diffusion/processes/absorbing.ts";
import { createSchedule, scheduleNames } from "../../diffusion/schedules/index.ts";
import { reverseTimes } from "../../diffusion/times.ts";
import { keepAll, rule } from "../rule.ts";
import type { RuleContext, RuleRun } from "../rule.ts";
import { redrawing } from "./parts/redrawing.ts";

/** Each step reveals a random number of random places, as the reverse process does. */
export const ancestral = rule(
  {
    kind: "rule",
    name: "ancestral",
    summary: "the reverse process itself: each step reveals a random number of random places",
    paper: "D3PM (Austin et al., 2021), eq. 4; MDLM (Sahoo et al., 2024), eq. 6",
    options: {
      schedule: {
        type: "choice",
        default: "model",
        choices: ["model", ...scheduleNames],
        summary: "how many places the steps reveal, early against late; model = as it was trained",
      },
    },
  },
  { keepsRevealed: true, obeysSteps: true },
  ({ schedule }, context) => {
    const { process, steps, vocabulary: size, maskId } = context;
    if (!process.keepsRevealed)
      return redrawing(
        context,
        reverseTimes(process, steps),
        (s, t) => (row, current) => process.posterior(current, row.map(Math.exp), s, t),
      );
    const chosen =
      schedule === "model"
        ? process
        : absorbing({ states: { size, maskId }, schedule: createSchedule(schedule) });
    return revealing({ ...context, process: chosen });
  },
);

/** Masks only: places first, then their tokens. */
function revealing({ process, steps, random }: RuleContext): RuleRun {
  const times = reverseTimes(process, steps);
  const clean = (t: number): number => 1 - maskedShare(process, t);
  let step = 0;
  return {
    next(open) {
      if (open.length === 0) return undefined;
      const [t, s] = [times[step]!, times[step + 1]!];
      step += 1;
      const last = step === times.length - 1;
      const reveal = last ? 1 : revealProbability(clean(s), clean(t));
      return { places: open.filter(() => random.uniform() < reveal), time: t };
    },
    keep: keepAll,
  };
}
