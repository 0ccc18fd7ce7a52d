/**
 * One path of the forward process: a text at each of its times, each state drawn from the one before.
 *
 * @module
 */
import { drawWeighted } from "../../src/diffusion/categorical.ts";
import { randomKey, randomStream, splitKey } from "../../src/tensor/random.ts";
import { noiseSteps } from "./noises.ts";
import type { Noise } from "./noises.ts";

const timeAt = (step: number): number => step / noiseSteps;

/** The states of all places at the times 0, 1/100, .. 1. */
export function pathOf(start: Int32Array, { process, timeOf }: Noise, seed: number): Int32Array[] {
  const key = splitKey(randomKey(seed), "noise");
  // A place has numbers of its own: what is typed behind it doesn't change its fate.
  const randoms = Array.from(start, (_, place) => randomStream(splitKey(key, place)));
  const path = [start];
  for (let step = 1; step <= noiseSteps; step++) {
    const before = path[step - 1]!;
    path.push(
      before.map((state, place) => {
        const [s, t] = [timeOf(place, timeAt(step - 1)), timeOf(place, timeAt(step))];
        return s === t ? state : drawWeighted(process.transition(state, s, t), 1, randoms[place]!);
      }),
    );
  }
  return path;
}

/** How likely a place still shows its own token at each of the times, over the whole sentence. */
export function survival(start: Int32Array, { process, timeOf }: Noise): number[] {
  const known = new Map<string, number>();
  const own = (state: number, t: number): number => {
    const name = `${state} ${t}`;
    const value = known.get(name) ?? process.marginal(state, t)[state]!;
    known.set(name, value);
    return value;
  };
  return Array.from({ length: noiseSteps + 1 }, (_, step) => {
    const sum = start.reduce(
      (total, state, place) => total + own(state, timeOf(place, timeAt(step))),
      0,
    );
    return start.length === 0 ? 1 : sum / start.length;
  });
}

/** The share of a text that shows its own tokens. */
export function intact(start: Int32Array, now: Int32Array): number {
  const same = now.reduce((count, state, place) => count + (state === start[place] ? 1 : 0), 0);
  return start.length === 0 ? 1 : same / start.length;
}
