/**
 * Samplers on a world that can be enumerated: 3 tokens, length 3, an arbitrary joint law, and the
 * model that knows it. The law of each sampler is computed by summing over everything it can do, and
 * its frequencies must follow it.
 */
import { describe, expect, test } from "vitest";
import { revealProbability } from "../diffusion/processes/absorbing.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { randomKey } from "../tensor/random.ts";
import { chiSquareScore } from "../testing/chi-square.ts";
import { enumeratedDenoiser, enumerateTexts, textIndex } from "../testing/enumerated.ts";
import { openCanvas } from "./canvas.ts";
import type { Denoiser } from "./denoiser.ts";
import { finish } from "./frame.ts";
import { temperature } from "./processor.ts";
import type { Processor } from "./processor.ts";
import type { Rule } from "./rule.ts";
import { ancestral } from "./rules/ancestral.ts";
import { confidence } from "./rules/confidence.ts";
import { leftToRight } from "./rules/left-to-right.ts";
import { random } from "./rules/random.ts";
import { sample } from "./sample.ts";

const tokens = 3;
const length = 3;
const maskId = tokens;
const texts = enumerateTexts(tokens, length);
/** Strongly dependent: texts with neighbours alike, or with a 2 at the end, are far more likely. */
const joint = normalised(
  texts.map(([a, b, c]) => (a === b ? 6 : 1) * (b === c ? 5 : 1) * (c === 2 ? 2 : 1) + a!),
);
const denoiser = enumeratedDenoiser({ tokens, length, law: joint });
const draws = 10_000;

interface Sampler {
  readonly rule: Rule;
  readonly steps?: number;
  readonly block?: number;
  readonly processors?: readonly Processor[];
  readonly canvas?: Int32Array;
}

async function frequencies({ canvas, ...sampler }: Sampler): Promise<Float64Array> {
  const counts = new Float64Array(texts.length);
  for (let seed = 0; seed < draws; seed++) {
    const start = canvas ?? openCanvas({ length, maskId });
    const last = await finish(
      sample({ denoiser, canvas: start, key: randomKey(seed), ...sampler }),
    );
    counts[textIndex(last.canvas, tokens)]! += 1;
  }
  return counts;
}

test.each<Sampler>([
  { rule: leftToRight() },
  { rule: random() },
  { rule: random(), steps: 30 },
  { rule: random(), block: 1 },
  { rule: ancestral(), block: 1 },
])("one place per step draws from the joint law: %j", async (sampler) => {
  const counts = await frequencies(sampler);
  expect(chiSquareScore(counts, joint)).toBeLessThan(4);
});

test("given tokens condition the law", async () => {
  const canvas = Int32Array.of(maskId, 1, maskId);
  const counts = await frequencies({ rule: random(), canvas });
  const conditional = joint.map((p, i) => (texts[i]![1] === 1 ? p : 0));
  expect(chiSquareScore(counts, conditional)).toBeLessThan(4);
});

describe("ancestral sampling", () => {
  test("in one step draws from the product of the marginals, and not from the joint law", async () => {
    const counts = await frequencies({ rule: ancestral(), steps: 1 });
    const marginals = [0, 1, 2].map((place) =>
      [0, 1, 2].map((token) => sum(joint.filter((_, i) => texts[i]![place] === token))),
    );
    const product = texts.map((text) =>
      Array.from(text).reduce((p, token, place) => p * marginals[place]![token]!, 1),
    );
    expect(chiSquareScore(counts, product)).toBeLessThan(4);
    expect(chiSquareScore(counts, joint)).toBeGreaterThan(10);
  });

  test.each([
    { steps: 2, schedule: "log-linear" },
    { steps: 3, schedule: "log-linear" },
    { steps: 2, schedule: "cosine" },
    { steps: 5, schedule: "linear" },
  ])(
    "in $steps steps on the $schedule schedule follows its own exact law",
    async ({ steps, schedule }) => {
      const counts = await frequencies({ rule: ancestral({ schedule }), steps });
      expect(chiSquareScore(counts, await ancestralLaw(steps, schedule))).toBeLessThan(4);
      // The test can tell: one step less, or the limit of many, is another law.
      expect(chiSquareScore(counts, await ancestralLaw(steps - 1, schedule))).toBeGreaterThan(6);
      expect(chiSquareScore(counts, joint)).toBeGreaterThan(6);
    },
  );

  test("tends to the joint law as the steps grow, on every grid", async () => {
    for (const schedule of ["log-linear", "cosine"]) {
      const distances: number[] = [];
      for (const steps of [1, 4, 16, 64]) {
        const law = await ancestralLaw(steps, schedule);
        distances.push(sum(law.map((p, i) => Math.abs(p - joint[i]!))) / 2);
      }
      expect(distances[0]).toBeGreaterThan(0.2);
      distances
        .slice(1)
        .forEach((distance, i) => expect(distance).toBeLessThan(distances[i]! / 2.5));
    }
  });
});

test("random with two places in the first step follows its own exact law", async () => {
  const counts = await frequencies({ rule: random(), steps: 2 });
  let law: Law = new Map([[key(openCanvas({ length, maskId })), 1]]);
  law = await advance(law, (open) => pairs(open).map((set) => ({ set, probability: 1 / 3 })));
  law = await advance(law, (open) => [{ set: open, probability: 1 }]);
  expect(chiSquareScore(counts, onTexts(law))).toBeLessThan(4);
});

