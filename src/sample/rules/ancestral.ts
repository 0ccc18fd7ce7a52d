/**
 * Ancestral sampling of masked diffusion (MDLM, Sahoo et al., 2024, eq. 6; MD4, Shi et al., 2024):
 * time runs from 1 to 0 on a grid, and going from t to s each open place is revealed with
 * probability `(alpha_s - alpha_t) / (1 - alpha_t)`, with a token drawn from the model's p(x0).
 *
 * The published form draws "token or mask" at every open place from the joint probabilities. The
 * chance of "mask" does not depend on the model, so drawing *which* places are revealed first, and
 * then only their tokens, is the same law. It asks for the logits of only these places, and a step
 * that reveals nothing costs no forward pass: at most min(steps, places) passes, on any grid.
 * Handed a model that uses its time input, this stays exact; a cache of old predictions
 * (`ddpm_cache`) does not.
 *
 * The last step reveals all that is left. Four places, four steps, alpha = 1 - t: one place per step
 * on average.
 *
 * @module
 */
import { revealProbability } from "../../diffusion/processes/absorbing.ts";
import { createSchedule, scheduleNames } from "../../diffusion/schedules/index.ts";
import { keepAll, rule } from "../rule.ts";

/** Each step reveals a random number of random places, as the reverse process does. */
export const ancestral = rule(
  {
    kind: "rule",
    name: "ancestral",
    summary: "the reverse process itself: each step reveals a random number of random places",
    paper: "MDLM (Sahoo et al., 2024), eq. 6",
    options: {
      schedule: {
        type: "choice",
        default: "log-linear",
        choices: scheduleNames,
        summary: "how many places the steps reveal, early against late",
      },
    },
  },
  { keepsRevealed: true, obeysSteps: true },
  ({ schedule: name }, { steps, random }) => {
    const schedule = createSchedule(name);
    let step = 0;
    return {
      next(open) {
        if (open.length === 0) return undefined;
        const t = 1 - step / steps;
        const s = 1 - (step + 1) / steps;
        step += 1;
        const last = step >= steps;
        const reveal = last ? 1 : revealProbability(schedule.alpha(s), schedule.alpha(t));
        return { places: open.filter(() => random.uniform() < reveal), time: t };
      },
      keep: keepAll,
    };
  },
);
