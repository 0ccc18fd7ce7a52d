/**
 * First-hitting: the reverse process in continuous time, without a grid (Zheng et al., 2024, "Masked
 * diffusion models are secretly time-agnostic masked models"; BD3-LM's sampler). With n
 * places masked, the next is revealed when the masked share m of the process has fallen to
 * `m u^(1/n)`, u uniform: the time of the first of n independent events. Each of the n is it with the
 * same chance, so only its logits are asked for.
 *
 * This is what `ancestral` tends to as its steps grow, in one pass for each place. A model that is told
 * the time gets the time of the event. Two places: the first is revealed at share sqrt(u), on average
 * 2/3, the second at 1/3.
 *
 * @module
 */
import { maskedShare } from "../../diffusion/process.ts";
import { needMasking } from "./parts/masking.ts";
import { keepAll, rule, timeOfShare } from "../rule.ts";

/** One random place per step, at the times of the reverse process. */
export const firstHitting = rule(
  {
    kind: "rule",
    name: "first-hitting",
    summary: "the reverse process in continuous time: one random place per step, at its exact time",
    paper: "Zheng et al., 2024; BD3-LM (Arriola et al., 2025)",
    options: {},
  },
  { keepsRevealed: true, obeysSteps: false },
  (_, { process, random }) => {
    needMasking("first-hitting", process);
    let share = maskedShare(process, 1);
    return {
      next(open) {
        if (open.length === 0) return undefined;
        share *= random.uniform() ** (1 / open.length);
        const place = open[random.integer(open.length)]!;
        return { places: Int32Array.of(place), time: timeOfShare(process, share) };
      },
      keep: keepAll,
    };
  },
);
