/**
 * MDLM against its own published code on random weights: the losses of every schedule and plan, its
 * scores, and its three samplers replayed from recorded draws through the one loop.
 */
import { expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { randomKey } from "unmask/tensor";
import { createSchedule } from "../src/diffusion/schedules/index.ts";
import { masked } from "../src/objective/masked.ts";
import { continuousTime, discreteTime, importanceTime } from "../src/objective/masking.ts";
import type { Masking } from "../src/objective/masking.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { scoreProgram } from "../src/objective/score.ts";
import { absorbingScoreEntropy } from "../src/objective/score-entropy.ts";
import { answering } from "../src/sample/answers.ts";
import { openCanvas } from "../src/sample/canvas.ts";
import { batched } from "../src/sample/denoiser.ts";
import { rule } from "../src/sample/rule.ts";
import { createRule } from "../src/sample/rules/index.ts";
import { sample } from "../src/sample/sample.ts";
import type { SampleOptions } from "../src/sample/sample.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { systemOf } from "../src/system/index.ts";
import { ditConfig, ditWeights } from "./support/dit-golden.ts";
import { goldenJson, goldenTensors, recordedDraw, rowOf } from "./support/golden.ts";

interface Loss {
  readonly name: string;
  readonly options: {
    param: string;
    T: number;
    noise: string;
    cov: boolean;
    imp: boolean;
    tc: boolean;
  };
  readonly t: number[];
  readonly t_effective?: number[];
}

interface Goldens {
  readonly logits: readonly [{ input_ids: number[][]; subs_score_sigma: number[] }];
  readonly loss_inputs: { x0: number[][]; xt: number[][] };
  readonly losses: readonly Loss[];
}

interface Trace {
  readonly name: string;
  readonly num_steps: number;
  readonly batch: number;
  readonly length: number;
  readonly trace: number[][][];
}

const goldens = await goldenJson<Goldens>("mdlm/goldens.json");
const traces = await goldenJson<Trace[]>("mdlm/samplers.json");
const arrays = await goldenTensors("mdlm/arrays.safetensors");
const { uniforms } = await goldenTensors("mdlm/uniforms.safetensors");
const weights = ditWeights(await goldenTensors("dit/dit.safetensors"));
const config = ditConfig(weights, 4);
const runtime = cpuRuntime();
const [vocabulary, maskId] = [301, 300];
const states = { size: vocabulary, maskId };
const schedules: Record<string, string> = {
  loglinear: "log-linear",
  cosine: "cosine",
  cosinesqr: "cosine-squared",
  geometric: "geometric",
  linear: "linear",
};

/** The objective of a golden case, with the recorded noise in place of drawn noise. */
function objectiveOf({ options }: Loss) {
  const name = schedules[options.noise]!;
  const { tell: sigmaOf } = systemOf("mdlm", { schedule: name, timed: true }).create({
    ...states,
    endId: 0,
  });
  // Without time conditioning the published networks are told no noise.
  const tell = options.tc ? sigmaOf! : () => 0;
  const { xt } = goldens.loss_inputs;
  let row = 0;
  if (options.param === "sedd") {
    const { process, scoreShift: shift } = systemOf("sedd").create({ ...states, endId: 0 });
    const recorded = { ...process!, corrupt: () => Int32Array.from(xt[row++]!) };
    return absorbingScoreEntropy({ process: recorded, tell, shift: shift! });
  }
  const schedule = createSchedule(name);
  const plan =
    options.T > 0
      ? discreteTime(schedule, options.T)
      : options.cov || options.imp
        ? importanceTime(schedule)
        : continuousTime(schedule);
  const masking: Masking = (length, level, random) => {
    const hidden = Uint8Array.from(xt[row++]!, (token) => (token === maskId ? 1 : 0));
    return { ...plan(length, level, random), masked: hidden };
  };
  return masked({ maskId, masking, tell });
}

test.each(goldens.losses)("loss $name", async (golden) => {
  const { T: steps, cov, imp, noise } = golden.options;
  const { x0 } = goldens.loss_inputs;
  const [batch, length] = [x0.length, x0[0]!.length];
  const levels = Float64Array.from(golden.t, (t, i) =>
    steps > 0 ? golden.t_effective![i]! - 0.5 / steps : (t - 1e-3) / (1 - 1e-3),
  );
  const objective = objectiveOf(golden);
  const executable = await runtime.compile(
    scoreProgram({ lesson: tokenLesson(config, objective), batch, length }),
    {
      constants: weights,
    },
  );
  const windows = { x0: Int32Array.from(x0.flat()), batch, length, levels };
  const { losses } = await executable.run(objective.draw(windows, randomKey(1)));
  const want = arrays[`loss.${golden.name}.per_token.f64`]!.data;
  const schedule = createSchedule(schedules[noise]!);
  for (let row = 0; row < batch; row++) {
    // Known differences of the published code: its change of variables leaves out what the schedule
    // falls short of pure noise, its cosines begin at 1e-3 (ours at 0), and its last step of discrete
    // time ends at 1 - 1e-4.
    const late = noise.startsWith("cosine") ? 2e-3 / (1 - schedule.alpha(golden.t[row]!)) : 0;
    const slack = late + (cov || imp ? 2e-4 : steps > 0 ? 1.1e-4 : 1e-5);
    let sum = 0;
    for (const nats of want.slice(row * length, (row + 1) * length)) sum += nats;
    expect(Math.abs(losses!.data[row]! / sum - 1)).toBeLessThan(slack);
  }
});

const system = { ...systemOf("mdlm").create({ ...states, endId: 0 }), tell: () => 0 };
const inner = await canvasDenoiser({ runtime, system, config, weights, maskId, window: 24 });
const denoiser = batched(inner);

test("scores from p(x0)", async () => {
  const [{ input_ids: ids, subs_score_sigma: sigmas }] = goldens.logits;
  const schedule = createSchedule("log-linear");
  const scores = answering(denoiser, "score", system.process!);
  const want = arrays["subs_score.input1.f32"]!.data;
  for (const [row, text] of ids.entries()) {
    const masks = Int32Array.from(text.keys()).filter((place) => text[place] === maskId);
    const rows = await scores.predict({
      canvas: Int32Array.from(text),
      places: masks,
      time: schedule.inverse(Math.exp(-sigmas[row]!)),
    });
    masks.forEach((place, i) => {
      for (let token = 0; token < maskId; token++) {
        const theirs = want[(row * text.length + place) * vocabulary + token]!;
        const ours = Math.exp(rows[i * vocabulary + token]!);
        if (theirs > 1e-20) expect(Math.abs(ours / theirs - 1)).toBeLessThan(2e-4);
      }
    });
  }
});

/** A trace's row of recorded draws. */
const choose =
  (row: number): NonNullable<SampleOptions["choose"]> =>
  (law, { step, place }) =>
    recordedDraw(law, rowOf(uniforms!, step, row, place));

/** `ddpm`: token or mask at every open place, on the published grid, and the likeliest at the end. */
const joint = (steps: number, share: (t: number) => number) =>
  rule(
    { kind: "rule", name: "joint", summary: "", options: {} },
    { keepsRevealed: true, obeysSteps: false },
    () => {
      let step = 0;
      return {
        next(open) {
          if (open.length === 0) return undefined;
          const last = step === steps;
          const t = 1 - (step * (1 - 1e-5)) / steps;
          const [now, then] = [share(t), share(t - (1 - 1e-5) / steps)];
          step += 1;
          const law = (row: Float64Array): Float64Array =>
            row.map((logProb, token) =>
              token === maskId ? then : Math.exp(logProb) * (now - then),
            );
          const likeliest = (row: Float64Array): Float64Array =>
            row.map((logProb) => (logProb === Math.max(...row) ? 1 : 0));
          return { places: open, time: t, law: last ? likeliest : law };
        },
        keep: ({ tokens }) => ({ keep: [...tokens.keys()].filter((i) => tokens[i] !== maskId) }),
      };
    },
  )();

test.each(traces)("sampler $name", async (golden) => {
  const schedule = createSchedule("log-linear");
  const rules = {
    ddpm: joint(golden.num_steps, (t) => 1 - schedule.alpha(t)),
    ddpm_cache: joint(golden.num_steps, (t) => t),
    analytic: createRule("tweedie"),
  };
  for (let row = 0; row < golden.batch; row++) {
    const frames = sample({
      denoiser,
      canvas: openCanvas({ length: golden.length, maskId }),
      rule: rules[golden.name as keyof typeof rules],
      steps: golden.num_steps + 1,
      choose: choose(row),
      key: randomKey(1),
    });
    const canvases: number[][] = [];
    for await (const { canvas } of frames) canvases.push([...canvas]);
    golden.trace.forEach((want, step) =>
      expect(canvases[Math.min(step, canvases.length - 1)]).toEqual(want[row]),
    );
  }
});
