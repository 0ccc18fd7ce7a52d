/**
 * The rule step by step: on a model that follows a script, and in a world of three places, where everything that
 * it may do can be enumerated.
 */
import { describe, expect, test } from "vitest";
import { uniform } from "../../diffusion/processes/uniform.ts";
import { createSchedule } from "../../diffusion/schedules/index.ts";
import { randomKey, randomStream, splitKey } from "../../tensor/random.ts";
import { chiSquareScore } from "../../testing/chi-square.ts";
import { recorded, scriptedDenoiser } from "../../testing/denoisers.ts";
import { enumerateTexts, looDenoiser, textIndex } from "../../testing/enumerated.ts";
import { openCanvas } from "../canvas.ts";
import type { Denoiser } from "../denoiser.ts";
import { finish } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { sample } from "../sample.ts";
import { renoise } from "./renoise.ts";

const schedule = createSchedule("log-linear");

describe("on a scripted model", () => {
  const vocabulary = 5;
  const maskId = 4;
  const process = uniform({ states: { size: vocabulary, maskId }, schedule });
  /** The model's laws by call and place. */
  type Script = readonly (readonly (readonly number[])[])[];
  /** A token with this probability, and the others alike. */
  const sure = (token: number, probability: number): number[] =>
    [0, 1, 2, 3].map((other) => (other === token ? probability : (1 - probability) / 3));
  const flat = sure(0, 0.25);
  const key = randomKey(5);
  /** What is renoised to, as the loop seeds it. */
  const noiseOf = (steps: number, places: number): Int32Array[] => {
    const random = randomStream(splitKey(key, "rule", 0));
    return Array.from({ length: steps }, () => process.prior(places, random));
  };
  const tempered = (law: readonly number[], temperature: number): number[] => {
    const powers = law.map((p) => p ** (1 / temperature));
    const total = powers.reduce((sum, p) => sum + p, 0);
    return [...powers.map((p) => p / total), 0];
  };
  const entropy = (law: readonly number[]) =>
    law.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);

  /** Runs a script and tells everything that passed between loop and model. */
  async function follow(script: Script, rule = renoise(), steps = script.length) {
    const denoiser = recorded({
      ...scriptedDenoiser({
        vocabulary,
        maskId,
        script: (place, _, call) => script[call]![place]!,
      }),
      process,
    });
    const draws: { weights: number[]; step: number; place: number; token: number }[] = [];
    const frames: Frame[] = [];
    const random = randomStream(splitKey(key, "draws"));
    const stream = sample({
      denoiser,
      canvas: openCanvas({ length: script[0]!.length, maskId }),
      rule,
      steps,
      key,
      choose(weights, at) {
        let target = random.uniform() * weights.reduce((sum, w) => sum + w, 0);
        const token = weights.findIndex((w) => (target -= w) < 0);
        draws.push({ ...at, weights: [...weights], token });
        return token;
      },
    });
    for await (const frame of stream) frames.push(frame);
    return { requests: denoiser.requests, draws, frames };
  }

  test("anneals, accepts, renoises and goes on from what it believed", async () => {
    const script: Script = [
      [sure(1, 0.999), flat, sure(2, 0.99), sure(3, 0.95)],
      [sure(1, 0.999), sure(0, 0.9), flat, sure(3, 0.97)],
      [flat, flat, sure(2, 0.6), sure(3, 0.97)],
    ];
    const { requests, draws, frames } = await follow(script);
    // The published schedule: 0.4 + (0.8 - 0.4) * (3, 2, 1) / 3.
    const laws = script.map((step, k) =>
      step.map((law) => tempered(law, 0.4 + (0.4 * (3 - k)) / 3)),
    );
    draws.forEach(({ step, place, weights }) =>
      weights.forEach((weight, token) =>
        expect(weight).toBeCloseTo(laws[step]![place]![token]!, 6),
      ),
    );
    expect(draws.map(({ step, place }) => [step, place])).toEqual(
      [0, 1, 2].flatMap((step) => [0, 1, 2, 3].map((place) => [step, place])),
    );
    expect(requests.map(({ time }) => time)).toEqual([1, 2 / 3, 1 / 3]);

    const noise = noiseOf(2, 4);
    const expected = [0, 1].map((step) => {
      const entropies = laws[step]!.map(entropy);
      const rising = [0, 1, 2, 3].toSorted((a, b) => entropies[a]! - entropies[b]!);
      const accepted = rising.filter((_, rank) => {
        const before = rising.slice(0, rank).reduce((sum, place) => sum + entropies[place]!, 0);
        return before <= 0.1;
      });
      return { accepted, canvas: draws.slice(step * 4, step * 4 + 4) };
    });
    // The sure places and one more; then again, where what was accepted before is not kept for that.
    expect(expected.map(({ accepted }) => new Set(accepted))).toEqual([
      new Set([0, 2, 3]),
      new Set([0, 1, 3]),
    ]);
    expected.forEach(({ accepted, canvas }, step) => {
      const next = [0, 1, 2, 3].map((place) =>
        accepted.includes(place) ? canvas[place]!.token : noise[step]![place]!,
      );
      expect([...requests[step + 1]!.canvas]).toEqual(next);
      expect(frames[step + 1]).toMatchObject({ open: 4, changed: [], settled: 0, done: false });
      const { belief } = requests[step + 1]!;
      expect([...belief!.places]).toEqual([0, 1, 2, 3]);
      laws[step]!.flat().forEach((p, i) => expect(belief!.rows[i]).toBeCloseTo(p, 6));
    });
    expect(requests[0]!.belief).toBeUndefined();

    // The likeliest tokens are written, and where all are alike the drawn ones.
    const last = frames.at(-1)!;
    expect([...last.canvas]).toEqual([draws[8]!.token, draws[9]!.token, 2, 3]);
    expect(last).toMatchObject({ open: 0, passes: 3, done: true, reason: "filled" });
    const confidences = last.changed.map(({ confidence }) => confidence);
    [0.25, 0.25, 0.6, 0.97].forEach((p, i) => expect(confidences[i]).toBeCloseTo(p, 6));
  });

  test("stops when the likeliest tokens stand still and are certain", async () => {
    const unsure = [sure(1, 0.9), sure(2, 0.9)];
    const certain = [sure(1, 0.9999), sure(2, 0.9999)];
    const other = [sure(1, 0.9999), sure(3, 0.9999)];
    const passes = async (script: Script, rule = renoise()) =>
      (await follow(script, rule, 6)).requests.length;
    expect(await passes([certain, certain])).toBe(2);
    // Certain from the second on, but one token changes in the third.
    expect(await passes([unsure, certain])).toBe(2);
    expect(await passes([unsure, unsure, certain])).toBe(3);
    expect(await passes([certain, other, other])).toBe(3);
    expect(await passes([certain, other, certain, other, certain, other])).toBe(6);
    expect(await passes([certain], renoise({ stable: 0 }))).toBe(1);
    expect(await passes([certain, certain, certain], renoise({ stable: 2 }))).toBe(3);
    expect(await passes([unsure, unsure], renoise({ sure: 1 }))).toBe(2);
    expect(
      await passes([certain, certain, certain, certain, certain, certain], renoise({ sure: 0 })),
    ).toBe(6);
  });
});

