/** The conformance suite of reveal rules, over every member of the table. */
import { describe, expect, test } from "vitest";
import { uniform } from "../../diffusion/processes/uniform.ts";
import { createSchedule } from "../../diffusion/schedules/index.ts";
import { randomKey } from "../../tensor/random.ts";
import { enumeratedDenoiser } from "../../testing/enumerated.ts";
import {
  oracleDenoiser,
  recorded,
  scriptedDenoiser,
  uniformDenoiser,
} from "../../testing/denoisers.ts";
import { openCanvas } from "../canvas.ts";
import { greedy } from "../processor.ts";
import { finish } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { sample } from "../sample.ts";
import type { SampleOptions } from "../sample.ts";
import { createRule, orders, ruleFromSpec, rules } from "./index.ts";

const vocabulary = 20;
const maskId = vocabulary - 1;
const denoiser = uniformDenoiser({ vocabulary });
/** Given tokens at both ends and in the middle. */
const canvas = Int32Array.from([7, 3, ...Array(6).fill(maskId), 11, ...Array(5).fill(maskId), 2]);

test.each(Object.keys(rules))(
  "rule %s carries its name, and its documentation names it",
  (name) => {
    expect(createRule(name).name).toBe(name);
    expect(rules[name as keyof typeof rules].docs).toMatchObject({ kind: "rule", name });
  },
);

/** Rules with options, and joined ones. */
const specs = [
  "remask:eta=0.3",
  "remask:strategy=rescale,eta=0.5",
  "remask:strategy=confidence",
  "remask:strategy=loop,eta=0.2",
  "confidence:reveal=cosine",
  "random:reveal=root",
  "klass:tau=0,history=1",
  "threshold+left-to-right",
  "random+confidence",
  "ancestral+first-hitting",
  "entropy:reveal=dream",
  "random:reveal=dllm",
  "left-to-right/confidence+margin",
];

