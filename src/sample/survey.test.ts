/** A survey tells all that is read of whole rows: the same key gives the same frames from both. */
import { describe, expect, test } from "vitest";
import { randomKey } from "../tensor/random.ts";
import { scriptedDenoiser, surveying } from "../testing/denoisers.ts";
import { openCanvas } from "./canvas.ts";
import { batched } from "./denoiser.ts";
import type { Denoiser, PredictRequest } from "./denoiser.ts";
import { finish } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { guided, withoutGiven } from "./guide.ts";
import { processorsOf, tokensNeeded } from "./processor.ts";
import type { ProcessorOptions } from "./processor.ts";
import { ruleFromSpec, rules } from "./rules/index.ts";
import { sample } from "./sample.ts";
import type { SampleOptions } from "./sample.ts";
import { surveyOf } from "./survey.ts";

const vocabulary = 17;
const maskId = 8;
/** Weights 1 to 5 for 16 tokens: ties everywhere, among tokens as among places. */
const fickle = scriptedDenoiser({
  vocabulary,
  maskId,
  script: (place, { canvas }) => {
    const seen = canvas.reduce((hash, token, i) => (hash * 31 + token + i) % 997, place % 3);
    return Float64Array.from({ length: vocabulary }, (_, v) => 1 + ((seen * (v + 3)) % 5) ** 3);
  },
});

/** Surveys of 4, counting what it is asked. */
function counted(): { asked: { rows: number; surveys: number }; denoiser: Denoiser } {
  const asked = { rows: 0, surveys: 0 };
  const inner = surveying(fickle, 4);
  const denoiser: Denoiser = {
    ...inner,
    predict: (request) => ((asked.rows += 1), fickle.predict(request)),
    survey: (request) => ((asked.surveys += 1), inner.survey!(request)),
  };
  return { asked, denoiser };
}

async function framesOf(options: Pick<SampleOptions, "denoiser"> & Partial<SampleOptions>) {
  const frames: Frame[] = [];
  const canvas = openCanvas({ prompt: Int32Array.of(3, 1), length: 9, maskId });
  const rule = ruleFromSpec("confidence");
  for await (const frame of sample({ canvas, rule, key: randomKey(5), steps: 6, ...options }))
    frames.push(frame);
  return frames;
}

test("the likeliest of each row, of equals the smaller id, and the entropy of all", () => {
  const rows = Float32Array.from([0.25, 0, 0.5, 0.25, 0, 1, 0, 0], Math.log);
  expect(surveyOf(rows, { vocabulary: 4, width: 3 })).toEqual({
    width: 3,
    tokens: Int32Array.of(2, 0, 3, 1, 0, 2),
    logProbs: Float32Array.from([0.5, 0.25, 0.25, 1, 0, 0], Math.log),
    entropies: Float32Array.of(1.5 * Math.LN2, 0),
  });
});

const few: ProcessorOptions[] = [
  { temperature: 0 },
  { topK: 1 },
  { topK: 4 },
  { temperature: 0.7, topK: 3, topP: 0.8 },
  { temperature: 1.9, topK: 4, topP: 0.95, minP: 0.3 },
];
const many: ProcessorOptions[] = [
  {},
  { topK: 5 },
  { temperature: 0.5, topP: 0.1 },
  { temperature: 0, forbid: [2] },
  { topK: 2, repetitionPenalty: 1.2 },
  { temperature: 0, noRepeat: 2 },
];

/** All but those that draw from scores. */
const names = Object.keys(rules).filter((name) => ruleFromSpec(name).reads !== "score");

describe.each([...names, "threshold:tau=0.3+margin"])("rule %s", (spec) => {
  const rule = ruleFromSpec(spec);
  test.each([...few, ...many])("with %j", async (how) => {
    const { asked, denoiser } = counted();
    const options = { rule, processors: processorsOf(how) };
    const frames = await framesOf({ denoiser, ...options });
    expect(frames).toEqual(await framesOf({ denoiser: fickle, ...options }));
    // Sixteen tokens are never decided by four of them, but for those that say so.
    const suffices = few.includes(how) && !rule.readsRows;
    expect(asked).toEqual(
      suffices
        ? { rows: 0, surveys: frames.at(-1)!.passes }
        : {
            rows: frames.at(-1)!.passes,
            surveys: 0,
          },
    );
  });
});

test("rows are asked for where something else looks at them", async () => {
  const processors = processorsOf({ temperature: 0 });
  const script = Int32Array.of(3, 1, 1, 2, 3, 4, 5, 6, 7, 9, 10);
  const choose = (weights: Float64Array): number => weights.indexOf(1);
  for (const more of [{ script }, { choose }]) {
    const { asked, denoiser } = counted();
    const frames = await framesOf({ denoiser, processors, ...more });
    expect(asked.surveys).toBe(0);
    expect(frames).toEqual(await framesOf({ denoiser: fickle, processors, ...more }));
  }
  const { asked, denoiser } = counted();
  const canvas = openCanvas({ prompt: Int32Array.of(3, 1), length: 9, maskId });
  const unconditional = withoutGiven(canvas, maskId);
  await framesOf({ denoiser: guided({ denoiser, scale: 1, unconditional }), processors });
  expect(asked.surveys).toBe(0);
  // A rule that promises to need no rows is held to it.
  const liar = { ...ruleFromSpec("klass"), readsRows: false };
  await expect(framesOf({ denoiser, processors, rule: liar })).rejects.toThrow("readsRows");
  expect(tokensNeeded(processorsOf({ temperature: 2, minP: 0.1, topP: 0.5 }))).toBe(Infinity);
});

test("a batched model answers both kinds of question of one turn, each in a pass", async () => {
  const passes: string[] = [];
  const model = surveying(fickle, 4);
  const crowd = batched({
    ...model,
    predictBatch: (requests) => {
      passes.push(`rows ${requests.length}`);
      return Promise.all(requests.map((request) => model.predict(request)));
    },
    surveyBatch: (requests) => {
      passes.push(`surveys ${requests.length}`);
      return Promise.all(requests.map((request) => model.survey!(request)));
    },
  });
  const run = (denoiser: Denoiser, temperature: number): Promise<Frame> => {
    const canvas = openCanvas({ length: 3, maskId });
    const processors = processorsOf({ temperature });
    const rule = ruleFromSpec("left-to-right");
    return finish(sample({ denoiser, canvas, processors, rule, key: randomKey(1) }));
  };
  const mixed = [0, 1, 0, 1, 0];
  const together = await Promise.all(mixed.map((temperature) => run(crowd, temperature)));
  expect(passes).toEqual(["rows 2", "surveys 3", "rows 2", "surveys 3", "rows 2", "surveys 3"]);
  for (const [i, temperature] of mixed.entries())
    expect(together[i]).toEqual(await run(fickle, temperature));
});

test("a request says which block is being written", async () => {
  const blocks = new Map<string, number>();
  const denoiser: Denoiser = {
    ...fickle,
    predict: (request: PredictRequest) => {
      const { start, end } = request.block!;
      blocks.set(`${start}-${end}`, (blocks.get(`${start}-${end}`) ?? 0) + 1);
      return fickle.predict(request);
    },
  };
  // Open: 1 2, 4 5, 6 8.
  const canvas = Int32Array.of(3, maskId, maskId, 3, maskId, maskId, maskId, 1, maskId, 2);
  await framesOf({ denoiser, canvas, block: 2 });
  expect([...blocks]).toEqual([
    ["1-3", 2],
    ["4-6", 2],
    ["6-9", 2],
  ]);
});
