/**
 * Drawing tokens: from the model's row, bent by processors, or from the law that a rule makes of it.
 * Always exact and in float64.
 *
 * @module
 */
import { drawWeighted, sampleCategorical, sampleNormalized } from "../diffusion/categorical.ts";
import { randomStream, splitKey } from "../tensor/random.ts";
import type { Loop } from "./begin.ts";
import type { Reading } from "./reading.ts";
import type { Proposals, Wish } from "./rule.ts";

/** Draws from weights >= 0, [vocabulary], for a place in a step counted from 0. */
export type Choose = (weights: Float64Array, at: { step: number; place: number }) => number;

/** A token for each place. A draw depends on key, step and place only, not on what else is asked. */
export function draw(loop: Loop, { places, law }: Wish, reading: Reading): Proposals {
  const confidence = new Float64Array(places.length);
  const laws: Float64Array[] = [];
  const tokens = places.map((place, i) => {
    const candidates = reading.candidates(i);
    // An index into the candidates; where a law or a recorded draw decides, they are all tokens.
    const { token, probability, weights } = drawToken(loop, place, candidates, law);
    confidence[i] = probability ?? Math.exp(candidates[token]!);
    if (weights) laws.push(weights);
    return reading.tokenOf(i, token);
  });
  return {
    places,
    current: places.map((place) => loop.canvas[place]!),
    tokens,
    confidence,
    margin: reading.margin,
    entropy: reading.entropy,
    row: reading.row,
    law: (index) => laws[index]!,
    likeliest: reading.likeliest,
  };
}

/** The token, and where a wish's law decided the law and its probability of the token among all tokens. */
function drawToken(
  loop: Loop,
  place: number,
  row: Float32Array,
  law: Wish["law"],
): { token: number; probability?: number; weights?: Float64Array } {
  const { canvas, processors, choose, step } = loop;
  const random = randomStream(splitKey(loop.key, "pick", step, place));
  // A plain draw reads the model's row as it is, without a copy.
  if (!law && !choose && processors.length === 0) return { token: sampleNormalized(row, random) };
  const view = { canvas, place, maskId: loop.denoiser.maskId };
  let bent: Float64Array = Float64Array.from(row);
  for (const process of processors) bent = process(bent, view);
  if (!law && !choose) return { token: sampleCategorical(bent, random) };
  const weights = law ? law(bent, canvas[place]!) : bent.map(Math.exp);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const token = choose ? choose(weights, { step, place }) : drawWeighted(weights, total, random);
  // Among tokens: that a place may stay masked says nothing about what it would be.
  const tokens = total - weights[view.maskId]!;
  return law ? { token, probability: weights[token]! / tokens, weights } : { token };
}