describe.each([...Object.keys(rules), ...specs])("rule %s", (spec) => {
  const rule = ruleFromSpec(spec);
  const run = async (options: Partial<SampleOptions> = {}): Promise<Frame[]> => {
    const frames: Frame[] = [];
    for await (const frame of sample({ denoiser, canvas, rule, key: randomKey(1), ...options })) {
      frames.push(frame);
    }
    return frames;
  };
  const text = async (options: Partial<SampleOptions>) => [...(await run(options)).at(-1)!.canvas];

  const settings = [{}, { steps: 1 }, { steps: 4 }, { steps: 40 }, { block: 4, steps: 7 }];
  test.each(settings)("fills every place and tells it truly, with %j", async (options) => {
    const asked = recorded(denoiser);
    const frames = await run({ ...options, denoiser: asked });
    const last = frames.at(-1)!;
    expect(last).toMatchObject({ open: 0, done: true, reason: "filled" });
    expect(last.canvas).not.toContain(maskId);
    expect(last.passes).toBe(asked.requests.length);
    // Rules that edit what they wrote take what it takes.
    if (rule.keepsRevealed || rule.obeysSteps)
      expect(last.passes).toBeLessThanOrEqual(Math.max(11, options.steps ?? 0));
    if (rule.obeysSteps) expect(frames.length - 1).toBeLessThanOrEqual(options.steps ?? 11);
    frames.forEach((frame, i) => {
      expect(frame.step).toBe(i);
      expect(frame.done).toBe(i === frames.length - 1);
      expect(frame.open).toBe(frame.canvas.filter((token) => token === maskId).length);
      canvas.forEach((token, place) => {
        if (token !== maskId) expect(frame.canvas[place]).toBe(token);
      });
      const before = frames[i - 1]?.canvas ?? canvas;
      const differing = Array.from(frame.canvas.keys()).filter(
        (p) => frame.canvas[p] !== before[p],
      );
      if (rule.keepsRevealed) expect(frame.changed.map(({ place }) => place)).toEqual(differing);
      for (const change of frame.changed) {
        expect(frame.canvas[change.place]).toBe(change.token);
        const sure = change.token === maskId ? 0 : 1 / (vocabulary - 1);
        expect(change.confidence).toBeCloseTo(sure, 6);
      }
    });
  });

  test("asks about open places, or weighs written ones again, at a falling time in (0, 1]", async () => {
    const asked = recorded(denoiser);
    await run({ denoiser: asked, steps: 5 });
    let time = 1;
    for (const request of asked.requests) {
      request.places.forEach((place) => {
        expect(canvas[place]).toBe(maskId);
        if (rule.keepsRevealed) expect(request.canvas[place]).toBe(maskId);
      });
      expect([...request.places]).toEqual([...request.places].toSorted((a, b) => a - b));
      expect(request.time).toBeLessThanOrEqual(time);
      expect(request.time).toBeGreaterThan(0);
      time = request.time;
    }
  });

  test("blocks are filled from left to right", async () => {
    const frames = await run({ block: 4, steps: 9 });
    const places = frames.flatMap(({ changed }) => changed.map(({ place }) => place));
    const open = Array.from(canvas.keys()).filter((place) => canvas[place] === maskId);
    const blockOf = (place: number): number => Math.floor(open.indexOf(place) / 4);
    places.slice(1).forEach((place, i) => {
      expect(blockOf(place)).toBeGreaterThanOrEqual(blockOf(places[i]!));
    });
  });

  test("what is settled grows to the whole canvas and never changes again", async () => {
    const frames = await run({ block: 4, steps: 9 });
    const { canvas: written } = frames.at(-1)!;
    let settled = 0;
    for (const frame of frames) {
      expect(frame.settled).toBeGreaterThanOrEqual(settled);
      settled = frame.settled;
      expect(frame.canvas.slice(0, settled)).toEqual(written.slice(0, settled));
      if (rule.keepsRevealed && !frame.done) expect(frame.canvas[settled]).toBe(maskId);
    }
    expect(settled).toBe(canvas.length);
  });

  test("the same key gives the same text, another key another text", async () => {
    const first = await text({ steps: 5 });
    expect(await text({ steps: 5 })).toEqual(first);
    expect(await text({ steps: 5, key: randomKey(2) })).not.toEqual(first);
  });

  test("reconstructs the sentence that a perfect model knows", async () => {
    const sentence = [7, 3, 1, 4, 1, 5, 9, 2, 11, 6, 5, 3, 5, 8, 2];
    const certainty = (place: number): number => 0.999 + place / 1e5;
    const oracle = oracleDenoiser(sentence, { vocabulary, certainty });
    const last = await finish(
      sample({ denoiser: oracle, canvas, rule, key: randomKey(0), steps: 3 }),
    );
    expect([...last.canvas]).toEqual(sentence);
  });

  test("revises a given text where it may, if it rewrites what stands, and ends with a whole one", async () => {
    const given = canvas.map((token, place) => (token === maskId ? place : token));
    const revise = Int32Array.of(3, 4, 5, 9);
    const revising = { canvas: given, revise, steps: 40 };
    if (rule.keepsRevealed) return expect(run(revising)).rejects.toThrow("which never does");
    const last = (await run(revising)).at(-1)!;
    expect(last).toMatchObject({ open: 0, done: true, reason: "filled" });
    expect(last.canvas).not.toContain(maskId);
    for (const place of given.keys())
      if (!revise.includes(place)) expect(last.canvas[place]).toBe(given[place]);
  });

  test("a canvas without open places is done at once, without a pass", async () => {
    for (const full of [Int32Array.of(4, 5), new Int32Array(0)]) {
      const frames = await run({ canvas: full });
      expect(frames).toEqual([
        {
          step: 0,
          canvas: full,
          changed: [],
          open: 0,
          settled: full.length,
          passes: 0,
          done: true,
          reason: "filled",
        },
      ]);
    }
  });

  test("fills a lone open place, and a canvas as long as the model allows", async () => {
    expect(await text({ canvas: Int32Array.of(maskId) })).not.toContain(maskId);
    const toy = enumeratedDenoiser({ tokens: 2, length: 3, law: [0, 1, 2, 0, 0, 0, 1, 1] });
    const last = await finish(
      sample({
        denoiser: toy,
        canvas: openCanvas({ length: 3, maskId: 2 }),
        rule,
        key: randomKey(0),
      }),
    );
    expect(last.open).toBe(0);
  });
});

const certainties = [0.5, 0.9, 0.6, 0.99, 0.7, 0.8, 0.55, 0.95];

