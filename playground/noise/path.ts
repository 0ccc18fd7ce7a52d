/**
 * One path of the forward process: a text at each of its times, each state drawn from the one before. And a path
 * back, drawn from the posterior of a denoiser that knows the text.
 *
 * @module
 */
import { drawWeighted } from "../../src/diffusion/categorical.ts";
import { randomKey, randomStream, splitKey } from "../../src/tensor/random.ts";
import type { Random } from "../../src/tensor/random.ts";
import { noiseSteps } from "./noises.ts";
import type { Noise } from "./noises.ts";

const timeAt = (step: number): number => step / noiseSteps;

/** The states of all places at the times 0, 1/100, .. 1. */
export function pathOf(start: Int32Array, { process, timeOf }: Noise, seed: number): Int32Array[] {
  const randoms = randomsOf(start, seed, "noise");
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

/**
 * The states at the times 1, 99/100, .. 0, from the end of a path back: x_s drawn from q(x_s | x_t, x_0), the process'
 * posterior for a belief that is certain (D3PM, equation 3). A model can only guess x_0; a perfect one would do this.
 */
export function pathBack(
  end: Int32Array,
  start: Int32Array,
  { process, timeOf }: Noise,
  seed: number,
): Int32Array[] {
  const randoms = randomsOf(start, seed, "denoise");
  const belief = new Float64Array(process.states.size);
  const path = [end];
  for (let step = noiseSteps; step > 0; step--) {
    const after = path.at(-1)!;
    path.push(
      after.map((state, place) => {
        const [s, t] = [timeOf(place, timeAt(step - 1)), timeOf(place, timeAt(step))];
        if (s === t) return state;
        const own = start[place]!;
        belief[own] = 1;
        const law = process.posterior(state, belief, s, t);
        belief[own] = 0;
        return drawWeighted(law, 1, randoms[place]!);
      }),
    );
  }
  return path;
}

/** A place has numbers of its own: what is typed behind it doesn't change its fate. */
function randomsOf(start: Int32Array, seed: number, name: string): Random[] {
  const key = splitKey(randomKey(seed), name);
  return Array.from(start, (_, place) => randomStream(splitKey(key, place)));
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