describe("in a world of three places", () => {
  const [tokens, length] = [3, 3];
  const maskId = tokens;
  const places = Int32Array.of(0, 1, 2);
  const texts = enumerateTexts(tokens, length);
  /** All places alike, most of the time. */
  const world = texts.map(([a, b, c]) => (a === b && b === c ? 300 + a! : 1));
  const process = uniform({ states: { size: tokens + 1, maskId }, schedule });
  const told = looDenoiser({ tokens, length, law: world, process });
  /** As a model that isn't told the time: it takes a tenth of any canvas for noise. */
  const denoiser: Denoiser = {
    ...told,
    predict: (request) => told.predict({ ...request, time: 0.1 }),
  };
  const sumOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0);

  /** The law of the text that a run ends with, by all that can happen on the way. */
  async function outcome(start: Int32Array, steps: number): Promise<Float64Array> {
    const result = new Float64Array(texts.length);
    /** Chances of a canvas and the likeliest text before, as `canvas/text`. */
    let states = new Map([[`${textIndex(start, tokens)}/`, 1]]);
    for (let left = steps; left > 0; left--) {
      const next = new Map<string, number>();
      for (const [state, chance] of states) {
        const [index, earlier] = state.split("/");
        const canvas = texts[Number(index)]!;
        const rows = await denoiser.predict({ canvas, places, time: left / steps });
        const laws = Array.from(places, (place) => {
          const row = [0, 1, 2].map((token) => rows[place * (tokens + 1) + token]!);
          const powers = row.map((logProb) => Math.exp(logProb / (0.4 + (0.4 * left) / steps)));
          return powers.map((power) => power / sumOf(powers));
        });
        const entropies = laws.map((law) => -sumOf(law.map((p) => p * Math.log(p))));
        const rising = [...places].toSorted((a, b) => entropies[a]! - entropies[b]!);
        const before = (place: number): number =>
          sumOf(rising.slice(0, rising.indexOf(place)).map((other) => entropies[other]!));
        const likeliest = laws.map((law) => law.indexOf(Math.max(...law)));
        const text = textIndex(likeliest, tokens);
        if (left === 1 || (String(text) === earlier && sumOf(entropies) / length < 0.005)) {
          result[text]! += chance;
          continue;
        }
        const after = laws.map((law, place) =>
          before(place) <= 0.1 ? law : law.map(() => 1 / tokens),
        );
        texts.forEach((one, to) => {
          const p = one.reduce((product, token, place) => product * after[place]![token]!, chance);
          next.set(`${to}/${text}`, (next.get(`${to}/${text}`) ?? 0) + p);
        });
      }
      states = next;
    }
    return result;
  }

  test.each([
    { steps: 2, repaired: 0.159 },
    { steps: 5, repaired: 0.318 },
  ])("a planted error is repaired as enumeration says: %j", async ({ steps, repaired }) => {
    const planted = Int32Array.of(0, 0, 2);
    const counts = new Float64Array(texts.length);
    for (let seed = 0; seed < 2000; seed++) {
      const key = randomKey(seed);
      const run = sample({
        denoiser,
        canvas: planted,
        open: places,
        rule: renoise(),
        steps,
        key,
      });
      counts[textIndex((await finish(run)).canvas, tokens)]! += 1;
    }
    const law = await outcome(planted, steps);
    expect(chiSquareScore(counts, law)).toBeLessThan(4);
    expect(law[0]).toBeCloseTo(repaired, 3);
    // The test can tell one step more.
    expect(chiSquareScore(counts, await outcome(planted, steps + 1))).toBeGreaterThan(6);
  });
});