/** The places of each step, for a model of these certainties. */
async function groupsOf(spec: string, steps?: number): Promise<number[][]> {
  const oracle = oracleDenoiser(new Int32Array(8), {
    vocabulary: 50,
    certainty: (place) => certainties[place]!,
  });
  const frames = sample({
    denoiser: oracle,
    canvas: openCanvas({ length: 8, maskId: 49 }),
    rule: ruleFromSpec(spec),
    processors: [greedy()],
    steps,
    key: randomKey(0),
  });
  const groups: number[][] = [];
  for await (const { changed } of frames) groups.push(changed.map(({ place }) => place));
  return groups.slice(1);
}

test.each(["confidence", "margin", "entropy"])(
  "%s keeps the surest tokens, floor(n / steps) or one more per step, the first steps more",
  async (name) => {
    expect(await groupsOf(name, 3)).toEqual([
      [1, 3, 7],
      [2, 4, 5],
      [0, 6],
    ]);
  },
);

test.each([
  ["even", [2, 2, 2, 2]],
  ["cosine", [1, 2, 2, 3]],
  ["square", [1, 1, 3, 3]],
  ["root", [4, 2, 1, 1]],
])("reveal=%s", async (reveal, counts) => {
  for (const name of ["confidence", "random"]) {
    const groups = await groupsOf(`${name}:reveal=${reveal}`, 4);
    expect(groups.map(({ length }) => length)).toEqual(counts);
  }
  // Never a pass for nothing, even with more steps than places.
  const many = await groupsOf(`confidence:reveal=${reveal}`, 20);
  expect(many.every(({ length }) => length > 0)).toBe(true);
});

test.each([
  ["dream", 4, [1, 2, 2, 3]],
  ["dream", 16, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2]],
  ["dllm", 4, [2, 2, 2, 2]],
  ["dllm", 3, [3, 2, 3]],
])(
  "reveal=%s in %i steps, of which those that reveal nothing cost nothing",
  async (reveal, steps, counts) => {
    for (const name of ["confidence", "random"]) {
      const groups = await groupsOf(`${name}:reveal=${reveal}`, steps);
      expect(groups.map(({ length }) => length)).toEqual(counts);
    }
    const rule = ruleFromSpec(`entropy:reveal=${reveal}`);
    const asked = recorded(denoiser);
    const last = await finish(
      sample({ denoiser: asked, canvas, rule, steps: 30, key: randomKey(0) }),
    );
    expect(asked.requests.length).toBe(last.passes);
    expect(last.passes).toBeLessThanOrEqual(11);
    expect(last.step).toBeGreaterThan(11);
  },
);

test("rules that take what is certain", async () => {
  expect(await groupsOf("threshold:tau=0.75")).toEqual([[1, 3, 5, 7], [4], [2], [6], [0]]);
  expect(await groupsOf("threshold:tau=2")).toEqual([[3], [7], [1], [5], [4], [2], [6], [0]]);
  // Of the second at least 0.63 is asked, of the fourth 0.78, of the fifth 0.82.
  expect(await groupsOf("factor:factor=1.1")).toEqual([[1, 3, 5, 7], [4], [2], [6], [0]]);
  expect(await groupsOf("factor:factor=0")).toEqual([[3], [7], [1], [5], [4], [2], [6], [0]]);
  // A model that answers the same in every step has settled after `history` of them.
  expect(await groupsOf("klass:tau=0.65")).toEqual([[3], [7], [1, 4, 5], [2], [6], [0]]);
  expect(await groupsOf("entropy-bounded:gamma=0")).toEqual(await groupsOf("threshold:tau=2"));
  expect(await groupsOf("entropy-bounded:gamma=100")).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  // Entropies 0.09 and 0.39 at the surest places, with the third 0.71.
  expect((await groupsOf("entropy-bounded:gamma=0.5"))[0]).toEqual([1, 3, 7]);
  expect((await groupsOf("entropy-bounded:gamma=0.5,of=all"))[0]).toEqual([3, 7]);
  expect((await groupsOf("entropy-bounded:gamma=0.01,of=all"))[0]).toEqual([3]);
  // Two are due in each of four steps, and those that are held back in the next.
  expect(await groupsOf("paced-threshold:tau=0.75", 4)).toEqual([
    [3, 7],
    [1, 5],
    [4],
    [2],
    [6],
    [0],
  ]);
  expect(await groupsOf("paced-threshold:tau=0", 3)).toEqual(await groupsOf("confidence", 3));
});

