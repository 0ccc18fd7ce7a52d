/**
 * What a text costs a model that plans it: an upper bound, that of variational diffusion (Kingma et al. 2021,
 * arXiv 2107.00630, sections 3.5 and 5) with a decoder behind it.
 *
 * ```
 * -log p(x) <= E[ -log p(x | z_c) ]  +  c/2 E[ |z - guess(z_a)|^2 / (1 - a)^2 ],    a uniform in (0, c)
 *              its words, given a plan     its plan, as far as it gets clear
 * ```
 *
 * z is what the encoder says of the text, z_a = sqrt(a) z + sqrt(1 - a) e, and c the clarity at which plans are said. The
 * second term is the integral of the guess's squared error over the signal-to-noise ratio a / (1 - a), halved: what it takes to
 * tell a sampler by how much it was wrong. Nothing is left to pay at a = 0, where all is noise. So this is the bound of
 * ancestral sampling in the limit of many steps; DDIM draws from another law.
 *
 * A text is cut into paragraphs; each is planned given the latents of the one before it, the first given nothing,
 * as in `plan.ts`. Of a last paragraph that is shorter the bound is that of a text that begins so.
 *
 * Two texts of equal chance, with the one latent -1 and 1: a planner that guesses tanh(z_a sqrt(a) / (1 - a)) and a decoder
 * that asks which of the two is likelier are ideal, and whatever c is, the two terms sum up to log 2.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { meanAndError } from "../objective/mean.ts";
import type { WindowScores } from "../objective/score.ts";
import { timeAt, unscaled } from "../sample/denoise.ts";
import type { LatentDenoiser, LatentRequest } from "../sample/denoise.ts";
import { randomStream, splitKey } from "../tensor/random.ts";
import type { Key } from "../tensor/random.ts";

/** A model of plans, as its bound asks it. Latents are normalised. */
export interface PlanReader {
  readonly denoiser: LatentDenoiser;
  /** Tokens of a paragraph at most. */
  readonly paragraph: number;
  /** Paragraphs to latents. */
  encode(paragraphs: readonly Int32Array[]): Promise<readonly Float64Array[]>;
  /** -log p of each paragraph, in nats, said from latents. */
  cost(
    paragraphs: readonly Int32Array[],
    latents: readonly Float64Array[],
  ): Promise<readonly number[]>;
}

export interface PlanCostOptions {
  /** The share of signal at which plans are said, above 0 and below 1. */
  readonly clarity: number;
  /** Draws of the noise for each paragraph. */
  readonly samples: number;
  /** Draws that are worked on together. */
  readonly batch: number;
  readonly key: Key;
}

/** What a text costs at most, in nats. */
export interface PlanCost {
  readonly plan: number;
  readonly words: number;
}

/**
 * The bound of one text, an unbiased estimate: the draws of a paragraph are spread evenly over the shares of signal.
 *
 * @throws UnmaskError "usage" for a clarity of 1: a plan without noise is infinitely dear
 */
export async function costOfPlan(
  text: Int32Array,
  reader: PlanReader,
  { clarity, samples, batch, key }: PlanCostOptions,
): Promise<PlanCost> {
  if (!(clarity > 0 && clarity < 1))
    throw new UnmaskError(
      "usage",
      `evaluate: the bound of plans needs plans that are said before they are quite clear, got a clarity of ${clarity}; give --clarity above 0 and below 1`,
    );
  const { denoiser } = reader;
  const paragraphs = cut(text, reader.paragraph);
  const latents = await reader.encode(paragraphs);
  const random = randomStream(splitKey(key, "noise"));
  const noisy = (z: Float64Array, alpha: number): Float64Array =>
    z.map((x) => Math.sqrt(alpha) * x + Math.sqrt(1 - alpha) * random.normal());
  const draws = paragraphs.flatMap((paragraph, i): Draw[] => {
    const z = latents[i]!;
    const u = random.uniform();
    return Array.from({ length: samples }, (_, draw) => {
      const alpha = clarity * ((u + draw) / samples);
      const time = timeAt(denoiser, alpha);
      const request = { xt: noisy(z, alpha), time, condition: latents[i - 1] };
      return { paragraph, z, alpha, request, said: unscaled(noisy(z, clarity), clarity) };
    });
  });

  let [plan, words] = [0, 0];
  for (let start = 0; start < draws.length; start += batch) {
    const some = draws.slice(start, start + batch);
    const guesses = await denoiser.guess(some.map(({ request }) => request));
    for (const [row, { z, alpha }] of some.entries())
      plan += squaredDistance(z, denoiser.bound(guesses[row]!, false)) / (1 - alpha) ** 2;
    const costs = await reader.cost(
      some.map(({ paragraph }) => paragraph),
      some.map(({ said }) => said),
    );
    for (const cost of costs) words += cost;
  }
  return { plan: ((clarity / 2) * plan) / samples, words: words / samples };
}

/** One draw of one paragraph. */
interface Draw {
  readonly paragraph: Int32Array;
  readonly z: Float64Array;
  /** The share of signal in what the planner is asked. */
  readonly alpha: number;
  readonly request: LatentRequest;
  /** The plan that is said. */
  readonly said: Float64Array;
}

/** The bound of windows of a text, in nats per token, and what of it the plans cost. */
export interface PlanScores extends WindowScores {
  readonly plan: number;
}

/** Scores windows one after the other; each stands for itself. */
export async function planLikelihood({
  windows,
  reader,
  signal,
  progress,
  ...options
}: PlanCostOptions & {
  readonly windows: readonly Int32Array[];
  readonly reader: PlanReader;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((windows: number) => void) | undefined;
}): Promise<PlanScores> {
  const each: number[] = [];
  let plans = 0;
  for (const [index, window] of windows.entries()) {
    signal?.throwIfAborted();
    const key = splitKey(options.key, "window", index);
    const { plan, words } = await costOfPlan(window, reader, { ...options, key });
    each.push((plan + words) / window.length);
    plans += plan / window.length;
    progress?.(index + 1);
  }
  const { mean: nats, standardError } = meanAndError(each);
  const tokens = windows.reduce((total, { length }) => total + length, 0);
  const plan = plans / windows.length;
  return { nats, standardError, windows: windows.length, tokens, exact: false, each, plan };
}

function cut(text: Int32Array, size: number): Int32Array[] {
  const count = Math.ceil(text.length / size);
  return Array.from({ length: count }, (_, i) => text.subarray(i * size, (i + 1) * size));
}

const squaredDistance = (a: Float64Array, b: Float64Array): number =>
  a.reduce((total, x, i) => total + (x - b[i]!) ** 2, 0);
