/**
 * KLASS: reveals what is certain and has settled (Kim et al., 2025, "KL-adaptive stability sampling").
 * A place has settled when the model's law there changed by less than epsilon in each of the last
 * `history` steps, KL(p_t || p_before) in nats. All settled proposals of at least a confidence tau are
 * kept; where there is none, the most confident one.
 *
 * A place at 0.95 in three steps in a row, hardly changed: kept. At 0.95 for the first time: not yet.
 *
 * @module
 */
import { argmax } from "../../diffusion/categorical.ts";
import { divergence } from "./parts/certainty.ts";
import { askAll, rule } from "../rule.ts";
import type { Proposals } from "../rule.ts";

/** All proposals that are certain and have stopped moving. */
export const klass = rule(
  {
    kind: "rule",
    name: "klass",
    summary: "all tokens that are certain and whose law has settled; takes the steps it needs",
    paper: "KLASS (Kim et al., 2025)",
    options: {
      tau: { type: "number", default: 0.9, minimum: 0, summary: "the confidence" },
      epsilon: { type: "number", default: 0.01, minimum: 0, summary: "most change, in nats" },
      history: { type: "integer", default: 2, minimum: 1, summary: "steps without more change" },
    },
  },
  { keepsRevealed: true, obeysSteps: false, readsRows: true, deterministic: true },
  ({ tau, epsilon, history }, context) => {
    const calm = calmSteps(epsilon);
    return {
      next: askAll(context),
      keep(proposals) {
        const { confidence } = proposals;
        const steps = calm(proposals);
        const keep = steps.flatMap((count, i) =>
          count >= history && confidence[i]! >= tau ? [i] : [],
        );
        return { keep: keep.length > 0 ? keep : [argmax(confidence)] };
      },
    };
  },
);

/** For how many steps in a row each proposed place has changed by less than epsilon. */
function calmSteps(epsilon: number): (proposals: Proposals) => number[] {
  const past = new Map<number, { row: Float32Array; calm: number }>();
  return ({ places, row: rowOf }) =>
    Array.from(places, (place, index) => {
      const row = rowOf(index).slice();
      const before = past.get(place);
      const calm = before && divergence(row, before.row) < epsilon ? before.calm + 1 : 0;
      past.set(place, { row, calm });
      return calm;
    });
}