test("joined rules keep what any of them keeps", async () => {
  expect(await groupsOf("threshold:tau=0.75+left-to-right")).toEqual([
    [0, 1, 3, 5, 7],
    [2, 4],
    [6],
  ]);
  expect(await groupsOf("confidence+left-to-right", 2)).toEqual([
    [0, 1, 3, 5, 7],
    [2, 4, 6],
  ]);
  expect(ruleFromSpec("threshold:tau=9e-1+left-to-right")).toMatchObject({
    name: "threshold+left-to-right",
    obeysSteps: false,
  });
  // The first step of each run by one rule, and the schedule goes on from there.
  expect(await groupsOf("left-to-right/threshold:tau=0.75")).toEqual([
    [0],
    [1, 3, 5, 7],
    [4],
    [2],
    [6],
  ]);
  expect(await groupsOf("left-to-right/entropy:reveal=dream", 4)).toEqual([
    [0],
    [3, 7],
    [1, 5],
    [2, 4, 6],
  ]);
  expect(await groupsOf("left-to-right/confidence", 1)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7]]);
  expect(() => ruleFromSpec("left-to-right/remask")).toThrow("as it opens decided places again");
  expect(() => ruleFromSpec("confidence/margin/entropy")).toThrow('must have one "/" at most');
  expect(() => ruleFromSpec("remask+confidence")).toThrow(
    "rule remask: can't be joined with others, as it opens decided places again",
  );
  expect(() => ruleFromSpec("confidence+tweedie")).toThrow("as it draws from scores");
  expect(() => ruleFromSpec("confidence+")).toThrow('unknown rule "confidence+"');
  const process = uniform({
    states: { size: vocabulary, maskId },
    schedule: createSchedule("cosine"),
  });
  const rule = ruleFromSpec("ancestral+confidence");
  const run = finish(
    sample({ denoiser: { ...denoiser, process }, canvas, rule, key: randomKey(0) }),
  );
  await expect(run).rejects.toThrow("as it draws from a law of its own");
});

test.each(Object.keys(orders))(
  "%s takes the same order with any key when draws are greedy",
  async (name) => {
    const fickle = scriptedDenoiser({
      vocabulary,
      script: (place, { canvas: seen }) => {
        const sight = seen.reduce((hash, token, i) => (hash * 31 + token + i) % 997, place);
        return Float64Array.from(
          { length: vocabulary },
          (_, token) => 1 + ((sight * (token + 3)) % 89),
        );
      },
    });
    const order = async (seed: number): Promise<number[][]> => {
      const places: number[][] = [];
      for await (const { changed } of sample({
        denoiser: fickle,
        canvas,
        rule: createRule(name),
        processors: [greedy()],
        key: randomKey(seed),
      }))
        places.push(changed.map(({ place }) => place));
      return places;
    };
    expect(await order(1)).toEqual(await order(2));
  },
);

test("ancestral makes no pass for a step that reveals nothing", async () => {
  const last = await finish(
    sample({
      denoiser,
      canvas: openCanvas({ length: 8, maskId }),
      rule: createRule("ancestral"),
      steps: 1000,
      key: randomKey(4),
    }),
  );
  expect(last.passes).toBeLessThanOrEqual(8);
  expect(last.step).toBeGreaterThan(100);
});

describe("steps of each block", () => {
  const counts = async (spec: string, stepsPerBlock: number, open: number): Promise<number[]> => {
    const groups: number[] = [];
    for await (const { changed } of sample({
      denoiser: { ...denoiser, turnOf: (place) => Math.floor(place / 8) },
      canvas: openCanvas({ prompt: new Int32Array(16 - open), length: open + 8, maskId }),
      rule: ruleFromSpec(spec),
      block: 8,
      stepsPerBlock,
      key: randomKey(0),
    }))
      groups.push(changed.length);
    return groups.slice(1);
  };

  test("a block that begins partly filled goes at the pace of a whole one", async () => {
    expect(await counts("confidence", 3, 4)).toEqual([3, 1, 3, 3, 2]);
    expect(await counts("threshold:tau=2+confidence", 3, 4)).toEqual([3, 1, 3, 3, 2]);
    expect(await counts("paced-threshold:tau=0", 3, 4)).toEqual([3, 1, 3, 3, 2]);
    // dllm counts what is left, not what the block might hold.
    expect(await counts("confidence:reveal=dllm", 2, 4)).toEqual([2, 2, 4, 4]);
  });

  test("or steps for the whole canvas, not both", () => {
    const options = { denoiser, canvas, rule: ruleFromSpec("confidence"), key: randomKey(0) };
    expect(() => sample({ ...options, steps: 4, stepsPerBlock: 2 })).toThrow("got both, 4 and 2");
    expect(() => sample({ ...options, stepsPerBlock: 0 })).toThrow("integer >= 1, got 0");
  });
});

