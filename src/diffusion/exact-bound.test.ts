/**
 * The masked bound on a world that can be enumerated (3 tokens, length 3): the integral over time of
 * weight(t) E[sum over masked places of -log p(x0)], with all masks summed exactly and time
 * integrated by Simpson's rule.
 */
import { expect, test } from "vitest";
import type { Denoiser } from "../sample/denoiser.ts";
import { scriptedDenoiser } from "../testing/denoisers.ts";
import { enumeratedDenoiser, enumerateTexts } from "../testing/enumerated.ts";
import type { Schedule } from "./schedule.ts";
import { createSchedule, scheduleNames } from "./schedules/index.ts";

const tokens = 3;
const length = 3;
const maskId = tokens;
const texts = enumerateTexts(tokens, length);
const law = texts.map((_, i) => 1 + ((i * 7919) % 23));
const total = law.reduce((sum, weight) => sum + weight, 0);
const everyMask = enumerateTexts(2, length);

const perfect = enumeratedDenoiser({ tokens, length, law });

/** Conditionals that come from no joint law: what it says of a place depends oddly on the others. */
const inconsistent = scriptedDenoiser({
  vocabulary: tokens + 1,
  script: (place, { canvas }) => {
    const seen = canvas.reduce((sum, token, i) => sum + (token + 1) * (i + 2), 0);
    return [0, 1, 2].map((token) => 1 + ((seen * (token + 3) + place * 5) % 7));
  },
});

test("a consistent model's bound is its exact negative log-likelihood, for every text and schedule", async () => {
  for (const [index, x0] of texts.entries()) {
    if (index % 5 !== 0) continue;
    const losses = await crossEntropies(perfect, x0);
    const exact = -Math.log(law[index]! / total);
    for (const name of scheduleNames) {
      expect(Math.abs(bound(createSchedule(name), losses) - exact)).toBeLessThan(1e-5);
    }
  }
});

test("an inconsistent model's bound lies strictly above, at the same height for every schedule", async () => {
  for (const [index, x0] of texts.entries()) {
    if (index % 5 !== 0) continue;
    const losses = await crossEntropies(inconsistent, x0);
    // The reverse process reveals one place after the other in random order (continuous time).
    const likelihoods = orders([0, 1, 2]).map((order) => {
      let mask = (1 << length) - 1;
      let logLikelihood = 0;
      for (const place of order) {
        logLikelihood -= losses[mask]![place]!;
        mask &= ~(1 << place);
      }
      return Math.exp(logLikelihood);
    });
    const exact = -Math.log(likelihoods.reduce((sum, p) => sum + p, 0) / likelihoods.length);
    const bounds = scheduleNames.map((name) => bound(createSchedule(name), losses));
    for (const value of bounds) {
      expect(value).toBeGreaterThan(exact + 1e-4);
      expect(Math.abs(value - bounds[0]!)).toBeLessThan(1e-5);
    }
  }
});

/** -log p(x0 at a place | the unmasked places), by mask (bit i = place i is masked). */
async function crossEntropies(denoiser: Denoiser, x0: Int32Array): Promise<Float64Array[]> {
  const losses: Float64Array[] = [];
  for (const flags of everyMask) {
    const places = Int32Array.from(x0.keys()).filter((i) => flags[i] === 1);
    const canvas = x0.map((token, i) => (flags[i] === 1 ? maskId : token));
    const logProbs = await denoiser.predict({ canvas, places, time: 0.5 });
    const mask = places.reduce((bits, place) => bits | (1 << place), 0);
    const row = new Float64Array(length);
    places.forEach((place, i) => (row[place] = -logProbs[i * denoiser.vocabulary + x0[place]!]!));
    losses[mask] = row;
  }
  return losses;
}

/**
 * The bound of one text. Schedules start a little below 1 and end a little above 0: the first
 * reveal, from an empty canvas to alpha(1), and the last, from alpha(0) to a full one, are added as
 * the discrete terms they are.
 */
function bound(schedule: Schedule, losses: readonly Float64Array[]): number {
  const full = (1 << length) - 1;
  const first = schedule.alpha(1) * losses[full]!.reduce((sum, loss) => sum + loss, 0);
  const last = expectedLoss(schedule.alpha(0), losses);
  const steps = 2000;
  let integral = 0;
  for (let i = 0; i <= steps; i++) {
    // weight(t) is infinite at t = 0 where alpha(0) = 1, but weight times loss is not: start beside it.
    const t = Math.max(i / steps, 1e-9);
    const simpson = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2;
    integral +=
      (simpson * schedule.weight(t) * expectedLoss(schedule.alpha(t), losses)) / 3 / steps;
  }
  return first + integral + last;
}

/** Sum over all masks of their probability at this alpha, times the loss of the masked places. */
function expectedLoss(alpha: number, losses: readonly Float64Array[]): number {
  let expected = 0;
  losses.forEach((row, mask) => {
    const masked = everyMask[mask]!.reduce((sum, bit) => sum + bit, 0);
    const probability = (1 - alpha) ** masked * alpha ** (length - masked);
    expected += probability * row.reduce((sum, loss) => sum + loss, 0);
  });
  return expected;
}

function orders(places: readonly number[]): readonly (readonly number[])[] {
  if (places.length === 0) return [[]];
  return places.flatMap((place) =>
    orders(places.filter((other) => other !== place)).map((rest) => [place, ...rest]),
  );
}
