/**
 * The variational bound of a chain in discrete time, with the x0-parameterisation and the auxiliary
 * cross-entropy (D3PM, Austin et al., 2021, equations 1, 4 and 5).
 *
 * ```
 * -log p(x0) <= sum over steps of KL( q(x_s | x_t, x0) || p(x_s | x_t) ) + KL( q(x_1 | x0) || noise )
 * p(x_s | x_t)  in proportion to  q(x_t | x_s) * sum over x0 of q(x_s | x0) p(x0 | x_t)
 * ```
 *
 * where t = k/T and s = (k-1)/T. One step k is drawn for each row and counts T times. The first step
 * needs no case of its own: q is then certain of x0, and the divergence is the cross-entropy of p.
 *
 * Two tokens and a mask, absorbing, T = 2, x_1 = "_": q(x_{1/2}) is x0 or the mask with 1/2 each. If the
 * network gives x0 a third, p is (1/6, 1/3, 1/2), KL = log(3) / 2, and this row counts 2 * log(3) / 2.
 *
 * @module
 */
import { divergence, leastProbability } from "../diffusion/entropy.ts";
import type { Process } from "../diffusion/process.ts";
import { UnmaskError } from "../errors.ts";
import { forbid } from "../model/network.ts";
import { timeFeatureCount, timeFeatures } from "../nn/time.ts";
import {
  add,
  constant,
  crossEntropy,
  div,
  exp,
  floats,
  integers,
  lessOrEqual,
  log,
  mul,
  oneHot,
  randomStream,
  splitKey,
  sub,
  sum,
  where,
} from "../tensor/index.ts";
import type { Tensor } from "../tensor/index.ts";
import { keepGiven, noiseLevels, placeWeights, rowsOf } from "./objective.ts";
import type { Objective } from "./objective.ts";
import { transitionGraph } from "./transition-graph.ts";

export interface ChainObjectiveOptions {
  /** A process in discrete time. */
  readonly process: Process;
  /**
   * What -log p(x0 | x_t) counts beside each step's divergence, at every free place: D3PM's lambda. 0 is
   * the bound itself.
   */
  readonly lambda: number;
  /** What the network is told of a time in [0, 1]. */
  readonly tell: (time: number) => number;
}

export function chainObjective({ process, lambda, tell }: ChainObjectiveOptions): Objective {
  const { states, steps } = process;
  if (steps === undefined)
    throw new UnmaskError(
      "usage",
      `objective: a chain's bound needs a process in discrete time, got ${process.name} without steps`,
    );
  const graph = transitionGraph(process.between(0, 0).kind, states);
  const priorCost = priorCosts(process);
  return {
    exact: false,
    inputs: (batch, length) => ({
      tokens: { shape: [batch, length], dtype: "int32" },
      targets: { shape: [batch, length], dtype: "int32" },
      weights: { shape: [batch, length], dtype: "float32" },
      before: graph.spec(batch),
      step: graph.spec(batch),
      prior: { shape: [batch], dtype: "float32" },
      time: { shape: [batch, timeFeatureCount], dtype: "float32" },
    }),
    draw(windows, key) {
      const { x0, batch, length } = windows;
      const levels = noiseLevels(windows, key);
      const random = randomStream(splitKey(key, "corrupt"));
      const tokens = x0.slice();
      const rows = rowsOf(windows).map((row) => {
        const k = Math.min(steps, 1 + Math.floor(levels[row.index]! * steps));
        const [s, t] = [(k - 1) / steps, k / steps];
        tokens.set(keepGiven(row, process.corrupt(row.x0, t, random)), row.index * length);
        return { row, t, before: process.between(0, s), step: process.between(s, t) };
      });
      const shape = [batch, length];
      const weights = rows.flatMap(({ row }) => Array.from(placeWeights(row)));
      const prior = rows.map(({ row }) => {
        const free = placeWeights(row);
        return row.x0.reduce((nats, token, i) => nats + free[i]! * priorCost(token), 0);
      });
      return {
        tokens: integers(shape, tokens),
        targets: integers(shape, x0),
        weights: floats(shape, Float32Array.from(weights)),
        before: graph.value(rows.map(({ before }) => before)),
        step: graph.value(rows.map(({ step }) => step)),
        prior: floats([batch], Float32Array.from(prior)),
        time: timeFeatures(rows.map(({ t }) => tell(t))),
      };
    },
    losses({ tokens, targets, weights, before, step, prior, time }, network) {
      const logits = forbid(network(tokens!, { time }), states.maskId);
      const { loss, logProbabilities } = crossEntropy(logits, targets!);
      const likelihood = graph.likelihood(step!, tokens!);
      const posterior = (belief: Tensor): Tensor => {
        const joint = mul(graph.push(before!, belief), likelihood);
        const total = sum(joint, [-1], { keep: true });
        // Nothing leads to a given place that noise would never leave as it is; it costs nothing.
        return div(joint, where(lessOrEqual(total, 0), 1, total));
      };
      // No token is impossible, so no logarithm below is of 0. What is scored is this model, whose law
      // differs from the network's by less than anyone can draw.
      const belief = add(exp(logProbabilities), leastOf(states.maskId, states.size));
      const nats = divergences(posterior(oneHot(targets!, states.size)), posterior(belief));
      const each = lambda === 0 ? nats : add(nats, mul(loss, lambda));
      return add(mul(sum(mul(weights!, each), [1]), steps), prior!);
    },
  };
}

/**
 * KL(q || p) of each place, [batch, length, size] -> [batch, length], as the sum of q (r - 1 - log r),
 * r = p / q. Every term is at least 0 and flat where p = q, so that rounding errors of float32, which
 * the number of steps multiplies, don't matter: those of the normalisation cancel, as -q + p sums to 0.
 */
function divergences(q: Tensor, p: Tensor): Tensor {
  const impossible = lessOrEqual(q, leastProbability);
  const ratio = where(impossible, 1, div(p, where(impossible, 1, q)));
  return sum(where(impossible, p, mul(q, sub(sub(ratio, 1), log(ratio)))), [-1]);
}

/** The least probability, for every token but the mask. */
function leastOf(maskId: number, size: number): Tensor {
  const least = new Float32Array(size).fill(leastProbability);
  least[maskId] = 0;
  return constant(floats([size], least));
}

/**
 * KL(q(x_1 | x0) || noise) of a token in nats: what a chain costs whose last step does not reach its
 * noise. For absorbing noise that leaves tokens unmasked it is infinite in theory, and 46 nats for each
 * unit of their probability here.
 */
function priorCosts(process: Process): (token: number) => number {
  const cost = (token: number) => divergence(process.marginal(token, 1), process.noise);
  const known = new Map<number, number>();
  // All tokens fare alike in a mixture.
  const alike = process.between(0, 0).kind === "mixture";
  return (token) => {
    const key = alike ? 0 : token;
    const nats = known.get(key) ?? cost(token);
    known.set(key, nats);
    return nats;
  };
}
