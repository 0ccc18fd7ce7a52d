/**
 * Transitions: how the law of one place changes between two times. A linear map on laws, in one of
 * two forms: a mixture of "stay", "any token" and "mask", which has a closed form for any vocabulary,
 * or a matrix.
 *
 * Three tokens and a mask, the mixture keep = 0.7, spread = 0.2, mask = 0.1: token 1 becomes
 * (0.067, 0.767, 0.067, 0.1). The mask stays what it is.
 *
 * @module
 */

/** The states of a place: ids 0 .. size - 1, one of which is the mask. */
export interface States {
  /** Number of ids, the mask included. */
  readonly size: number;
  readonly maskId: number;
}

/** A token stays, becomes any token (itself included), or the mask; the three sum to 1. */
export interface Mixture {
  readonly kind: "mixture";
  readonly keep: number;
  readonly spread: number;
  readonly mask: number;
}

/** Any linear map: `matrix[from * size + to]`, rows sum to 1. */
export interface Matrix {
  readonly kind: "matrix";
  readonly matrix: Float64Array;
}

export type Transition = Mixture | Matrix;

/** q(. | from), the law of a place that was in state `from`, [size]. */
export function lawFrom(transition: Transition, states: States, from: number): Float64Array {
  const { size } = states;
  if (transition.kind === "matrix") return transition.matrix.slice(from * size, (from + 1) * size);
  const law = new Float64Array(size);
  law[from] = 1;
  return push(transition, states, law);
}

/** q(to | .), how likely each state is to become `to`, [size]. */
export function likelihoodOf(transition: Transition, states: States, to: number): Float64Array {
  const { size, maskId } = states;
  if (transition.kind === "matrix") {
    const { matrix } = transition;
    return Float64Array.from({ length: size }, (_, from) => matrix[from * size + to]!);
  }
  const { keep, spread, mask } = transition;
  const likelihood = new Float64Array(size).fill(to === maskId ? mask : spread / (size - 1));
  if (to !== maskId) likelihood[to]! += keep;
  likelihood[maskId] = to === maskId ? 1 : 0;
  return likelihood;
}

/** The law of a place whose state had this law before, [size] -> [size]. */
export function push(transition: Transition, states: States, law: Float64Array): Float64Array {
  const { size, maskId } = states;
  const result = new Float64Array(size);
  if (transition.kind === "matrix") {
    const { matrix } = transition;
    law.forEach((probability, from) => {
      if (probability === 0) return;
      const start = from * size;
      for (let to = 0; to < size; to++) result[to]! += probability * matrix[start + to]!;
    });
    return result;
  }
  const { keep, spread, mask } = transition;
  const masked = law[maskId]!;
  let unmasked = 0;
  law.forEach((probability, token) => (unmasked += token === maskId ? 0 : probability));
  const share = (spread * unmasked) / (size - 1);
  law.forEach((probability, token) => (result[token] = keep * probability + share));
  result[maskId] = masked + mask * unmasked;
  return result;
}

/**
 * The inverse of {@link push}: what a law was before a mixture acted on it. Of a vector that no law
 * leads to, some numbers come out negative.
 */
export function pull(
  transition: Mixture,
  { size, maskId }: States,
  law: Float64Array,
): Float64Array {
  const { keep, spread, mask } = transition;
  let unmasked = 0;
  law.forEach((probability, token) => (unmasked += token === maskId ? 0 : probability));
  const before = unmasked / (1 - mask);
  const share = (spread * before) / (size - 1);
  const result = law.map((probability) => (probability - share) / keep);
  result[maskId] = law[maskId]! - mask * before;
  return result;
}

/** All tokens equally likely, and the mask a share, [size]. */
export function evenLaw({ size, maskId }: States, masked = 0): Float64Array {
  const law = new Float64Array(size).fill((1 - masked) / (size - 1));
  law[maskId] = masked;
  return law;
}
