/**
 * The rules that look before they keep, and those with a clock of their own, on a world that can be
 * enumerated (as in `exact-world.test.ts`): every draw and decision of each is summed up, from its
 * definition, and its frequencies must follow.
 */
import { describe, expect, test } from "vitest";
import { absorbing } from "../diffusion/processes/absorbing.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { randomKey } from "../tensor/random.ts";
import { chiSquareScore } from "../testing/chi-square.ts";
import { recorded, scriptedDenoiser, uniformDenoiser } from "../testing/denoisers.ts";
import { enumeratedDenoiser, enumerateTexts, textIndex } from "../testing/enumerated.ts";
import { openCanvas } from "./canvas.ts";
import type { Denoiser } from "./denoiser.ts";
import { finish } from "./frame.ts";
import { ancestral } from "./rules/ancestral.ts";
import { firstHitting } from "./rules/first-hitting.ts";
import { ruleFromSpec } from "./rules/index.ts";
import { sample } from "./sample.ts";
import type { SampleOptions } from "./sample.ts";

const tokens = 3;
const length = 3;
const maskId = tokens;
const texts = enumerateTexts(tokens, length);
const empty = openCanvas({ length, maskId });
const joint = texts.map(
  ([a, b, c]) => (a === b ? 6 : 1) * (b === c ? 5 : 1) * (c === 2 ? 2 : 1) + a!,
);
const denoiser = enumeratedDenoiser({ tokens, length, law: joint });

async function frequencies(
  options: Partial<SampleOptions> & Pick<SampleOptions, "rule">,
  draws = 6000,
): Promise<Float64Array> {
  const counts = new Float64Array(texts.length);
  for (let seed = 0; seed < draws; seed++) {
    const run = sample({ denoiser, canvas: empty, key: randomKey(seed), ...options });
    counts[textIndex((await finish(run)).canvas, tokens)]! += 1;
  }
  return counts;
}

/** The probabilities of each token at each place, and the state of a chain by its text form. */
type Rows = readonly (readonly number[])[];
type Law = Map<string, number>;

async function rowsAt(canvas: readonly number[], places: readonly number[]): Promise<Rows> {
  const request = { canvas: Int32Array.from(canvas), places: Int32Array.from(places), time: 1 };
  const rows = Array.from(await denoiser.predict(request), Math.exp);
  return places.map((_, i) => rows.slice(i * (tokens + 1), i * (tokens + 1) + tokens));
}

/** What a rule sees of its open places. */
interface View {
  readonly rows: Rows;
  /** The same places in the step before, if any. */
  readonly before: Rows | undefined;
  /** The probabilities of the drawn tokens. */
  readonly sure: readonly number[];
  readonly step: number;
}

/** The law of a rule that draws at every open place and then keeps what `decide` says. */
async function lawOf(decide: (view: View) => readonly number[]): Promise<number[]> {
  let law: Law = new Map([[JSON.stringify([[...empty], null]), 1]]);
  for (let step = 0; step < length; step++) {
    const next: Law = new Map();
    for (const [state, mass] of law) {
      const [canvas, past] = JSON.parse(state) as [number[], number[] | null];
      const open = canvas.flatMap((token, place) => (token === maskId ? [place] : []));
      const rows = await rowsAt(canvas, open);
      const before = past ? await rowsAt(past, open) : undefined;
      for (const drawn of enumerateTexts(tokens, open.length)) {
        const sure = Array.from(drawn, (token, i) => rows[i]![token]!);
        const filled = [...canvas];
        if (open.length > 0)
          for (const i of decide({ rows, before, sure, step })) filled[open[i]!] = drawn[i]!;
        add(next, JSON.stringify([filled, canvas]), mass * product(sure));
      }
    }
    law = next;
  }
  return onTexts(law);
}

