/**
 * Samplers that read scores, and ancestral sampling of uniform noise, on one place that can be
 * enumerated: three tokens and a mask, an arbitrary model of scores, and the transition of each step
 * written out as SEDD's paper and code write it (staggered scores, transition exponentials), which is
 * not how the rules compute it.
 */
import { describe, expect, test } from "vitest";
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { uniform } from "../diffusion/processes/uniform.ts";
import type { Process } from "../diffusion/process.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { randomKey } from "../tensor/random.ts";
import { chiSquareScore } from "../testing/chi-square.ts";
import type { Denoiser } from "./denoiser.ts";
import { finish } from "./frame.ts";
import { createRule } from "./rules/index.ts";
import { sample } from "./sample.ts";

const [tokens, maskId, size] = [3, 3, 4];
const states = { size, maskId };
const ids = [0, 1, 2];
const schedule = createSchedule("log-linear");
const sigma = (t: number): number => (t === 0 ? 0 : -Math.log(schedule.alpha(t)));
const sigmaRate = (t: number): number => -schedule.alphaDerivative(t) / schedule.alpha(t);

/** Scores that follow no law: of y in place of x, at a time. At a mask they sum to about what they should. */
function scoreOf(x: number, y: number, t: number): number {
  if (x === y) return 1;
  const scale = x === maskId ? 1 / Math.expm1(sigma(t)) / tokens : 1;
  return scale * (0.4 + ((7 * x + 3 * y) % 5) / 4 + 0.3 * t);
}

/** A model of these scores. */
const model = (process: Process): Denoiser => ({
  vocabulary: size,
  maskId,
  maxLength: undefined,
  process,
  answers: "score",
  predict: async ({ canvas, places, time }) =>
    Float32Array.from(
      Array.from(places).flatMap((place) =>
        [...ids, maskId].map((y) => {
          const current = canvas[place]!;
          if (y === maskId) return current === maskId ? 0 : -Infinity;
          return Math.log(scoreOf(current, y, time));
        }),
      ),
    ),
});

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const normalised = (values: readonly number[]): number[] => {
  const positive = values.map((value) => Math.max(0, value));
  return positive.map((value) => value / sum(positive));
};
const scoresAt = (x: number, t: number) => [...ids, maskId].map((y) => scoreOf(x, y, t));

/** SEDD's analytic step for the absorbing graph, and its denoiser, which drops the mask. */
function analyticAbsorb(x: number, s: number, t: number): number[] {
  if (x !== maskId) return [...ids, maskId].map((y) => (y === x ? 1 : 0));
  const step = sigma(t) - sigma(s);
  const scores = scoresAt(x, t);
  const staggered = scores.map((score) => Math.exp(step) * score);
  staggered[maskId]! += (1 - Math.exp(step)) * sum(scores);
  const transition = [...ids, maskId].map((y) => (y === maskId ? 1 : 1 - Math.exp(-step)));
  const law = staggered.map((score, y) => score * transition[y]!);
  if (s === 0) law[maskId] = 0;
  return normalised(law);
}

/** The same for the uniform graph, on the tokens alone. */
function analyticUniform(x: number, s: number, t: number): number[] {
  const step = sigma(t) - sigma(s);
  const scores = scoresAt(x, t).slice(0, tokens);
  const shrink = Math.exp(-step);
  const common = ((shrink - 1) / (tokens * shrink)) * sum(scores);
  const law = scores.map((score, y) => {
    const transition = (y === x ? shrink : 0) + (1 - shrink) / tokens;
    return (common + score / shrink) * transition;
  });
  return [...normalised(law), 0];
}

/** SEDD's Euler step: jump to y at the reverse rate, else stay. */
function euler(x: number, s: number, t: number, isUniform: boolean): number[] {
  const moves = isUniform || x === maskId;
  const rate = (t - s) * sigmaRate(t) * (isUniform ? 1 / tokens : 1);
  const law = scoresAt(x, t).map((score, y) =>
    y === x || y === maskId || !moves ? 0 : rate * score,
  );
  law[x] = 1 - sum(law);
  return normalised(law);
}

