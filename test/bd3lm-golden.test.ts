/**
 * BD3-LM against its own published code on random weights: training logits under the three-part mask,
 * losses, the key/value cache, and its samplers replayed from recorded draws through the one loop.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { constant, input, integers, program, randomKey } from "unmask/tensor";
import { logSoftmax } from "../src/diffusion/categorical.ts";
import { createSchedule } from "../src/diffusion/schedules/index.ts";
import { fixedNetwork } from "../src/model/network.ts";
import { transformerParameters } from "../src/model/transformer.ts";
import { timeFeatures } from "../src/nn/time.ts";
import { parameterInputs } from "../src/nn/parameter.ts";
import { masked } from "../src/objective/masked.ts";
import type { Masking } from "../src/objective/masking.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { scoreProgram } from "../src/objective/score.ts";
import { openCanvas } from "../src/sample/canvas.ts";
import type { Processor } from "../src/sample/processor.ts";
import { keepAll, rule } from "../src/sample/rule.ts";
import type { Rule } from "../src/sample/rule.ts";
import { sample } from "../src/sample/sample.ts";
import { cachedDenoisers } from "../src/system/denoisers/cached.ts";
import { systemOf } from "../src/system/index.ts";
import { ditConfig, ditWeights } from "./support/dit-golden.ts";
import { goldenJson, goldenTensors, recordedDraw, rowOf } from "./support/golden.ts";
import { relativeError } from "./support/op-cases.ts";

interface Goldens {
  readonly logits: readonly [
    { x_t: number[][]; x_0: number[][] },
    { clean: number[][]; noisy_blocks: number[][][] },
  ];
  readonly loss_inputs: { x0: number[][]; t_per_block: number[][] };
  readonly losses: readonly {
    name: string;
    loss_scale: number[][];
    move_chance?: number[][];
    xt?: number[][];
  }[];
}

interface Trace {
  readonly name: string;
  readonly params: {
    num_steps: number;
    kv_cache: boolean;
    first_hitting: boolean;
    nucleus_p: number;
  };
  readonly nfe: number;
  readonly t_of_each_update: number[];
  readonly first_hitting_index_among_masked: number[];
  readonly trace: number[][];
}

const goldens = await goldenJson<Goldens>("bd3lm/goldens.json");
const traces = await goldenJson<Trace[]>("bd3lm/samplers.json");
const arrays = await goldenTensors("bd3lm/arrays.safetensors");
const { uniforms } = await goldenTensors("bd3lm/uniforms.safetensors");
const weights = ditWeights(await goldenTensors("bd3lm/model.safetensors"));
const [block, length, vocabulary, maskId] = [4, 24, 301, 300];
const config = ditConfig(weights, 4, { kind: "block", size: block });
const runtime = cpuRuntime();
const system = systemOf("bd3lm", { block }).create({ size: vocabulary, maskId, endId: 1 });
/** Not told the time, and yet modulated by it: by that of no noise. */
const timeless = { ...system, tell: () => 0 };
const denoisers = (cache: boolean) =>
  cachedDenoisers({
    runtime,
    system: timeless,
    config,
    weights,
    maskId,
    window: length,
    beginId: 1,
    cache,
  });

test("training logits: noisy blocks beside the clean text", async () => {
  const [{ x_t: xt, x_0: x0 }] = goldens.logits;
  const shape = [xt.length, length];
  const network = fixedNetwork(config, parameterInputs(transformerParameters(config)), length);
  const logits = network(input("xt", shape, "int32"), {
    clean: input("x0", shape, "int32"),
    time: constant(timeFeatures(xt.map(() => 0))),
  });
  const executable = await runtime.compile(program({ name: "paired", outputs: { logits } }), {
    constants: weights,
  });
  const result = await executable.run({
    xt: integers(shape, xt.flat()),
    x0: integers(shape, x0.flat()),
  });
  const want = arrays["logits.train_xt_x0.f32"]!.data;
  result["logits"]!.data.forEach((value, i) => {
    if (!(Math.abs(value - want[i]!) < 1e-4)) expect(value).toBe(want[i]);
  });
});

test("the cache: each block, noisy, after the clean ones before it", async () => {
  const [, { clean, noisy_blocks: noisy }] = goldens.logits;
  const want = arrays["logits.kv_cache_walk.f32"]!;
  const make = await denoisers(true);
  for (const [row, text] of clean.entries()) {
    const denoiser = make();
    for (let b = 0; b < length / block; b++) {
      const start = b * block;
      const canvas = Int32Array.from([...text.slice(0, start), ...noisy[b]![row]!]);
      const places = Int32Array.from({ length: block }, (_, i) => start + i);
      const rows = await denoiser.predict({ canvas, places, time: 1 });
      for (let i = 0; i < block; i++) {
        const at = ((row * noisy.length + b) * block + i) * vocabulary;
        const logits = want.data.slice(at, at + vocabulary);
        logits[maskId] = -Infinity;
        const ours = rows.slice(i * vocabulary, (i + 1) * vocabulary - 1);
        const theirs = logSoftmax(Float64Array.from(logits)).slice(0, maskId);
        expect(relativeError(ours, Float32Array.from(theirs))).toBeLessThan(2e-5);
      }
    }
  }
});

