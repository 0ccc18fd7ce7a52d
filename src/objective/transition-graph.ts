/**
 * Transitions in the graph: what `diffusion/transition.ts` does with one law in float64, for every place
 * of a batch in float32. A mixture enters as three numbers a row, a matrix as itself.
 *
 * @module
 */
import type { States, Transition } from "../diffusion/transition.ts";
import { add, constant, floats, matmul, mul, oneHot, slice, sub } from "../tensor/index.ts";
import type { Spec, Tensor, Value } from "../tensor/index.ts";

/** One form of transitions, in the graph. One transition a row of the batch. */
export interface TransitionGraph {
  /** The spec of the transitions of a batch. */
  spec(batch: number): Spec;
  /** The transitions of a batch, one for each row. */
  value(transitions: readonly Transition[]): Value;
  /**
   * The laws after the transition, [batch, length, size] -> the same. Laws of clean tokens: no mass on
   * the mask, and they sum to 1.
   */
  push(transition: Tensor, law: Tensor): Tensor;
  /** How likely each state becomes what is there now, int32 [batch, length] -> [batch, length, size]. */
  likelihood(transition: Tensor, xt: Tensor): Tensor;
}

/** The graph of the form that a process's transitions have. */
export const transitionGraph = (kind: Transition["kind"], states: States): TransitionGraph =>
  kind === "mixture" ? mixtureGraph(states) : matrixGraph(states);

function mixtureGraph({ size, maskId }: States): TransitionGraph {
  const isMask = Float32Array.from({ length: size }, (_, id) => (id === maskId ? 1 : 0));
  const mask = constant(floats([size], isMask));
  const tokens = constant(
    floats(
      [size],
      isMask.map((flag) => 1 - flag),
    ),
  );
  /** keep, the chance of each single token to be spread to, and the chance of the mask. */
  const parts = (transition: Tensor) =>
    [0, 1, 2].map((i) => slice(transition, 2, i, i + 1)) as [Tensor, Tensor, Tensor];
  return {
    spec: (batch) => ({ shape: [batch, 1, 3], dtype: "float32" }),
    value(transitions) {
      const numbers = transitions.flatMap((transition) => {
        if (transition.kind !== "mixture") throw wrongForm(transition);
        return [transition.keep, transition.spread / (size - 1), transition.mask];
      });
      return floats([transitions.length, 1, 3], Float32Array.from(numbers));
    },
    push(transition, law) {
      const [keep, each, masked] = parts(transition);
      return add(mul(keep, law), add(mul(each, tokens), mul(masked, mask)));
    },
    likelihood(transition, xt) {
      const [keep, each, masked] = parts(transition);
      const seen = oneHot(xt, size);
      const seenMask = slice(seen, 2, maskId, maskId + 1);
      const ofToken = mul(tokens, add(mul(keep, seen), each));
      const ofMask = add(mul(masked, tokens), mask);
      return add(mul(sub(1, seenMask), ofToken), mul(seenMask, ofMask));
    },
  };
}

function matrixGraph({ size }: States): TransitionGraph {
  return {
    spec: (batch) => ({ shape: [batch, size, size], dtype: "float32" }),
    value(transitions) {
      const data = new Float32Array(transitions.length * size * size);
      transitions.forEach((transition, row) => {
        if (transition.kind !== "matrix") throw wrongForm(transition);
        data.set(transition.matrix, row * size * size);
      });
      return floats([transitions.length, size, size], data);
    },
    push: (transition, law) => matmul(law, transition),
    likelihood: (transition, xt) => matmul(oneHot(xt, size), transition, { transposeB: true }),
  };
}

/** A fault of a process, not of its user: no UnmaskError. */
const wrongForm = ({ kind }: Transition): Error =>
  new Error(`objective: a process must keep to one form of transitions, got a ${kind}`);
