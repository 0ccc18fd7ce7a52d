/**
 * Entropy, and the distance of laws.
 *
 * @module
 */

/** Sum of -p log p, in nats; of a part of a law, its part of the entropy. */
export function entropy(law: ArrayLike<number>): number {
  let nats = 0;
  for (let i = 0; i < law.length; i++) if (law[i]! > 0) nats -= law[i]! * Math.log(law[i]!);
  return nats;
}

/** What stands for 0 in logarithms of probabilities: D3PM's. */
export const leastProbability = 1e-20;

/**
 * KL(q || p) in nats. Where q is possible and p is not, it is infinite in theory; here p counts as
 * {@link leastProbability} there, which makes it 46 nats for each unit of q's mass.
 */
export function divergence(q: ArrayLike<number>, p: ArrayLike<number>): number {
  let nats = 0;
  for (let i = 0; i < q.length; i++)
    if (q[i]! > 0)
      nats += q[i]! * Math.log((q[i]! + leastProbability) / (p[i]! + leastProbability));
  return Math.max(0, nats);
}
