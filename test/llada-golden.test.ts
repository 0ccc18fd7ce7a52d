/**
 * LLaDA's log-probabilities, and its losses and likelihood on recorded masks, against the published code.
 *
 * The published code lets the network propose the mask, which is then one of the tokens that share
 * the probability; ours forbids it. So the network gets a second mask, which it reads like the
 * first: it is forbidden, and the first stays among the tokens.
 */
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import {
  crossEntropy,
  floats,
  input,
  mul,
  program,
  randomKey,
  randomStream,
  referenceRuntime,
} from "unmask/tensor";
import type { Runtime, Value } from "unmask/tensor";
import { loadConstants } from "../src/checkpoint/constants.ts";
import { kindOf } from "../src/checkpoint/model-config.ts";
import { logLinear } from "../src/diffusion/schedules/log-linear.ts";
import { fixedNetwork, forbid } from "../src/model/network.ts";
import { parameterInputs } from "../src/nn/parameter.ts";
import { transformerParameters } from "../src/model/transformer.ts";
import { masked } from "../src/objective/masked.ts";
import { continuousTime, exactCount } from "../src/objective/masking.ts";
import type { Masking } from "../src/objective/masking.ts";
import type { Batch } from "../src/objective/objective.ts";
import { canvasDenoiser } from "../src/system/denoisers/canvas.ts";
import { goldenJson, rowOf } from "./support/golden.ts";
import { goldenFamily, goldenLogits, goldenNetwork } from "./support/published.ts";

interface Losses {
  readonly pretrain: {
    readonly x0: number[][];
    readonly xt: number[][];
    readonly t: number[];
    readonly p_mask: number[];
    readonly token_losses_over_p_mask_row_major_masked_f64: number[];
    readonly loss_f64: number;
  };
  readonly sft: {
    readonly x0: number[][];
    readonly noisy: number[][];
    readonly prompt_lengths: number[];
    readonly p_mask: number[];
    readonly token_losses_over_p_mask_row_major_masked_f64: number[];
    readonly loss_f64: number;
  };
  readonly log_likelihood: {
    readonly prompt: number[];
    readonly answer: number[];
    readonly cfg_scale: number;
    readonly masked_batches: number[][][];
    readonly mask_ratio_k_over_L: number[][];
    readonly log_likelihood_f64: number;
  }[];
}

const golden = await goldenJson<Losses>("published/llada/losses.json");
const { config: model, weights: stored } = await goldenNetwork("llada", "checkpoint");
const { transformer: published } = model;
const { maskId: oldMask } = model.published!;
const tensors = await loadConstants(stored);
const maskId = published.vocabulary;
const config = { ...published, vocabulary: maskId + 1 };

/** The checkpoint with one more row of embedding and output, which repeats the mask's. */
const weights = Object.fromEntries(
  Object.entries(tensors).map(([name, value]) =>
    name === "embed.weight" || name === "head.weight"
      ? [name, withSecondMask(value)]
      : [name, value],
  ),
);

function withSecondMask({ data, shape }: Value): Value {
  const [rows, width] = shape as [number, number];
  const row = data.slice(oldMask * width, (oldMask + 1) * width);
  return floats([rows + 1, width], [...data, ...row]);
}

/** Recorded masks of a batch's rows, one row after the other, weighed as `weigh` says. */
function replay(
  rows: readonly (readonly number[])[],
  weigh: Masking,
  starts?: readonly number[],
): Masking {
  let row = 0;
  return (length, level, random) => {
    const recorded = rows[row]!.slice(starts?.[row] ?? 0);
    row += 1;
    const places = Uint8Array.from(recorded, (token) => (token === oldMask ? 1 : 0));
    return { ...weigh(length, level, random), masked: places };
  };
}

