/** The conformance suite of forward processes, over every member of the table, by enumeration. */
import { describe, expect, test } from "vitest";
import { chiSquareScore } from "../../testing/chi-square.ts";
import { randomKey, randomStream } from "../../tensor/random.ts";
import { divergence } from "../entropy.ts";
import type { ProcessKind } from "../process.ts";
import { createRates } from "../rates/index.ts";
import { createSchedule } from "../schedules/index.ts";
import { createProcess, processes } from "./index.ts";
import { revealProbability } from "./absorbing.ts";

const size = 4;
const maskId = 3;
const tokens = [0, 1, 2];
const states = [0, 1, 2, 3];
const times = [0, 0.1, 0.5, 0.8, 0.99, 1];
const schedule = createSchedule("log-linear", { eps: 0 });

/** Every kind as a chain, and in continuous time too where it runs so. */
const chain = { steps: 100, rates: createRates("linear", { low: 0.05, high: 0.9 }) };
const cases = Object.values<ProcessKind>(processes).flatMap((kind) => [
  { kind, pace: "steps", setting: { ...chain } },
  ...(kind.continuous ? [{ kind, pace: "a schedule", setting: { schedule } }] : []),
]);
const world = {
  states: { size, maskId },
  embeddings: [
    [1, 0],
    [1, 1],
    [-1, 3],
    [0, 0],
  ].map((point) => Float64Array.from(point)),
  neighbours: 2,
};

describe.each(cases)("process $kind.name by $pace", ({ kind, setting }) => {
  const process = createProcess(kind.name, { ...world, ...setting });
  const random = randomStream(randomKey(7));
  const pairs = times.flatMap((s, i) => times.slice(i).map((t) => ({ s, t })));

  test("says the same of itself as the table", () => {
    expect(process).toMatchObject({ name: kind.name, keepsRevealed: kind.keepsRevealed });
  });

  test("marginals are laws, from certainty to the prior", () => {
    const prior = counts(process.prior(20_000, random));
    for (const x0 of tokens) {
      for (const time of times) expect(sum(process.marginal(x0, time))).toBeCloseTo(1, 12);
      expect(process.marginal(x0, 0)[x0]).toBe(1);
      expect(chiSquareScore(prior, process.marginal(x0, 1))).toBeLessThan(4);
    }
  });

  test("frequencies of corrupt follow the marginal", () => {
    for (const time of times) {
      for (const x0 of tokens) {
        const xt = process.corrupt(new Int32Array(20_000).fill(x0), time, random);
        expect(chiSquareScore(counts(xt), process.marginal(x0, time))).toBeLessThan(4);
      }
    }
  });

  test("going to s and then to t is going to t (Chapman and Kolmogorov)", () => {
    for (const { s, t } of pairs) {
      for (const x0 of tokens) {
        const direct = process.marginal(x0, t);
        const start = process.marginal(x0, s);
        const steps = states.map((xs) => process.transition(xs, s, t));
        states.forEach((xt) => {
          const viaS = sum(states.map((xs) => start[xs]! * steps[xs]![xt]!));
          expect(viaS).toBeCloseTo(direct[xt]!, 12);
        });
      }
    }
  });

  test("the posterior is Bayes' rule, for a known and for a guessed x0, and sums to 1", () => {
    const guess = Float64Array.of(0.5, 0.3, 0.2, 0);
    const beliefs = [...tokens.map((x0) => oneHot(x0)), guess];
    for (const { s, t } of pairs.filter((pair) => pair.t > 0)) {
      for (const xt of states) {
        for (const belief of beliefs) {
          // Equation 4: every guess counts by how likely it leads to x_t through x_s.
          const bayes = states.map((xs) =>
            sum(
              tokens.map(
                (x0) =>
                  belief[x0]! * process.marginal(x0, s)[xs]! * process.transition(xs, s, t)[xt]!,
              ),
            ),
          );
          const mass = sum(bayes);
          if (mass === 0) continue;
          const ours = process.posterior(xt, belief, s, t);
          expect(sum(ours)).toBeCloseTo(1, 12);
          states.forEach((xs) => expect(ours[xs]).toBeCloseTo(bayes[xs]! / mass, 12));
        }
      }
    }
  });

  test("a revealed token stays, if the process says so", () => {
    const law = process.posterior(1, Float64Array.of(0.5, 0.3, 0.2, 0), 0.3, 0.6);
    expect(law[1] === 1).toBe(kind.keepsRevealed);
  });

  test("times that run backwards are refused", () => {
    expect(() => process.posterior(1, oneHot(1), 0.5, 0.2)).toThrow("0 <= s <= t <= 1");
    expect(() => process.corrupt(Int32Array.of(1), 1.5, random)).toThrow("got 0 and 1.5");
  });

  test("the noise is what the marginals tend to", () => {
    for (const x0 of tokens)
      expect(divergence(process.marginal(x0, 1), process.noise)).toBeLessThan(1e-5);
  });
});

test("revealProbability is the absorbing posterior's mass off the mask", () => {
  const process = createProcess("absorbing", { states: { size, maskId }, schedule });
  const law = process.posterior(maskId, Float64Array.of(0.5, 0.3, 0.2, 0), 0.4, 0.9);
  expect(1 - law[maskId]!).toBeCloseTo(revealProbability(0.6, 0.1), 12);
  expect(revealProbability(1, 1)).toBe(1);
});

function oneHot(state: number): Float64Array {
  return Float64Array.from(states, (candidate) => (candidate === state ? 1 : 0));
}

function counts(xt: Int32Array): Float64Array {
  const found = new Float64Array(size);
  for (const state of xt) found[state]! += 1;
  return found;
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
