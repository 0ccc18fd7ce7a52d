/** The conformance suite of forward processes, over every member of the table, by enumeration. */
import { describe, expect, test } from "vitest";
import { chiSquareScore } from "../../testing/chi-square.ts";
import { randomKey, randomStream } from "../../tensor/random.ts";
import { createProcess, processes } from "./index.ts";
import { revealProbability } from "./absorbing.ts";

const size = 4;
const maskId = 3;
const tokens = [0, 1, 2];
const states = [0, 1, 2, 3];
const clocks = [1, 0.9, 0.5, 0.2, 0.01, 0];

describe.each(Object.values(processes))("process $name", (kind) => {
  const process = createProcess(kind.name, { size, maskId });
  const random = randomStream(randomKey(7));
  const pairs = clocks.flatMap((alphaS, i) =>
    clocks.slice(i).map((alphaT) => ({ alphaS, alphaT })),
  );

  test("says the same of itself as the table", () => {
    expect(process).toMatchObject({ name: kind.name, size, keepsRevealed: kind.keepsRevealed });
  });

  test("marginals are laws, from certainty to the prior", () => {
    const prior = counts(process.prior(20_000, random));
    for (const x0 of tokens) {
      for (const alpha of clocks) expect(sum(process.marginal(x0, alpha))).toBeCloseTo(1, 12);
      expect(process.marginal(x0, 1)[x0]).toBe(1);
      expect(chiSquareScore(prior, process.marginal(x0, 0))).toBeLessThan(4);
    }
  });

  test("frequencies of corrupt follow the marginal", () => {
    for (const alpha of clocks) {
      for (const x0 of tokens) {
        const xt = process.corrupt(new Int32Array(20_000).fill(x0), alpha, random);
        expect(chiSquareScore(counts(xt), process.marginal(x0, alpha))).toBeLessThan(4);
      }
    }
  });

  test("going to s and then to t is going to t (Chapman and Kolmogorov)", () => {
    for (const { alphaS, alphaT } of pairs) {
      for (const x0 of tokens) {
        const direct = process.marginal(x0, alphaT);
        const start = process.marginal(x0, alphaS);
        const steps = states.map((xs) => process.transition(xs, alphaS, alphaT));
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
    for (const { alphaS, alphaT } of pairs.filter((pair) => pair.alphaT < 1)) {
      for (const xt of states) {
        for (const belief of beliefs) {
          const possible = tokens.filter((x0) => process.marginal(x0, alphaT)[xt]! > 0);
          const mass = sum(possible.map((x0) => belief[x0]!));
          if (mass === 0) continue;
          const ours = process.posterior(xt, belief, alphaS, alphaT);
          expect(sum(ours)).toBeCloseTo(1, 12);
          states.forEach((xs) => {
            const bayes = possible.map((x0) => {
              const joint =
                process.marginal(x0, alphaS)[xs]! * process.transition(xs, alphaS, alphaT)[xt]!;
              return (belief[x0]! / mass) * (joint / process.marginal(x0, alphaT)[xt]!);
            });
            expect(ours[xs]).toBeCloseTo(sum(bayes), 12);
          });
        }
      }
    }
  });

  test("a revealed token stays, if the process says so", () => {
    const law = process.posterior(1, Float64Array.of(0.5, 0.3, 0.2, 0), 0.7, 0.4);
    expect(law[1] === 1).toBe(kind.keepsRevealed);
  });

  test("clock readings that run backwards are refused", () => {
    expect(() => process.posterior(1, oneHot(1), 0.2, 0.5)).toThrow("0 <= alphaT <= alphaS <= 1");
    expect(() => process.corrupt(Int32Array.of(1), 1.5, random)).toThrow("got 1.5");
  });
});

test("revealProbability is the absorbing posterior's mass off the mask", () => {
  const process = createProcess("absorbing", { size, maskId });
  const law = process.posterior(maskId, Float64Array.of(0.5, 0.3, 0.2, 0), 0.6, 0.1);
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
