/**
 * How many places can be drawn independently (EB-Sampler, Ben-Hamu et al., 2025). Drawn together, k places can
 * miss at most `sum of H - max of H` nats of what they know of each other.
 *
 * @module
 */
import { byCertainty } from "./certainty.ts";

/**
 * The most places whose sum is within a bound, from the least entropy up; at least one.
 *
 * Entropies 0.02, 0.05, 0.4 at gamma = 0.1: without the greatest they sum to 0.07, so all three are taken; with it
 * to 0.47, so the first two are.
 *
 * @param gamma the bound, in nats
 * @param of what is summed: all entropies but the greatest, or all
 * @returns indices, of equals the first comes first
 */
export function withinEntropyBound(
  entropies: Float64Array,
  gamma: number,
  of: "others" | "all" = "others",
): number[] {
  // Rising entropies: the greatest is the last, and the others sum to what came before it.
  let before = 0;
  return byCertainty(entropies.map((nats) => -nats)).filter((index, rank) => {
    const sum = before + entropies[index]!;
    const within = rank === 0 || (of === "all" ? sum : before) <= gamma;
    before = sum;
    return within;
  });
}
