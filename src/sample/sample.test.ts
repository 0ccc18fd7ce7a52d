import { describe, expect, test } from "vitest";
import { UnmaskError } from "../errors.ts";
import { uniform } from "../diffusion/processes/uniform.ts";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { randomKey } from "../tensor/random.ts";
import { recorded, scriptedDenoiser, uniformDenoiser } from "../testing/denoisers.ts";
import { openCanvas } from "./canvas.ts";
import { finish } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { askAll, keepAll, rule as defineRule } from "./rule.ts";
import type { RuleRun } from "./rule.ts";
import { greedy } from "./processor.ts";
import { ancestral } from "./rules/ancestral.ts";
import { confidence } from "./rules/confidence.ts";
import { jointThreshold } from "./rules/joint-threshold.ts";
import { leftToRight } from "./rules/left-to-right.ts";
import { random } from "./rules/random.ts";
import { sample } from "./sample.ts";
import type { SampleOptions } from "./sample.ts";
import { endOfText, maxPasses } from "./stop.ts";

const vocabulary = 10;
const maskId = 9;
const denoiser = uniformDenoiser({ vocabulary, maxLength: 12 });
const key = randomKey(1);
const base = { denoiser, rule: random(), key, canvas: openCanvas({ length: 6, maskId }) };

async function collect(options: SampleOptions): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of sample(options)) frames.push(frame);
  return frames;
}

describe("options are checked before anything runs", () => {
  test.each<[Partial<SampleOptions>, string]>([
    [{ steps: 0 }, "sample: steps must be an integer >= 1, got 0"],
    [{ steps: 1.5 }, "sample: steps must be an integer >= 1, got 1.5"],
    [{ steps: Number.NaN }, "sample: steps must be an integer >= 1, got NaN"],
    [{ block: 0 }, "sample: block must be an integer >= 1, got 0"],
    [{ block: 2, steps: 2 }, "sample: steps must be at least the number of blocks, 3, got 2"],
    [
      { canvas: new Int32Array(13) },
      "sample: the canvas must have at most 12 places for this model, got 13",
    ],
    [{ canvas: Int32Array.of(1, 10) }, "sample: token ids must be in 0 .. 9, got 10 at place 1"],
    [{ canvas: Int32Array.of(1, -1) }, "sample: token ids must be in 0 .. 9, got -1 at place 1"],
    [
      { open: Int32Array.of(0, 6) },
      "sample: open must name different places of the canvas (0 .. 5)",
    ],
    [
      { canvas: Int32Array.of(1, 9), open: Int32Array.of(0) },
      "all masked ones among them, got [0]",
    ],
    [
      { canvas: Int32Array.of(1, 2), revise: Int32Array.of(0) },
      "a rule that rewrites what stands, got",
    ],
    [
      { revise: Int32Array.of(0), rule: jointThreshold() },
      "revise must name different places of the canvas (0 .. 5) that are not open, got [0]",
    ],
  ])("%o", (options, message) => {
    expect(() => sample({ ...base, ...options })).toThrow(message);
    try {
      sample({ ...base, ...options });
    } catch (error) {
      expect(UnmaskError.is(error)).toBe(true);
    }
  });
});

test("frames are copies: changing one changes nothing else", async () => {
  const clean = await finish(sample(base));
  for await (const frame of sample(base)) {
    frame.canvas.fill(3);
    if (frame.done) expect(frame.changed.map(({ token }) => token)).not.toContain(maskId);
  }
  const frames: Int32Array[] = [];
  for await (const frame of sample(base)) frames.push(frame.canvas);
  expect(frames.at(-1)).toEqual(clean.canvas);
  expect(base.canvas).toEqual(openCanvas({ length: 6, maskId }));
});

test("a token's draw depends on key, step and place, not on what else is asked", async () => {
  const first = async (canvas: Int32Array): Promise<number> =>
    (await finish(sample({ ...base, canvas, steps: 1 }))).canvas[0]!;
  expect(await first(Int32Array.of(9, 9, 9, 9))).toBe(await first(Int32Array.of(9, 1, 2, 3)));
});