/** The law of the texts, from that of states which begin with a filled canvas. */
function onTexts(law: ReadonlyMap<string, number>): number[] {
  const result = new Array<number>(texts.length).fill(0);
  for (const [state, mass] of law) {
    const [canvas] = JSON.parse(state) as [number[]];
    result[textIndex(canvas, tokens)]! += mass;
  }
  expect(sum(result)).toBeCloseTo(1, 5);
  return result;
}

const falling = (row: readonly number[]): number[] => row.toSorted((a, b) => b - a);
const lead = (row: readonly number[]): number => falling(row)[0]! - falling(row)[1]!;
const disorder = (row: readonly number[]): number => -sum(row.map((p) => p * Math.log(p)));
const change = (p: readonly number[], q: readonly number[]): number =>
  sum(p.map((x, i) => x * Math.log(x / q[i]!)));
const best = (values: readonly number[], count = 1): number[] =>
  [...values.keys()].toSorted((a, b) => values[b]! - values[a]!).slice(0, count);
const subsetsOf = (count: number): number[][] =>
  Array.from({ length: 2 ** count }, (_, bits) =>
    Array.from({ length: count }, (_x, i) => i).filter((i) => (bits >> i) & 1),
  );

test.each<[spec: string, steps: number, decide: (view: View) => readonly number[]]>([
  ["margin", 2, ({ rows, step }) => best(rows.map(lead), 2 - step)],
  [
    "entropy",
    2,
    ({ rows, step }) =>
      best(
        rows.map((row) => -disorder(row)),
        2 - step,
      ),
  ],
  ["confidence:reveal=square", 2, ({ sure, step }) => best(sure, 1 + step)],
  [
    "threshold:tau=0.6",
    1,
    ({ sure }) => [...sure.keys()].filter((i) => sure[i]! >= 0.6 || i === best(sure)[0]),
  ],
  [
    "factor:factor=1.2",
    1,
    ({ sure }) => {
      const sizes = [...sure.keys()].map((i) => i + 1);
      const fits = (n: number): boolean => (n + 1) * (1 - falling(sure)[n - 1]!) <= 1.2;
      return best(
        sure,
        sizes.findLast((n) => n === 1 || fits(n)),
      );
    },
  ],
  [
    "entropy-bounded:gamma=1.2",
    1,
    ({ rows }) => {
      // The largest of all sets within the bound; of equally large ones, the one with least entropy.
      const entropies = rows.map(disorder);
      const of = (set: readonly number[]): number[] => set.map((i) => entropies[i]!);
      return subsetsOf(rows.length)
        .filter((set) => set.length > 0 && sum(of(set)) - Math.max(...of(set)) <= 1.2)
        .toSorted((a, b) => b.length - a.length || sum(of(a)) - sum(of(b)))[0]!;
    },
  ],
  [
    "entropy-bounded:gamma=2,of=all",
    1,
    ({ rows }) => {
      const entropies = rows.map(disorder);
      const order = best(
        entropies.map((entropy) => -entropy),
        rows.length,
      );
      const fits = (n: number): boolean => sum(order.slice(0, n).map((i) => entropies[i]!)) <= 2;
      return order.filter((_, rank) => rank === 0 || fits(rank + 1));
    },
  ],
  [
    "paced-threshold:tau=0.6",
    2,
    // Two are due in the first of two steps, and then all that is left.
    ({ sure, step }) =>
      best(sure, step === 0 ? 2 : 3).filter((i, rank) => rank === 0 || sure[i]! >= 0.6),
  ],
  [
    "klass:tau=0.5,epsilon=0.2,history=1",
    1,
    ({ rows, before, sure }) => {
      const settled = [...sure.keys()].filter(
        (i) => before && sure[i]! >= 0.5 && change(rows[i]!, before[i]!) < 0.2,
      );
      return settled.length > 0 ? settled : best(sure);
    },
  ],
])("%s in %i steps follows its own exact law", async (spec, steps, decide) => {
  const counts = await frequencies({ rule: ruleFromSpec(spec), steps });
  expect(chiSquareScore(counts, await lawOf(decide))).toBeLessThan(4);
  // The test can tell: a rule that keeps what is certain doesn't draw from the joint law.
  expect(chiSquareScore(counts, joint)).toBeGreaterThan(5);
});

