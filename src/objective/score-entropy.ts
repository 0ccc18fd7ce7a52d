/**
 * Score entropy (SEDD, Lou et al. 2023, equation 5 and theorem 3.6), the bound of continuous-time
 * diffusion on tokens, for any model of scores:
 *
 * ```
 * -log p(x0) <= E_t [ sum over places, over y != x_t, of  rate(y to x_t) * r_y K(s_y - log r_y) ],   K(d) = e^d - 1 - d
 * ```
 *
 * where r_y = q_t(y | x0) / q_t(x_t | x0) is the true ratio and s_y the model's log-score. Written with
 * K, every term is a distance: at least 0, and 0 where the score is right. (The published code adds
 * and subtracts large constants instead, and loses digits at small noise.)
 *
 * Three tokens, x0 = a, x_t = b at alpha = 0.4: the ratios are r_a = 0.6 / 0.2 = 3 and r_c = 1.
 *
 * @module
 */
import { mixtureBetween } from "../diffusion/process.ts";
import type { Process } from "../diffusion/process.ts";
import { forbid } from "../model/network.ts";
import type { Network } from "../model/network.ts";
import { timeFeatureCount, timeFeatures } from "../nn/time.ts";
import {
  concat,
  add,
  constant,
  crossEntropy,
  div,
  exp,
  floats,
  integers,
  log,
  mul,
  oneHot,
  randomStream,
  reshape,
  slice,
  softmax,
  splitKey,
  sub,
  sum,
} from "../tensor/index.ts";
import type { Key, Spec, Tensor, Value } from "../tensor/index.ts";
import { blockLevels, keepGiven, noiseLevels, placeWeights, rowsOf } from "./objective.ts";
import type { Batch, Objective } from "./objective.ts";

/** The smallest time: SEDD's and MDLM's. */
export const leastTime = 1e-3;

/** What both graphs need. */
export interface ScoreEntropyOptions {
  readonly process: Process;
  /** What the network is told of a time in [0, 1]. Default: nothing. */
  readonly tell?: ((time: number) => number) | undefined;
}

/** One row, noised. */
interface NoisyRow {
  /** The time of the row, or of its first block. */
  readonly time: number;
  /** The time of each place, [length]. */
  readonly times: Float64Array;
  readonly x0: Int32Array;
  readonly xt: Int32Array;
  /** What each place counts, [length]. */
  readonly counts: Float64Array;
}

/** Rows in blocks of `size` places, each noised to a time of its own. */
function noisyRows(
  windows: Batch,
  process: Process,
  key: Key,
  size: number = windows.length,
): NoisyRow[] {
  const levels = noiseLevels(windows, key);
  const random = randomStream(splitKey(key, "corrupt"));
  return rowsOf(windows).map((row) => {
    const noised = row.x0.slice();
    const times = new Float64Array(windows.length);
    blockLevels(levels[row.index]!, Math.ceil(windows.length / size)).forEach((level, block) => {
      const [start, end] = [block * size, (block + 1) * size];
      const time = leastTime + (1 - leastTime) * level;
      times.fill(time, start, end);
      noised.set(process.corrupt(row.x0.subarray(start, end), time, random), start);
    });
    const xt = keepGiven(row, noised);
    return { time: times[0]!, times, x0: row.x0, xt, counts: placeWeights(row) };
  });
}

/** Tokens, targets and times of rows: the inputs that both graphs have. */
function commonValues(
  rows: readonly NoisyRow[],
  { batch, length, x0 }: Batch,
  tell: ScoreEntropyOptions["tell"],
): Record<string, Value> {
  const tokens = Int32Array.from(rows.flatMap(({ xt }) => [...xt]));
  return {
    tokens: integers([batch, length], tokens),
    targets: integers([batch, length], x0),
    ...(tell ? { time: timeFeatures(rows.map(({ time }) => tell(time))) } : {}),
  };
}

const commonSpecs = (
  batch: number,
  length: number,
  tell: ScoreEntropyOptions["tell"],
): Record<string, Spec> => ({
  tokens: { shape: [batch, length], dtype: "int32" },
  targets: { shape: [batch, length], dtype: "int32" },
  ...(tell ? { time: { shape: [batch, timeFeatureCount], dtype: "float32" } } : {}),
});

