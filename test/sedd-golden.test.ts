/**
 * SEDD against its own published code on random weights: log-scores, the score-entropy loss, and both
 * samplers replayed from recorded draws through the one loop.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { floats, randomKey } from "unmask/tensor";
import { createSchedule } from "../src/diffusion/schedules/index.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { scoreProgram } from "../src/objective/score.ts";
import {
  absorbingScoreEntropy,
  directScores,
  uniformScoreEntropy,
} from "../src/objective/score-entropy.ts";
import { batched } from "../src/sample/denoiser.ts";
import { createRule } from "../src/sample/rules/index.ts";
import { sample } from "../src/sample/sample.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { systemOf } from "../src/system/index.ts";
import { ditConfig, ditWeights } from "./support/dit-golden.ts";
import type { Weights } from "./support/dit-golden.ts";
import { goldenJson, goldenTensors, recordedDraw, rowOf } from "./support/golden.ts";

interface Goldens {
  readonly logits: readonly { name: string; input_ids: number[][]; sigma: number[] }[];
  readonly losses: readonly {
    name: string;
    graph: string;
    noise: string;
    x0: number[][];
    xt: number[][];
    t: number[];
    loss_sum_over_length_f64: number[];
  }[];
}

interface Trace {
  readonly name: string;
  readonly predictor: string;
  readonly graph: string;
  readonly steps: number;
  readonly projected: { positions: number[]; tokens: number[] } | null;
  readonly trace: number[][][];
}

const goldens = await goldenJson<Goldens>("sedd/goldens.json");
const traces = await goldenJson<Trace[]>("sedd/samplers.json");
const scores = await goldenTensors("sedd/scores.safetensors");
const uniforms = await goldenTensors("sedd/uniforms.safetensors");
const runtime = cpuRuntime();
const tokens = 300;
const states = { size: tokens + 1, maskId: tokens };

/** The published network of the uniform graph knows no mask: a row for ours, which nobody reads. */
function withMask(weights: Weights): Weights {
  const width = weights["embed.weight"]!.shape[1]!;
  const longer = (name: string, shape: number[]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    data.set(weights[name]!.data);
    return floats(shape, data);
  };
  return {
    ...weights,
    "embed.weight": longer("embed.weight", [tokens + 1, width]),
    "head.weight": longer("head.weight", [tokens + 1, width]),
    "head.bias": longer("head.bias", [tokens + 1]),
  };
}

async function modelOf(graph: string) {
  const published = ditWeights(await goldenTensors(`sedd/${graph}.safetensors`));
  const weights = graph === "uniform" ? withMask(published) : published;
  const system = systemOf("sedd", { graph }).create({ ...states, endId: 0 });
  return { config: ditConfig(weights, 4), weights, system };
}

describe.each(["absorb", "uniform"])("SEDD, graph %s", async (graph) => {
  const { config, weights, system } = await modelOf(graph);
  const { maskId } = states;
  const inner = await canvasDenoiser({ runtime, system, config, weights, maskId, window: 24 });
  const schedule = createSchedule(graph === "absorb" ? "log-linear" : "geometric");

  test("log-scores", async () => {
    const { input_ids: ids, sigma } = goldens.logits.find(({ name }) => name.includes(graph))!;
    const want = scores[`log_score.${graph}.input1.f32`]!;
    const width = want.shape[2]!;
    const answers = await inner.predictBatch(
      ids.map((row, i) => ({
        canvas: Int32Array.from(row),
        places: Int32Array.from(row.keys()),
        time: schedule.inverse(Math.exp(-sigma[i]!)),
      })),
    );
    let worst = 0;
    ids.forEach((row, r) =>
      row.forEach((current, place) => {
        for (let token = 0; token < tokens; token++) {
          const ours = answers[r]![place * states.size + token]!;
          const theirs = want.data[(r * row.length + place) * width + token]!;
          worst = Math.max(worst, Math.abs(ours - theirs));
        }
        // The mask's score is 0 where it stands and nothing elsewhere.
        const own = answers[r]![place * states.size + maskId]!;
        expect(own).toBe(current === maskId ? 0 : -Infinity);
      }),
    );
    expect(worst).toBeLessThan(1e-4);
  });

  test.each(goldens.losses.filter((loss) => loss.graph === graph))("loss $name", async (golden) => {
    const { x0, xt, t } = golden;
    const name = golden.noise === "loglinear" ? "log-linear" : golden.noise;
    const paired = systemOf("sedd", { graph, schedule: name }).create({ ...states, endId: 0 });
    let row = 0;
    // The recorded noise in place of a draw.
    const process = {
      ...paired.process!,
      corrupt: () => Int32Array.from(xt[row++ % xt.length]!),
    };
    const tell = paired.tell!;
    const objective =
      graph === "absorb"
        ? absorbingScoreEntropy({ process, tell, shift: paired.scoreShift! })
        : uniformScoreEntropy({ process, tell, scores: directScores });
    const [batch, length] = [x0.length, x0[0]!.length];
    const executable = await runtime.compile(
      scoreProgram({ lesson: tokenLesson(config, objective), batch, length }),
      {
        constants: weights,
      },
    );
    const levels = Float64Array.from(t, (time) => (time - 1e-3) / (1 - 1e-3));
    const windows = { x0: Int32Array.from(x0.flat()), batch, length, levels };
    const { losses } = await executable.run(objective.draw(windows, randomKey(1)));
    golden.loss_sum_over_length_f64.forEach((want, i) =>
      expect(Math.abs(losses!.data[i]! - want)).toBeLessThan(1e-5 * Math.abs(want) + 1e-6),
    );
  });

  test.each(traces.filter((trace) => trace.graph === graph))("sampler $name", async (golden) => {
    const start = golden.trace[0]![0]!;
    const projected = golden.projected?.positions ?? [];
    const given = golden.projected?.tokens ?? [];
    const canvas = Int32Array.from(start);
    projected.forEach((place, i) => (canvas[place] = given[i]!));
    const open = Int32Array.from(start.keys()).filter((place) => !projected.includes(place));
    const steps = uniforms[`uniforms.${graph}.steps`]!;
    const last = uniforms[`uniforms.${graph}.denoiser`]!;
    const choose = (law: Float64Array, { step, place }: { step: number; place: number }) =>
      recordedDraw(law, step < golden.steps ? rowOf(steps, step, 0, place) : rowOf(last, 0, place));
    const rule = createRule(golden.predictor === "analytic" ? "tweedie" : "euler");
    const frames = sample({
      denoiser: batched(inner),
      canvas,
      open,
      rule,
      steps: golden.steps + 1,
      choose,
      key: randomKey(1),
    });
    const canvases: number[][] = [];
    for await (const frame of frames) canvases.push([...frame.canvas]);
    // Ours ends when nothing is open. The published loop goes on, and draws at given places, which it
    // puts right before the next step.
    golden.trace.forEach(([want], step) => {
      const ours = canvases[Math.min(step, canvases.length - 1)]!;
      expect(Array.from(open, (place) => ours[place])).toEqual(
        Array.from(open, (place) => want![place]),
      );
    });
  });
});