type Step = (x: number, s: number, t: number) => number[];

/** The law of the last token: all paths, from pure noise along the grid. */
function lawOf(process: Process, times: readonly number[], step: Step): number[] {
  let law = [...process.noise];
  times.slice(1).forEach((s, i) => {
    const next = new Array<number>(size).fill(0);
    law.forEach((mass, x) => {
      if (mass > 0) step(x, s, times[i]!).forEach((p, y) => (next[y]! += mass * p));
    });
    law = next;
  });
  return law;
}

async function frequencies(process: Process, rule: string, steps: number): Promise<number[]> {
  const counts = new Array<number>(size).fill(0);
  for (let seed = 0; seed < 20_000; seed++) {
    const last = await finish(
      sample({
        denoiser: model(process),
        canvas: Int32Array.of(maskId),
        rule: createRule(rule, rule === "ancestral" ? {} : { end: 0.05 }),
        steps,
        key: randomKey(seed),
      }),
    );
    counts[last.canvas[0]!]! += 1;
  }
  return counts;
}

/** One pass fewer along the grid, and one that denoises. */
const scoreGrid = (steps: number): number[] => [
  ...Array.from({ length: steps }, (_, i) => 1 - (i * 0.95) / (steps - 1)),
  0,
];

const kinds = {
  absorbing: { process: absorbing({ states, schedule }), analytic: analyticAbsorb },
  uniform: { process: uniform({ states, schedule }), analytic: analyticUniform },
};

describe.each(["absorbing", "uniform"] as const)("the %s graph", (name) => {
  const { process, analytic } = kinds[name];

  test.each([2, 3, 6])("tweedie in %i passes", async (steps) => {
    const counts = await frequencies(process, "tweedie", steps);
    const law = lawOf(process, scoreGrid(steps), analytic);
    expect(law[maskId]).toBe(0);
    expect(chiSquareScore(counts, law)).toBeLessThan(4);
    // The test can tell: the noise that it began with is another law.
    if (steps > 2) expect(chiSquareScore(counts, [1, 1, 1, 0])).toBeGreaterThan(6);
  });

  test.each([3, 6])("euler in %i passes, the last of which denoises", async (steps) => {
    const counts = await frequencies(process, "euler", steps);
    const law = lawOf(process, scoreGrid(steps), (x, s, t) =>
      s === 0 ? analytic(x, s, t) : euler(x, s, t, name === "uniform"),
    );
    expect(chiSquareScore(counts, law)).toBeLessThan(4);
  });
});

test("ancestral, uniform noise: D3PM's posterior of the p(x0) that the scores stand for", async () => {
  const { process } = kinds.uniform;
  const steps = 4;
  const times = Array.from({ length: steps + 1 }, (_, i) => 1 - i / steps);
  const alpha = (t: number): number => (t === 0 ? 1 : schedule.alpha(t));
  const posterior: Step = (x, s, t) => {
    // Scores are ratios of q(y) = alpha p(y) + (1 - alpha) / 3: solved for p.
    const scores = scoresAt(x, t).slice(0, tokens);
    const p = normalised(
      scores.map((score) => (score / sum(scores) - (1 - alpha(t)) / tokens) / alpha(t)),
    );
    const stay = alpha(t) / alpha(s);
    const law = ids.map(
      (y) =>
        ((y === x ? stay : 0) + (1 - stay) / tokens) * (alpha(s) * p[y]! + (1 - alpha(s)) / tokens),
    );
    return [...normalised(law), 0];
  };
  const counts = await frequencies(process, "ancestral", steps);
  expect(chiSquareScore(counts, lawOf(process, times, posterior))).toBeLessThan(4);
});