test("confidence follows its own exact law", async () => {
  // Steps = places: draw at every open place, keep the draw with the highest probability.
  const counts = await frequencies({ rule: confidence() });
  let law: Law = new Map([[key(openCanvas({ length, maskId })), 1]]);
  for (let step = 0; step < length; step++) {
    const next: Law = new Map();
    for (const [id, probability] of law) {
      const canvas = parse(id);
      const open = openOf(canvas);
      for (const { tokens: drawn, probabilities } of await drawsAt(denoiser, canvas, open)) {
        const best = probabilities.indexOf(Math.max(...probabilities));
        const kept = canvas.with(open[best]!, drawn[best]!);
        add(next, key(kept), probability * probabilities.reduce((p, q) => p * q, 1));
      }
    }
    law = next;
  }
  expect(chiSquareScore(counts, onTexts(law))).toBeLessThan(4);
});

test("temperature sharpens each conditional, and 0 takes the likeliest token", async () => {
  const counts = await frequencies({ rule: leftToRight(), processors: [temperature(0.5)] });
  const sharpened = texts.map((text) => {
    let p = 1;
    for (let place = 0; place < length; place++) {
      const prefix = joint.filter((_, i) => agrees(texts[i]!, text, place));
      const mass = [0, 1, 2].map((token) =>
        sum(joint.filter((_, i) => agrees(texts[i]!, text, place) && texts[i]![place] === token)),
      );
      expect(sum(prefix)).toBeCloseTo(sum(mass), 12);
      p *= mass[text[place]!]! ** 2 / sum(mass.map((m) => m ** 2));
    }
    return p;
  });
  expect(chiSquareScore(counts, sharpened)).toBeLessThan(4);
});

/** Probabilities of canvases, by their text form. */
type Law = Map<string, number>;
type Choices = (open: number[]) => readonly { set: number[]; probability: number }[];

/** The law of the ancestral sampler: every set of reveals of every step. */
async function ancestralLaw(steps: number, name: string): Promise<Float64Array> {
  const schedule = createSchedule(name);
  let law: Law = new Map([[key(openCanvas({ length, maskId })), 1]]);
  for (let step = 0; step < steps; step++) {
    const [t, s] = [1 - step / steps, 1 - (step + 1) / steps];
    const reveal = step === steps - 1 ? 1 : revealProbability(schedule.alpha(s), schedule.alpha(t));
    law = await advance(law, (open) =>
      subsets(open).map((set) => ({
        set,
        probability: reveal ** set.length * (1 - reveal) ** (open.length - set.length),
      })),
    );
  }
  return onTexts(law);
}

/** One step: each set of places with its probability, tokens drawn independently given the canvas. */
async function advance(law: Law, choices: Choices): Promise<Law> {
  const next: Law = new Map();
  for (const [id, mass] of law) {
    const canvas = parse(id);
    for (const { set, probability } of choices(openOf(canvas))) {
      if (probability === 0) continue;
      for (const { tokens: drawn, probabilities } of await drawsAt(denoiser, canvas, set)) {
        const filled = canvas.slice();
        set.forEach((place, i) => (filled[place] = drawn[i]!));
        add(next, key(filled), mass * probability * probabilities.reduce((p, q) => p * q, 1));
      }
    }
  }
  return next;
}

async function drawsAt(
  model: Denoiser,
  canvas: Int32Array,
  places: readonly number[],
): Promise<{ tokens: Int32Array; probabilities: number[] }[]> {
  const logProbs = await model.predict({ canvas, places: Int32Array.from(places), time: 0.5 });
  return enumerateTexts(tokens, places.length).map((drawn) => ({
    tokens: drawn,
    probabilities: Array.from(drawn, (token, i) =>
      Math.exp(logProbs[i * model.vocabulary + token]!),
    ),
  }));
}

function onTexts(law: Law): Float64Array {
  const result = new Float64Array(texts.length);
  for (const [id, probability] of law) result[textIndex(parse(id), tokens)] = probability;
  expect(sum(result)).toBeCloseTo(1, 5);
  return result;
}

function key(canvas: Int32Array): string {
  return canvas.join(" ");
}

function parse(id: string): Int32Array {
  return Int32Array.from(id.split(" "), Number);
}

function openOf(canvas: Int32Array): number[] {
  return [...canvas.keys()].filter((place) => canvas[place] === maskId);
}

function subsets(items: readonly number[]): number[][] {
  return items.reduce<number[][]>(
    (sets, item) => [...sets, ...sets.map((set) => [...set, item])],
    [[]],
  );
}

function pairs(items: readonly number[]): number[][] {
  return subsets(items).filter((set) => set.length === 2);
}

function add(law: Law, id: string, probability: number): void {
  law.set(id, (law.get(id) ?? 0) + probability);
}

function agrees(a: Int32Array, b: Int32Array, prefix: number): boolean {
  return a.subarray(0, prefix).every((token, i) => token === b[i]);
}

function sum(values: Iterable<number>): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function normalised(weights: readonly number[]): Float64Array {
  const total = sum(weights);
  return Float64Array.from(weights, (weight) => weight / total);
}