describe("losses", () => {
  const { x0, t_per_block: times } = goldens.loss_inputs;
  const names: Record<string, () => ReturnType<typeof createSchedule>> = {
    loglinear: () => createSchedule("log-linear"),
    square: () => createSchedule("polynomial", { power: 2 }),
    square_root: () => createSchedule("polynomial", { power: 0.5 }),
    log: () => createSchedule("log"),
    cosine: () => createSchedule("cosine"),
  };

  test.each(Object.keys(names))("schedule %s: weights and mask rates", (name) => {
    const schedule = names[name]!();
    const golden = goldens.losses.find((loss) => loss.name === name)!;
    times.flat().forEach((t, i) => {
      const moved = golden.move_chance!.flat()[i]!;
      // Below this the published square schedule stands still, while its weight goes on.
      if (name === "square" && t ** 2 < 1e-3) return;
      // Published schedules begin or end at 0 or at 1e-3; ours all begin at 0 and end at 1e-3.
      expect(Math.abs(1 - schedule.alpha(t) - moved)).toBeLessThan(1.01e-3);
      // For the same reason weights differ by that much of the rate, twice for the cosine, to whose
      // denominator 1e-3 is added.
      const weight = -golden.loss_scale.flat()[i]!;
      const slack = name === "cosine" ? 2e-3 / (moved - 1e-3) : 1e-3;
      expect(Math.abs(schedule.weight(t) / weight - 1)).toBeLessThan(slack + 1e-3);
    });
  });

  // With `ignore_bos` the first place is put back after the fact, which no plan of masks does.
  const cases = goldens.losses.filter(({ name }) => name !== "loglinear_ignore_bos");
  test.each(cases)("$name", async ({ name, xt, loss_scale: scale }) => {
    let at = 0;
    // The recorded masks and weights in place of drawn ones, block after block.
    const masking: Masking = (size) => {
      const [row, index] = [Math.floor(at / 6), at % 6];
      at += 1;
      const hidden = Uint8Array.from({ length: size }, (_, i) =>
        (xt?.[row]![index * block + i] ?? maskId) === maskId ? 1 : 0,
      );
      return { masked: hidden, weight: -scale[row]![index]!, time: 0 };
    };
    // All of its networks are told the time, of no noise.
    const objective = masked({ maskId, block, masking, tell: () => 0 });
    const batch = x0.length;
    const executable = await runtime.compile(
      scoreProgram({ lesson: tokenLesson(config, objective), batch, length }),
      {
        constants: weights,
      },
    );
    const inputs = objective.draw({ x0: Int32Array.from(x0.flat()), batch, length }, randomKey(1));
    const { losses } = await executable.run(inputs);
    const want = arrays[`loss.${name}.nlls.f64`]!.data;
    // The last row has places that its attention mask leaves out of the loss.
    for (const row of [0, 1]) {
      let sum = 0;
      for (const nats of want.slice(row * length, (row + 1) * length)) sum += nats;
      expect(Math.abs(losses!.data[row]! - sum)).toBeLessThan(1e-5 * sum);
    }
  });
});

/** The published nucleus leaves out the token that crosses the limit. */
const nucleus =
  (p: number): Processor =>
  (logProbs) => {
    const order = [...logProbs.keys()].toSorted((a, b) => logProbs[b]! - logProbs[a]!);
    const kept = new Set<number>();
    let mass = 0;
    for (const token of order) {
      mass += Math.exp(logProbs[token]!);
      if (kept.size > 0 && mass > p) break;
      kept.add(token);
    }
    return logProbs.map((logProb, token) => (kept.has(token) ? logProb : -Infinity));
  };

/** Its two samplers as rules that follow the record. */
function recordedRule({ params, t_of_each_update: times, ...golden }: Trace): Rule {
  let update = 0;
  const docs = { kind: "rule", name: "recorded", summary: "", options: {} } as const;
  const traits = { keepsRevealed: true, obeysSteps: false };
  if (params.first_hitting)
    return rule(docs, traits, () => ({
      next: (open) =>
        open.length === 0
          ? undefined
          : {
              places: Int32Array.of(open[golden.first_hitting_index_among_masked[update]!]!),
              time: times[update++]!,
            },
      keep: keepAll,
    }))();
  return rule(docs, traits, () => ({
    next(open) {
      if (open.length === 0) return undefined;
      const t = times[update++]!;
      const stay = (t - 1 / params.num_steps) / t;
      const law = (row: Float64Array): Float64Array =>
        row.map((logProb, token) => (token === maskId ? stay : Math.exp(logProb) * (1 - stay)));
      return { places: open, time: t, law };
    },
    keep: ({ tokens }) => ({ keep: [...tokens.keys()].filter((i) => tokens[i] !== maskId) }),
  }))();
}

test.each(traces)("sampler $name", async (golden) => {
  const make = await denoisers(golden.params.kv_cache);
  const canvas = openCanvas({ prompt: Int32Array.of(0), length: 15, maskId });
  const frames = sample({
    denoiser: make(),
    canvas,
    rule: recordedRule(golden),
    processors: golden.params.nucleus_p < 1 ? [nucleus(golden.params.nucleus_p)] : [],
    choose: (law, { step, place }) => recordedDraw(law, rowOf(uniforms!, step, place % block)),
    key: randomKey(1),
  });
  let update = 0;
  for await (const frame of frames) {
    if (frame.step === 0) continue;
    const want = golden.trace[update++]!;
    expect([...frame.canvas.subarray(0, want.length)]).toEqual(want);
  }
  expect(update).toBe(golden.trace.length);
});