test.each(["margin", "entropy"])(
  "%s, one place per step, draws from the joint law",
  async (spec) => {
    // An order that doesn't look at what is drawn is as good as any other.
    const counts = await frequencies({ rule: ruleFromSpec(spec) });
    expect(chiSquareScore(counts, joint)).toBeLessThan(4);
  },
);

describe("first-hitting", () => {
  test("draws from the joint law, in one pass for each place", async () => {
    expect(chiSquareScore(await frequencies({ rule: firstHitting() }), joint)).toBeLessThan(4);
  });

  /** Says 0 with probability t^2, and 1 otherwise. */
  const timed: Denoiser = scriptedDenoiser({
    vocabulary: 4,
    script: (_, { time }) => [time ** 2, 1 - time ** 2, 0],
  });
  // The mean of t^2 over the time at which a place is revealed, of density m'(t) / m(1).
  test.each([
    ["log-linear", 1 / 3],
    ["cosine", (4 / Math.PI ** 2) * (Math.PI - 2)],
  ])("tells the time of the event, on the %s schedule", async (name, zero) => {
    const states = { size: 4, maskId };
    const process = absorbing({ states, schedule: createSchedule(name) });
    const law = texts.map((text) =>
      product(Array.from(text, (token) => [zero, 1 - zero, 0][token]!)),
    );
    const model = { ...timed, process };
    const counts = await frequencies({ rule: firstHitting(), denoiser: model });
    expect(chiSquareScore(counts, law)).toBeLessThan(4);
    // What it is the limit of.
    const limit = await frequencies({ rule: ancestral(), denoiser: model, steps: 200 }, 2000);
    expect(chiSquareScore(limit, law)).toBeLessThan(4);
  });

  test("every order of places is equally likely", async () => {
    const orders = new Map<string, number>();
    for (let seed = 0; seed < 3000; seed++) {
      const model = recorded(denoiser);
      const rule = firstHitting();
      await finish(sample({ denoiser: model, canvas: empty, rule, key: randomKey(seed) }));
      add(orders, model.requests.map(({ places }) => places.join(" ")).join(" "), 1);
    }
    expect(orders.size).toBe(6);
    expect(chiSquareScore([...orders.values()], [1, 1, 1, 1, 1, 1])).toBeLessThan(4);
  });
});