describe("ending early", () => {
  test("an end token drops the tail once everything before it is decided", async () => {
    const endId = 7;
    const script = (place: number): number[] =>
      place >= 4 ? [0, 0, 0, 0, 0, 0, 0, 1] : [0, 0, 0, 1];
    const frames = await collect({
      ...base,
      denoiser: scriptedDenoiser({ vocabulary, script }),
      // A start token equal to the end token, as in causal models, does not count.
      canvas: openCanvas({ prompt: Int32Array.of(endId), length: 8, maskId }),
      rule: leftToRight(),
      stop: [endOfText(endId)],
    });
    expect(frames.at(-1)).toMatchObject({ done: true, reason: "stopped", open: 0, passes: 4 });
    expect([...frames.at(-1)!.canvas]).toEqual([7, 3, 3, 3, 7]);
  });

  test("maxPasses leaves places open and says so", async () => {
    const last = await finish(sample({ ...base, stop: [maxPasses(2)] }));
    expect(last).toMatchObject({ passes: 2, open: 4, reason: "steps", done: true });
  });

  test("an abort before, during and between passes ends with the signal's reason", async () => {
    const reason = new Error("enough");
    await expect(finish(sample({ ...base, signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    const during = new AbortController();
    const aborting = recorded({
      ...denoiser,
      predict: (request) => {
        during.abort(reason);
        return denoiser.predict(request);
      },
    });
    const running = finish(sample({ ...base, denoiser: aborting, signal: during.signal }));
    await expect(running).rejects.toBe(reason);
    expect(aborting.requests.length).toBe(1);
    const between = new AbortController();
    await expect(
      (async () => {
        for await (const frame of sample({ ...base, signal: between.signal })) {
          expect(frame.step).toBeLessThan(3);
          if (frame.step === 2) between.abort(reason);
        }
      })(),
    ).rejects.toBe(reason);
  });

  test("leaving the loop asks the model nothing more", async () => {
    const asked = recorded(denoiser);
    for await (const frame of sample({ ...base, denoiser: asked })) if (frame.step === 2) break;
    expect(asked.requests.length).toBe(2);
  });

  test("the model's error is the caller's error", async () => {
    const failing = { ...denoiser, predict: () => Promise.reject(new Error("no memory")) };
    await expect(finish(sample({ ...base, denoiser: failing }))).rejects.toThrow("no memory");
  });

  test("numbers that are no probabilities are an error, not a text", async () => {
    const broken = {
      ...denoiser,
      predict: async () => new Float32Array(vocabulary).fill(Number.NaN).fill(-Infinity, maskId),
    };
    const run = finish(sample({ ...base, denoiser: broken, rule: leftToRight() }));
    await expect(run).rejects.toThrow("sample: log-probabilities must be numbers");
  });
});

describe("rules beyond the table fit the same interface", () => {
  const ruleOf = (traits: { keepsRevealed: boolean; obeysSteps: boolean }, run: () => RuleRun) =>
    defineRule({ kind: "rule", name: "mine", summary: "", options: {} }, traits, run)();

  test("runs: the surest of each run of open places", async () => {
    const runs = defineRule(
      { kind: "rule", name: "runs", summary: "", options: {} },
      { keepsRevealed: true, obeysSteps: false },
      (_, context) => ({
        next: askAll(context),
        keep({ places, confidence: sure }) {
          const best: number[] = [];
          places.forEach((place, i) => {
            if (i === 0 || place > places[i - 1]! + 1) best.push(i);
            else if (sure[i]! > sure[best.at(-1)!]!) best[best.length - 1] = i;
          });
          return { keep: best };
        },
      }),
    )();
    const certainties = [5, 7, 6, 9, 4, 8];
    const script = (place: number): number[] => [certainties[place]!, 1];
    const frames = await collect({
      ...base,
      denoiser: scriptedDenoiser({ vocabulary, script }),
      rule: runs,
      processors: [greedy()],
    });
    const groups = frames.map(({ changed }) => changed.map(({ place }) => place));
    expect(groups).toEqual([[], [3], [1, 5], [0, 2, 4]]);
  });

  test("remasking: a decided place is opened again and filled anew", async () => {
    let step = 0;
    const remask = ruleOf({ keepsRevealed: false, obeysSteps: false }, () => ({
      next: (open) => (step++ === 3 ? undefined : { places: open, time: open.length / 6 }),
      keep: (proposals) => ({ ...keepAll(proposals), reopen: step === 2 ? [0] : [] }),
    }));
    const frames = await collect({ ...base, rule: remask });
    expect(frames.map(({ open }) => open)).toEqual([6, 0, 1, 0]);
    expect(frames.map(({ passes }) => passes)).toEqual([0, 1, 1, 2]);
    expect(frames[2]!.changed).toEqual([{ place: 0, token: maskId, confidence: 0 }]);
    expect(frames.map(({ done }) => done)).toEqual([false, false, false, true]);
  });

  test("remasking: a text has not ended while its end may be opened again", async () => {
    let step = 0;
    const remask = ruleOf({ keepsRevealed: false, obeysSteps: false }, () => ({
      next: (open) => (step++ === 3 ? undefined : { places: open, time: 1 }),
      keep: (proposals) => ({ ...keepAll(proposals), reopen: step === 2 ? [0] : [] }),
    }));
    const script = (_: number, __: unknown, call: number): number[] =>
      call === 0 ? [0, 0, 0, 1] : [0, 1];
    const frames = await collect({
      ...base,
      denoiser: scriptedDenoiser({ vocabulary, script }),
      rule: remask,
      stop: [endOfText(3)],
    });
    expect(frames.map(({ open }) => open)).toEqual([6, 0, 1, 0]);
    expect(frames.at(-1)).toMatchObject({ reason: "stopped", canvas: Int32Array.of(1, 3) });
  });

  test("uniform diffusion: open places hold drafts, redrawn from the posterior until the last step", async () => {
    const process = uniform({
      states: { size: vocabulary, maskId },
      schedule: createSchedule("log-linear"),
    });
    const sentence = [0, 1, 5, 3, 4, 6];
    const script = (place: number): number[] =>
      Array.from({ length: vocabulary }, (_, token) => (token === sentence[place] ? 99 : 0.1));
    const frames = await collect({
      ...base,
      denoiser: { ...scriptedDenoiser({ vocabulary, script }), process },
      canvas: Int32Array.of(9, 9, 5, 9, 9, 9),
      rule: ancestral(),
      processors: [greedy()],
      steps: 4,
    });
    expect(frames.map(({ open }) => open)).toEqual([5, 5, 5, 5, 0]);
    frames.forEach((frame) => {
      expect(frame.canvas).not.toContain(maskId);
      expect(frame.canvas[2]).toBe(5);
    });
    expect([...frames.at(-1)!.canvas]).toEqual(sentence);
    expect([...frames[0]!.canvas]).not.toEqual(sentence);
  });

  test.each<[string, RuleRun, boolean]>([
    [
      "asked for the given place 0",
      { next: () => ({ places: Int32Array.of(0), time: 1 }), keep: keepAll },
      true,
    ],
    [
      "reopened 0",
      { next: (open) => ({ places: open, time: 1 }), keep: () => ({ keep: [], reopen: [0] }) },
      false,
    ],
    [
      "reopened 1",
      { next: (open) => ({ places: open, time: 1 }), keep: () => ({ keep: [], reopen: [1] }) },
      true,
    ],
    [
      "kept proposal 7",
      { next: (open) => ({ places: open, time: 1 }), keep: () => ({ keep: [7] }) },
      true,
    ],
    ["ended with 2 open places", { next: () => undefined, keep: keepAll }, true],
    [
      "changed nothing in 5 steps",
      { next: (open) => ({ places: open, time: 1 }), keep: () => ({ keep: [] }) },
      true,
    ],
    ["rewrote 1", { next: () => ({ places: Int32Array.of(1), time: 1 }), keep: keepAll }, true],
    [
      "wrote a draft on the closed place 0",
      {
        next: (open) => ({ places: open, time: 1 }),
        keep: () => ({ keep: [], drafts: [{ place: 0, token: 1 }] }),
      },
      true,
    ],
  ])("a rule that breaks its promises is caught: %s", async (what, run, keepsRevealed) => {
    const rule = ruleOf({ keepsRevealed, obeysSteps: false }, () => run);
    const canvas = Int32Array.of(4, maskId, maskId);
    const failing = finish(sample({ ...base, canvas, rule }));
    await expect(failing).rejects.toThrow(`sample: rule mine ${what}`);
  });
});

test("the public tour: prompt, rule, frames", async () => {
  const canvas = openCanvas({ prompt: Int32Array.of(1, 2), length: 4, maskId });
  const rule = confidence();
  const last = await finish(sample({ denoiser, canvas, rule, steps: 2, key: randomKey(8) }));
  expect(last).toMatchObject({ step: 2, passes: 2, open: 0, done: true, reason: "filled" });
  expect([...last.canvas.subarray(0, 2)]).toEqual([1, 2]);
});