/** The canvas after each step, for a model that says what it is told to in each of its calls. */
async function canvasesOf(
  spec: string,
  script: readonly (readonly [token: number, certainty: number])[][],
  options: Partial<SampleOptions> = {},
): Promise<number[][]> {
  const model = scriptedDenoiser({
    vocabulary,
    script: (place, _, call) => {
      const [token, sure] = script[call]![place]!;
      const others = (1 - sure) / (vocabulary - 2);
      return Float64Array.from({ length: vocabulary }, (_x, v) => (v === token ? sure : others));
    },
  });
  const canvases: number[][] = [];
  for await (const frame of sample({
    denoiser: model,
    canvas: openCanvas({ length: script[0]!.length, maskId }),
    rule: ruleFromSpec(spec),
    processors: [greedy()],
    key: randomKey(0),
    ...options,
  }))
    canvases.push([...frame.canvas]);
  return canvases.slice(1);
}

describe("rules that change their mind", () => {
  const [m, a, b, c] = [maskId, 1, 2, 3];

  test("path-planning weighs written places by what the model would draw now", async () => {
    const script: (readonly [number, number])[][] = [
      [
        [a, 0.9],
        [a, 0.3],
        [a, 0.8],
        [a, 0.6],
        [a, 0.2],
        [a, 0.5],
      ],
      // The first has become doubtful, and is masked; the third keeps its token, though b is likelier.
      [
        [a, 0.1],
        [c, 0.7],
        [b, 0.9],
        [c, 0.6],
        [c, 0.2],
        [c, 0.3],
      ],
      [
        [b, 0.4],
        [b, 0.4],
        [b, 0.4],
        [b, 0.4],
        [b, 0.4],
        [b, 0.4],
      ],
    ];
    expect(await canvasesOf("path-planning", script, { steps: 3 })).toEqual([
      [a, m, a, m, m, m],
      [m, c, a, c, m, c],
      [b, c, a, c, b, c],
    ]);
  });

  test("joint-threshold writes, edits in the same pass, and goes on until nothing is edited", async () => {
    const script: (readonly [number, number])[][] = [
      [
        [a, 0.97],
        [a, 0.5],
        [a, 0.6],
      ],
      [
        [b, 0.92],
        [a, 0.8],
        [c, 0.7],
      ],
      [
        [b, 0.99],
        [c, 0.93],
        [c, 0.3],
      ],
      [
        [c, 0.89],
        [a, 0.95],
        [c, 0.9],
      ],
      [
        [c, 0.89],
        [a, 0.95],
        [c, 0.9],
      ],
    ];
    const all = [
      [a, m, m],
      [b, a, m],
      [b, c, c],
      [b, a, c],
      [b, a, c],
    ];
    expect(await canvasesOf("joint-threshold", script)).toEqual(all);
    expect(await canvasesOf("joint-threshold:settle=1", script)).toEqual(all.slice(0, 4));
    expect(await canvasesOf("joint-threshold:settle=0", script)).toEqual(all.slice(0, 3));
  });

  test("joint-threshold edits a given text where it may be revised, and nowhere else", async () => {
    const script: (readonly [number, number])[][] = [
      [
        [b, 1],
        [b, 1],
        [b, 0.8],
      ],
      [
        [b, 1],
        [b, 1],
        [b, 0.95],
      ],
      [
        [b, 1],
        [b, 1],
        [b, 0.95],
      ],
    ];
    const given = { canvas: Int32Array.of(a, a, a), revise: Int32Array.of(1, 2) };
    expect(await canvasesOf("joint-threshold", script, given)).toEqual([
      [a, b, a],
      [a, b, b],
      [a, b, b],
    ]);
    // Above the threshold, not at it.
    expect(await canvasesOf("joint-threshold:edit=1", script, given)).toEqual([[a, a, a]]);
  });
});
