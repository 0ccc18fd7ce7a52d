/**
 * Joint threshold: drafts are written boldly and edited afterwards (LLaDA2.1, 2026, "speeding up text
 * diffusion via token editing"; JointThreshold). In one pass, every masked place whose token is more probable than tau
 * is written, and the most certain one if there is none; and every written place where another token is more
 * probable than `edit` takes that one.
 *
 * When nothing is masked any more, passes go on until one edits nothing, `settle` of them at most. A given text
 * is edited in these passes alone.
 *
 * Published settings, tau / edit: 0.95 / 0.9 in the model's own code and in dllm's, the defaults here; 0.7 / 0.5 for
 * quality and 0.5 / 0 for speed, where whatever the model finds likelier is taken. They are made for a model that has
 * learnt to say of a token that it is wrong; most masked models have never been asked about one that is there.
 *
 * A masked place at 0.97 and a written "cat" where the model now says "car" with 0.92, at tau = 0.95 and
 * edit = 0.9: both are written. Then a pass in which nothing changes, and the run ends.
 *
 * @module
 */
import { argmax } from "../../diffusion/categorical.ts";
import { needMasking } from "./parts/masking.ts";
import { rule, timeOf } from "../rule.ts";

/** All tokens that the model is certain enough of, on masked and on written places. */
export const jointThreshold = rule(
  {
    kind: "rule",
    name: "joint-threshold",
    summary: "all tokens above a confidence, and written ones are edited until they settle",
    paper: "LLaDA2.1 (2026), JointThreshold",
    options: {
      tau: { type: "number", default: 0.95, minimum: 0, summary: "the confidence to write" },
      edit: { type: "number", default: 0.9, minimum: 0, summary: "the confidence to rewrite" },
      settle: {
        type: "integer",
        default: 16,
        minimum: 0,
        summary: "the most passes after the last place is written",
      },
    },
  },
  { keepsRevealed: false, obeysSteps: false },
  ({ tau, edit, settle }, context) => {
    const { open: all, maskId, process } = context;
    needMasking("joint-threshold", process);
    let edits = 0;
    let settling = 0;
    return {
      next(open) {
        const time = timeOf(context, open.length);
        if (open.length > 0) return { places: all, time };
        const isSettled = settling > 0 && edits === 0;
        return all.length === 0 || isSettled || settling++ === settle
          ? undefined
          : { places: all, time };
      },
      keep({ current, tokens, confidence }) {
        const isMasked = (index: number): boolean => current[index] === maskId;
        const indices = [...confidence.keys()];
        const best = bestOf(confidence, indices.filter(isMasked));
        const written = indices.filter(
          (index) => isMasked(index) && (index === best || confidence[index]! > tau),
        );
        const edited = indices.filter(
          (index) =>
            !isMasked(index) && tokens[index] !== current[index] && confidence[index]! > edit,
        );
        edits = edited.length;
        return { keep: [...written, ...edited] };
      },
    };
  },
);

/** The index with the greatest value among these; undefined if there are none. */
function bestOf(values: Float64Array, indices: readonly number[]): number | undefined {
  return indices.length === 0
    ? undefined
    : indices[argmax(Float64Array.from(indices, (index) => values[index]!))];
}
