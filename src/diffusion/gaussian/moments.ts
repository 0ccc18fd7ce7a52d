/**
 * Mean and deviation of vectors that come one after another (Welford 1962): what latents are
 * normalised by, so that diffusion meets numbers of mean 0 and variance 1 whatever the encoder does.
 *
 * @module
 */

/** The mean and the deviation of each number of a vector. */
export interface Moments {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

export interface RunningMoments {
  add(vector: ArrayLike<number>): void;
  /** Of the vectors so far; deviations are at least `least`. */
  moments(): Moments;
}

/** A number that never changes must not be divided by 0. */
const least = 1e-4;

/** Moments of vectors of one length, without keeping them; the deviation is that of the vectors. */
export function runningMoments(length: number): RunningMoments {
  const mean = new Float64Array(length);
  const squares = new Float64Array(length);
  let count = 0;
  return {
    add(vector) {
      count += 1;
      for (let i = 0; i < length; i++) {
        const before = vector[i]! - mean[i]!;
        mean[i]! += before / count;
        squares[i]! += before * (vector[i]! - mean[i]!);
      }
    },
    moments: () => ({
      mean: mean.slice(),
      deviation: squares.map((sum) => Math.max(least, Math.sqrt(sum / Math.max(1, count)))),
    }),
  };
}

/** To mean 0 and variance 1, and back. */
export const normalise = (x: ArrayLike<number>, { mean, deviation }: Moments): Float64Array =>
  mean.map((m, i) => (x[i]! - m) / deviation[i]!);
export const denormalise = (x: ArrayLike<number>, { mean, deviation }: Moments): Float64Array =>
  mean.map((m, i) => x[i]! * deviation[i]! + m);