describe("remask", () => {
  const alpha = (t: number): number => (t === 0 ? 1 : 1 - 0.999 * t);
  /** tOn 0.6, tOff 0.2, alphaOn 0.7. */
  const loopAlpha = (t: number): number =>
    t > 0.6 ? (0.7 * (1 - t)) / 0.4 : t >= 0.2 ? 0.7 : 1 - (0.3 * t) / 0.2;
  const even = (probabilities: readonly number[]): number[] => {
    const weights = probabilities.map((p) => (p > 0 ? Math.exp(-p) : 0));
    return weights.map((weight) => weight / Math.max(sum(weights), 1e-300));
  };

  interface Case {
    readonly spec: string;
    readonly clock: (t: number) => number;
    /** The sigma of masked places, from the greatest possible one and the time. */
    readonly reckoned: (most: number, t: number) => number;
    /** The sigma of each place, 0 where masked; by default the reckoned one everywhere. */
    readonly shares?: (probabilities: readonly number[]) => number[];
  }
  const cases: Case[] = [
    { spec: "eta=0.9", clock: alpha, reckoned: (most) => Math.min(most, 0.9) },
    { spec: "strategy=rescale,eta=0.7", clock: alpha, reckoned: (most) => 0.7 * most },
    {
      spec: "strategy=loop,eta=0.3,tOn=0.6,tOff=0.2,alphaOn=0.7",
      clock: loopAlpha,
      reckoned: (most, t) => (t <= 0.6 && t > 0.2 ? Math.min(most, 0.3) : 0),
    },
    { spec: "strategy=confidence", clock: alpha, reckoned: () => 0, shares: even },
  ];

  /** The law of the chain, each place of a step by itself given the canvas. */
  async function chainLaw({ clock, reckoned, shares }: Case, steps: number): Promise<number[]> {
    let law: Law = new Map([[JSON.stringify([[...empty], [0, 0, 0]]), 1]]);
    for (let step = 0; step < steps; step++) {
      const [t, s] = [1 - step / steps, 1 - (step + 1) / steps];
      const most = s === 0 ? 0 : Math.min(1, (1 - clock(s)) / clock(t));
      const sigma = reckoned(most, t);
      const reveal = s === 0 ? 1 : (clock(s) - (1 - sigma) * clock(t)) / (1 - clock(t));
      const next: Law = new Map();
      for (const [state, mass] of law) {
        const [canvas, written] = JSON.parse(state) as [number[], number[]];
        const rows = await rowsAt(canvas, [0, 1, 2]);
        const again = shares?.(written).map((share) => share * most) ?? [sigma, sigma, sigma];
        // For each place: its next token, the probability kept with it, and the chance of this.
        let branches: [token: number[], written: number[], chance: number][] = [[[], [], mass]];
        canvas.forEach((token, place) => {
          const options: [number, number, number][] =
            token === maskId
              ? [
                  [maskId, 0, 1 - reveal],
                  ...rows[place]!.map((p, v): [number, number, number] => [v, p, reveal * p]),
                ]
              : [
                  [maskId, 0, again[place]!],
                  [token, written[place]!, 1 - again[place]!],
                ];
          branches = branches.flatMap(([seen, kept, chance]) =>
            options.map(([v, p, q]): [number[], number[], number] => [
              [...seen, v],
              [...kept, shares ? p : 0],
              chance * q,
            ]),
          );
        });
        for (const [seen, kept, chance] of branches)
          if (chance > 0) add(next, JSON.stringify([seen, kept]), chance);
      }
      law = next;
    }
    return onTexts(law);
  }

  test.each(cases)("$spec follows its chain's exact law", async (scheme) => {
    const rule = ruleFromSpec(`remask:${scheme.spec}`);
    const counts = await frequencies({ rule, steps: 5 });
    expect(chiSquareScore(counts, await chainLaw(scheme, 5))).toBeLessThan(4);
    const plain = { ...scheme, reckoned: () => 0, shares: () => [0, 0, 0] };
    expect(chiSquareScore(counts, await chainLaw(plain, 5))).toBeGreaterThan(4);
  });

  test.each(cases.slice(0, 3))("$spec keeps the process's marginals", async ({ spec, clock }) => {
    const [places, steps, runs] = [5, 10, 3000];
    const rule = ruleFromSpec(`remask:${spec}`);
    const opens = Array.from({ length: steps }, () => new Float64Array(places + 1));
    let reopened = 0;
    for (let seed = 0; seed < runs; seed++) {
      const canvas = openCanvas({ length: places, maskId });
      const model = uniformDenoiser({ vocabulary: 4 });
      const key = randomKey(seed);
      for await (const frame of sample({ denoiser: model, canvas, rule, steps, key })) {
        if (frame.step > 0) opens[frame.step - 1]![frame.open]! += 1;
        reopened += frame.changed.filter(({ token }) => token === maskId).length;
      }
    }
    expect(reopened).toBeGreaterThan(runs);
    opens.forEach((counts, step) => {
      const masked = 1 - clock(1 - (step + 1) / steps);
      // From a canvas that is masked for certain, not with probability 1 - alpha(1) = 0.999.
      const law = Array.from(
        counts,
        (_, k) => choose(places, k) * masked ** k * (1 - masked) ** (places - k),
      );
      expect(chiSquareScore(counts, law)).toBeLessThan(4);
    });
  });
});

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);

function add(law: Law, state: string, probability: number): void {
  law.set(state, (law.get(state) ?? 0) + probability);
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);
const product = (values: readonly number[]): number => values.reduce((total, x) => total * x, 1);