/** The loss of every row, and of every token of it. */
async function losses(runtime: Runtime, batch: Batch, masking: Masking) {
  const objective = masked({ maskId, masking });
  const specs = objective.inputs(batch.batch, batch.length);
  const inputs = Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [name, input(name, shape, dtype)]),
  );
  const network = fixedNetwork(
    config,
    parameterInputs(transformerParameters(config)),
    batch.length,
  );
  const logits = forbid(network(inputs["tokens"]!), maskId);
  const each = mul(inputs["weights"]!, crossEntropy(logits, inputs["targets"]!).loss);
  const rows = objective.losses(inputs, network);
  const executable = await runtime.compile(program({ name: "losses", outputs: { rows, each } }), {
    constants: weights,
  });
  const result = await executable.run(objective.draw(batch, randomKey(1)));
  await executable.dispose();
  return { rows: Array.from(result["rows"]!.data), tokens: Array.from(result["each"]!.data) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const relative = (got: number, wanted: number): number => Math.abs(got / wanted - 1);

/** LLaDA's law of masks: the level is its t, the masking rate its p_mask. */
const pretraining = continuousTime(logLinear({ eps: 0 }));

describe.each([
  ["reference", referenceRuntime(), 1e-6],
  ["cpu", cpuRuntime(), 1e-5],
])("on %s", (_, runtime, tolerance) => {
  const close = (got: readonly number[], wanted: readonly number[]): void => {
    expect(got).toHaveLength(wanted.length);
    got.forEach((value, i) => expect(relative(value, wanted[i]!)).toBeLessThan(tolerance));
  };

  test("log-probabilities", async () => {
    const { vocabulary } = published;
    const denoiser = await canvasDenoiser({
      runtime,
      system: kindOf(model).create({ size: vocabulary, maskId: oldMask, endId: 0 }),
      config: published,
      weights: tensors,
      maskId: oldMask,
      window: model.length,
    });
    const [given] = (await goldenFamily("llada")).logits;
    const { input1: logits } = await goldenLogits("llada");
    for (const [index, ids] of given!.ids.entries()) {
      const canvas = Int32Array.from(ids);
      const places = Int32Array.from(given!.rows);
      const [rows] = await denoiser.predictBatch([{ canvas, places, time: 1 }]);
      for (const row of places.keys()) {
        const theirs = rowOf(logits!, index, row);
        // Logits up to a constant of the row, which log-probabilities lose.
        const shift = theirs[0]! - rows![row * vocabulary]!;
        for (const [token, logit] of theirs.entries())
          if (token !== oldMask)
            expect(Math.abs(rows![row * vocabulary + token]! + shift - logit)).toBeLessThan(3e-4);
      }
    }
  });

  test("pre-training", async () => {
    const {
      x0,
      xt,
      t,
      token_losses_over_p_mask_row_major_masked_f64: each,
      loss_f64,
    } = golden.pretrain;
    const [batch, length] = [x0.length, x0[0]!.length];
    const windows = {
      x0: Int32Array.from(x0.flat()),
      batch,
      length,
      levels: Float64Array.from(t),
    };
    const { rows, tokens } = await losses(runtime, windows, replay(xt, pretraining));
    close(
      tokens.filter((loss) => loss !== 0),
      each,
    );
    close([sum(rows) / (batch * length)], [loss_f64]);
  });

  test("fine-tuning: prompts are given, answers weigh the same", async () => {
    const {
      x0,
      noisy,
      prompt_lengths: prompts,
      token_losses_over_p_mask_row_major_masked_f64: each,
      loss_f64,
    } = golden.sft;
    const [batch, length] = [x0.length, x0[0]!.length];
    const windows = {
      x0: Int32Array.from(x0.flat()),
      given: Uint8Array.from(
        x0.flatMap((row, r) => row.map((_token, place) => (place < prompts[r]! ? 1 : 0))),
      ),
      batch,
      length,
      levels: Float64Array.from(golden.pretrain.t),
    };
    const { rows, tokens } = await losses(runtime, windows, replay(noisy, pretraining, prompts));
    const answers = prompts.map((prompt) => length - prompt);
    close(
      tokens
        .map((loss, at) => loss * (answers[Math.floor(at / length)]! / length))
        .filter((loss) => loss !== 0),
      each,
    );
    close([sum(rows) / (batch * length)], [loss_f64]);
  });

  test("likelihood by exactly k masks", async () => {
    const [{ prompt, answer, masked_batches, mask_ratio_k_over_L, log_likelihood_f64 }] =
      golden.log_likelihood.filter(({ cfg_scale }) => cfg_scale === 0) as [
        Losses["log_likelihood"][0],
      ];
    const batch = masked_batches[0]!.length;
    const length = prompt.length + answer.length;
    const text = [...prompt, ...answer];
    const estimates: number[] = [];
    for (const [i, recorded] of masked_batches.entries()) {
      const windows = {
        x0: Int32Array.from({ length: batch * length }, (_place, at) => text[at % length]!),
        given: Uint8Array.from({ length: batch * length }, (_place, at) =>
          at % length < prompt.length ? 1 : 0,
        ),
        batch,
        length,
        // A level inside the k-th part of [0, 1) is k masks.
        levels: Float64Array.from(mask_ratio_k_over_L[i]!, (ratio) => ratio - 0.5 / answer.length),
      };
      const starts = recorded.map(() => prompt.length);
      const { rows } = await losses(runtime, windows, replay(recorded, exactCount(), starts));
      estimates.push((sum(rows) / batch) * (answer.length / length));
    }
    close([-sum(estimates) / estimates.length], [log_likelihood_f64]);
  });
});

test("masking rates are the published ones", () => {
  golden.pretrain.t.forEach((t, i) => {
    const { time, weight } = pretraining(1, t, randomStream(randomKey(1)));
    expect(relative(time, golden.pretrain.p_mask[i]!)).toBeLessThan(1e-7);
    expect(relative(weight, 1 / golden.pretrain.p_mask[i]!)).toBeLessThan(1e-7);
  });
});
