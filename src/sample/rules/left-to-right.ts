/**
 * Left to right: one token per step, always at the leftmost open place. With a causal model this
 * is autoregressive generation; with a bidirectional one it is the same order with the given text
 * on the right in view. By the chain rule it draws exactly from the model's joint law.
 *
 * @module
 */
import { keepAll, rule, timeOf } from "../rule.ts";

/** One token per step at the leftmost open place; the number of steps is the number of places. */
export const leftToRight = rule(
  {
    kind: "rule",
    name: "left-to-right",
    summary: "one token per step, at the leftmost open place; takes as many steps as places",
    options: {},
  },
  { keepsRevealed: true, obeysSteps: false, deterministic: true },
  (_, context) => ({
    next: (open) =>
      open.length === 0
        ? undefined
        : { places: open.subarray(0, 1), time: timeOf(context, open.length) },
    keep: keepAll,
  }),
);
