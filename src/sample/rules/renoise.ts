/**
 * Renoise: a canvas of noise is refined until it stands still (DiffusionGemma, Google DeepMind, 2026).
 * Every step of a run looks at all its places, whatever stands there, so nothing is final before the end:
 *
 * 1. anneal: p = the model's law at temperature T = cool + (hot - cool) * (steps left / steps): hot in the first
 *    step, nearly cool in the last
 * 2. draw a token for each place from p
 * 3. accept: places are taken from the least entropy of p up, as long as the entropies of those before sum to
 *    at most gamma. They take their draws
 * 4. renoise: all other places get fresh noise
 * 5. stop, if the likeliest tokens were the same in the last `stable` steps and the mean entropy is below `sure`,
 *    or after the last step: the likeliest tokens are written, of equally likely ones the drawn one
 *
 * Each p is the next question's belief, which self-conditioned models go on from.
 *
 * Noise is whatever the model's process makes of tokens: random tokens, or masks, so that masked models
 * can be sampled so as well. The published settings are 48 steps for a canvas of 256.
 *
 * Entropies 0.4, 0.02, 0.3, 0.05 at gamma = 0.1: rising, they have 0, 0.02, 0.07 and 0.37 before them, so all
 * but the first place are accepted.
 *
 * @module
 */
import { argmax, tempered } from "../../diffusion/categorical.ts";
import { entropy } from "../../diffusion/entropy.ts";
import type { Belief } from "../denoiser.ts";
import { rule } from "../rule.ts";
import type { Decision, Proposals, RuleContext } from "../rule.ts";
import { withinEntropyBound } from "./parts/entropy-bound.ts";

/** Accepts what is certain and gives all else fresh noise, until nothing changes. */
export const renoise = rule(
  {
    kind: "rule",
    name: "renoise",
    summary: "corrects every place in every step: takes what is certain, and renoises the rest",
    paper: "DiffusionGemma (Google DeepMind, 2026)",
    options: {
      gamma: { type: "number", default: 0.1, minimum: 0, summary: "the bound, in nats" },
      hot: { type: "number", default: 0.8, above: 0, summary: "the temperature at first" },
      cool: { type: "number", default: 0.4, above: 0, summary: "the temperature at last" },
      stable: {
        type: "integer",
        default: 1,
        minimum: 0,
        summary: "stop when so many steps changed nothing",
      },
      sure: {
        type: "number",
        default: 0.005,
        minimum: 0,
        summary: "and the mean entropy is below this, in nats",
      },
    },
  },
  { keepsRevealed: false, obeysSteps: true, readsRows: true },
  ({ gamma, hot, cool, stable, sure }, context) => {
    const { open: all, steps } = context;
    let left = steps;
    let belief: Belief | undefined;
    let earlier: Int32Array[] = [];
    return {
      next() {
        if (left === 0 || all.length === 0) return undefined;
        const heat = cool + (hot - cool) * (left / steps);
        const law = (row: Float64Array) => tempered(row, heat);
        return { places: all, time: left / steps, law, belief };
      },
      keep(proposals) {
        const laws = Array.from(all, (_, index) => proposals.law(index));
        const entropies = Float64Array.from(laws, entropy);
        const likeliest = proposals.tokens.map((drawn, i) => likeliestOf(laws[i]!, drawn));
        const same = earlier.filter((tokens) => tokens.every((token, i) => token === likeliest[i]));
        const isStable = same.length === stable;
        const mean = entropies.reduce((sum, nats) => sum + nats, 0) / all.length;
        left = isStable && mean < sure ? 0 : left - 1;
        if (left === 0) return { keep: [...all.keys()], tokens: likeliest };
        earlier = [likeliest, ...earlier].slice(0, stable);
        belief = { places: all, rows: inRows(laws) };
        return refine(withinEntropyBound(entropies, gamma), proposals, context);
      },
    };
  },
);

/** Laws [vocabulary] in one array, [places, vocabulary]. */
function inRows(laws: readonly Float64Array[]): Float32Array {
  const width = laws[0]!.length;
  const rows = new Float32Array(laws.length * width);
  for (const [index, law] of laws.entries()) rows.set(law, index * width);
  return rows;
}

/** The likeliest token; the drawn one if none is likelier. */
function likeliestOf(law: Float64Array, drawn: number): number {
  const best = argmax(law);
  return law[drawn] === law[best] ? drawn : best;
}

/** Accepted places take their draws, the others noise. */
function refine(
  accepted: readonly number[],
  { places, tokens, current }: Proposals,
  { process, random, maskId }: RuleContext,
): Decision {
  const noise = process.prior(places.length, random);
  const isAccepted = new Set(accepted);
  if (process.keepsRevealed)
    return {
      keep: accepted.filter((index) => tokens[index] !== current[index]),
      reopen: [...places].filter((_, i) => !isAccepted.has(i) && current[i] !== maskId),
    };
  // Where there is no mask, a place that isn't final holds a draft.
  const drafts = Array.from(places, (place, i) => ({
    place,
    token: isAccepted.has(i) ? tokens[i]! : noise[i]!,
  }));
  return { keep: [], drafts };
}