/** What a function says of the time of each place; places of a block share it. */
function eachTime<T>(times: Float64Array, value: (time: number) => T): T[] {
  const values: T[] = [];
  times.forEach((time, place) => {
    const same = place > 0 && time === times[place - 1];
    values.push(same ? values[place - 1]! : value(time));
  });
  return values;
}

/** [batch, length] numbers, one for each place of each row. */
function perPlace(
  rows: readonly NoisyRow[],
  ofRow: (row: NoisyRow, index: number) => (place: number) => number,
): Value {
  const length = rows[0]!.x0.length;
  const data = rows.flatMap((row, index) => Array.from(row.x0.keys(), ofRow(row, index)));
  return floats([rows.length, length], data);
}

/**
 * The absorbing graph. Only the clean token leads to a mask, so of all ratios one is not 0, and the
 * loss of a masked place comes down to masked diffusion's, and a price for scores whose sum is wrong:
 *
 * ```
 * weight(t) * (-log p(x0) + K(z)),   p = softmax(scores),   z = log of the scores' sum, times (1 - alpha) / alpha
 * ```
 *
 * @param options.shift what log-scores are smaller by than the network's output, at a time
 */
export function absorbingScoreEntropy(
  options: ScoreEntropyOptions & { readonly shift: (time: number) => number },
): Objective {
  const { process, tell, shift } = options;
  const { maskId } = process.states;
  /** (1 - alpha) / alpha, what the scores' sum should be one over. */
  const odds = (time: number): number => {
    const { mask, keep } = mixtureBetween(process, 0, time);
    return mask / keep;
  };
  return {
    exact: false,
    inputs: (batch, length) => ({
      ...commonSpecs(batch, length, tell),
      weights: { shape: [batch, length], dtype: "float32" },
      mass: { shape: [batch, 1], dtype: "float32" },
    }),
    draw(windows, key) {
      const rows = noisyRows(windows, process, key);
      return {
        ...commonValues(rows, windows, tell),
        weights: perPlace(rows, ({ time, xt, counts }) => {
          const weight = process.rates!(time).mask / odds(time);
          return (place) => (xt[place] === maskId ? counts[place]! * weight : 0);
        }),
        mass: floats(
          [windows.batch, 1],
          rows.map(({ time }) => Math.log(odds(time)) - shift(time)),
        ),
      };
    },
    losses({ tokens, targets, time, weights, mass }, network) {
      const logits = forbid(network(tokens!, { time }), maskId);
      const { loss, logProbabilities } = crossEntropy(logits, targets!);
      // Any token tells the logarithm of the sum: its logit less its log-probability.
      const some = maskId === 0 ? 1 : 0;
      const first = (x: Tensor): Tensor => reshape(slice(x, 2, some, some + 1), targets!.shape);
      const z = add(sub(first(logits), first(logProbabilities)), mass!);
      return sum(mul(weights!, add(loss, distance(z))), [1]);
    },
  };
}

/** A parameterisation: log-scores from what the network says. */
export type Scores = (
  network: Network,
  inputs: Readonly<Record<string, Tensor>>,
  /** [1, 1, vocabulary]: 1 for tokens, 0 for the mask. */
  isToken: Tensor,
) => Tensor;

/** SEDD: the network's output is the log-score; the current token's is 0, whatever it says. */
export const directScores: Scores = (network, { tokens, time, isCurrent }) => {
  const output = network(tokens!, { time });
  return mul(output, sub(1, isCurrent!));
};

/**
 * UDLM (Schiff et al. 2024, equation 18) and Duo: the network says p(x0), and the scores are the
 * ratios of the law that it leads to, `keep p + spread / D`, as if it were the clean token.
 */
export const scoresOfClean =
  (maskId: number): Scores =>
  (network, { tokens, time, isCurrent, keep, share }, isToken) => {
    const p = softmax(forbid(network(tokens!, { time }), maskId));
    // The mask's column takes no part; anything whose logarithm exists will do.
    const law = add(mul(p, keep!), share!);
    const logLaw = mul(log(law), isToken);
    const own = sum(mul(logLaw, isCurrent!), [2], { keep: true });
    return sub(logLaw, own);
  };

/** What the uniform graph needs beside. */
export interface UniformOptions extends ScoreEntropyOptions {
  readonly scores: Scores;
  /**
   * Blocks of so many places, each with a time of its own, which see the clean text of those before them
   * (as BD3-LM's, Arriola et al. 2025). Not for networks that are told the time. Default: the window as a whole.
   */
  readonly block?: number | undefined;
}

/** The uniform graph: every token leads to every other at the same rate. */
export function uniformScoreEntropy(options: UniformOptions): Objective {
  const { process, tell, scores, block } = options;
  const { size, maskId } = process.states;
  const tokenCount = size - 1;
  /**
   * The chances of the clean token by staying, and of each token by being redrawn; how fast it is redrawn as each
   * other one; and log r_y where the clean token stands.
   */
  const noiseAt = (time: number) => {
    const { keep, spread } = mixtureBetween(process, 0, time);
    const share = spread / tokenCount;
    const rate = process.rates!(time).redraw / tokenCount;
    return { keep, share, rate, ifClean: -Math.log1p(keep / share) };
  };
  return {
    exact: false,
    copies: block === undefined ? 1 : 2,
    inputs: (batch, length) => ({
      ...commonSpecs(batch, length, tell),
      weights: { shape: [batch, length], dtype: "float32" },
      base: { shape: [batch, length], dtype: "float32" },
      keep: { shape: [batch, length, 1], dtype: "float32" },
      share: { shape: [batch, length, 1], dtype: "float32" },
    }),
    draw(windows, key) {
      const rows = noisyRows(windows, process, key, block);
      const noise = rows.map(({ times }) => eachTime(times, noiseAt));
      const column = (value: (at: ReturnType<typeof noiseAt>) => number): Value => ({
        ...perPlace(rows, (_, row) => (place) => value(noise[row]![place]!)),
        shape: [windows.batch, windows.length, 1],
      });
      return {
        ...commonValues(rows, windows, tell),
        weights: perPlace(
          rows,
          ({ counts }, row) =>
            (place) =>
              counts[place]! * noise[row]![place]!.rate,
        ),
        // log r_y of the tokens that are not the clean one.
        base: perPlace(
          rows,
          ({ xt, x0 }, row) =>
            (place) =>
              xt[place] === x0[place] ? noise[row]![place]!.ifClean : 0,
        ),
        keep: column(({ keep }) => keep),
        share: column(({ share }) => share),
      };
    },
    losses(inputs, network) {
      const { tokens, targets, weights, base, keep, share } = inputs;
      const isToken = constant(
        floats(
          [1, 1, size],
          Array.from({ length: size }, (_, token) => (token === maskId ? 0 : 1)),
        ),
      );
      const isCurrent = oneHot(tokens!, size);
      const clean = block === undefined ? undefined : targets;
      const whole = forAllStates(network, size);
      const beside: Network = (x, context) => whole(x, { ...context, clean });
      const logScores = scores(beside, { ...inputs, isCurrent }, isToken);
      // The clean token is likelier, by what stays of it.
      const bump = log(add(div(keep!, share!), 1));
      const logRatios = add(reshape(base!, [...base!.shape, 1]), mul(oneHot(targets!, size), bump));
      const counted = mul(isToken, sub(1, isCurrent));
      const terms = mul(exp(logRatios), distance(mul(sub(logScores, logRatios), counted)));
      return sum(mul(weights!, sum(terms, [2])), [1]);
    },
  };
}

/** A network that never reads the mask may have no output for it, where it is the last state. */
const forAllStates =
  (network: Network, size: number): Network =>
  (tokens, context) => {
    const logits = network(tokens, context);
    const [batch, length, width] = logits.shape as [number, number, number];
    if (width === size) return logits;
    return concat(
      [logits, constant(floats([batch, length, 1], new Float32Array(batch * length)))],
      2,
    );
  };

/** K(d) = e^d - 1 - d */
const distance = (d: Tensor): Tensor => sub(sub(exp(d), 1), d);
