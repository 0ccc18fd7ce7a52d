/**
 * Five steps of a small transformer against PyTorch's: gradients, clipping, AdamW, moving average.
 *
 * `golden/optimiser` holds batches, initial weights and the results of PyTorch in float64.
 */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import {
  crossEntropy,
  floats,
  input,
  integers,
  mul,
  program,
  referenceRuntime,
  sum,
} from "unmask/tensor";
import type { Runtime, Value } from "unmask/tensor";
import { decodeSafetensors } from "../src/checkpoint/safetensors.ts";
import { fixedNetwork } from "../src/model/network.ts";
import { transformerParameters } from "../src/model/transformer.ts";
import type { TransformerConfig } from "../src/model/transformer.ts";
import { parameterInputs } from "../src/nn/parameter.ts";
import type { Objective } from "../src/objective/objective.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { initialState, stepPrograms, stepScalars } from "../src/train/step.ts";
import type { StepOptions } from "../src/train/step.ts";

interface Golden {
  batches: { x0: number[][]; xt: number[][]; mask: number[][]; masked_tokens: number }[];
  loss_per_step_f64: number[];
  grad_norm_before_clip_f64: number[];
}

const folder = new URL("./golden/optimiser/", import.meta.url);
const golden = JSON.parse(await readFile(new URL("goldens.json", folder), "utf8")) as Golden;
const tensors = async (file: string): Promise<Readonly<Record<string, Value>>> =>
  decodeSafetensors(await readFile(new URL(`${file}.safetensors`, folder)), file).tensors;

const [batch, length] = [6, 16];
const config: TransformerConfig = {
  vocabulary: 22,
  layers: 2,
  heads: 2,
  keyValueHeads: 2,
  width: 32,
  hidden: 128,
  norm: "layer",
  normEpsilon: 1e-5,
  mlp: "gelu",
  mlpBias: false,
  rotaryBase: 10000,
  tied: false,
  attention: { kind: "bidirectional" },
  conditionWidth: 0,
};

/** The mean over all masked places of the batch, written as our per-window sums. */
const meanOverMasked: Objective = {
  exact: false,
  inputs: () => ({
    tokens: { shape: [batch, length], dtype: "int32" },
    targets: { shape: [batch, length], dtype: "int32" },
    weights: { shape: [batch, length], dtype: "float32" },
  }),
  draw: () => ({}),
  losses: ({ tokens, targets, weights }, network) =>
    sum(mul(weights!, crossEntropy(network(tokens!), targets!).loss), [1]),
};

function inputsOf({ x0, xt, mask, masked_tokens }: Golden["batches"][number]) {
  const scale = (batch * length) / masked_tokens;
  return {
    tokens: integers([batch, length], xt.flat()),
    targets: integers([batch, length], x0.flat()),
    weights: floats(
      [batch, length],
      mask.flat().map((m) => m * scale),
    ),
  };
}

const options: StepOptions = {
  lesson: tokenLesson(config, meanOverMasked),
  batch,
  length,
  optimizer: { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1 },
  clip: 1,
  ema: 0.99,
  dropout: 0,
  accumulate: 1,
};

function worst(
  got: Readonly<Record<string, Value>>,
  want: Readonly<Record<string, Value>>,
  rename = (n: string) => n,
) {
  let difference = 0;
  for (const [name, { data }] of Object.entries(want))
    data.forEach((value, i) => {
      const here = Math.abs(got[rename(name)]!.data[i]! - value);
      if (!(here <= difference)) difference = here;
    });
  return difference;
}

// Tolerances: what float32 needs (the golden README's), and what double precision must reach.
const runtimes: [
  string,
  Runtime,
  { loss: number; weights: number; average: number; logits: number },
][] = [
  ["reference", referenceRuntime(), { loss: 1e-10, weights: 1e-10, average: 1e-10, logits: 1e-10 }],
  ["cpu", cpuRuntime(), { loss: 5e-6, weights: 3e-5, average: 3e-6, logits: 5e-6 }],
];

describe.each(runtimes)("five steps on %s", (_, runtime, tolerance) => {
  test("logits", async () => {
    const weights = parameterInputs(transformerParameters(config));
    const network = fixedNetwork(config, weights, length);
    const tokens = input("tokens", [batch, length], "int32");
    const forward = program({ name: "forward", outputs: { logits: network(tokens) } });
    const executable = await runtime.compile(forward);
    const { tokens: xt } = inputsOf(golden.batches[0]!);
    const { logits } = await executable.run({ ...(await tensors("init")), tokens: xt });
    const want = (await tensors("logits_step1"))["logits.f64"]!;
    expect(worst({ logits: logits! }, { logits: want })).toBeLessThan(tolerance.logits);
  });

  test("losses, norms, weights and averages", async () => {
    const store = await runtime.store(initialState(await tensors("init"), options));
    const step = await runtime.compile(stepPrograms(options).batch, { store });
    const average = {
      forget: { dtype: "float32", shape: [], data: Float64Array.of(0.01) },
    } as const;
    for (let n = 1; n <= 5; n++) {
      const scalars = { ...stepScalars(options, n, 1e-3), ...average };
      const drawn = Object.entries(inputsOf(golden.batches[n - 1]!)).map(
        ([name, value]) => [`batch/${name}`, value] as const,
      );
      const { loss, norm } = await step.run({ ...Object.fromEntries(drawn), ...scalars });
      const wantNorm = golden.grad_norm_before_clip_f64[n - 1]!;
      expect(Math.abs(loss!.data[0]! - golden.loss_per_step_f64[n - 1]!)).toBeLessThan(
        tolerance.loss,
      );
      expect(Math.abs(norm!.data[0]! / wantNorm - 1)).toBeLessThan(2 * tolerance.loss);
      if (n === 1)
        expect(worst(await store.read(), await tensors("weights_step1.f64"))).toBeLessThan(
          tolerance.weights,
        );
    }
    const state = await store.read();
    expect(worst(state, await tensors("weights_step5.f64"))).toBeLessThan(tolerance.weights);
    expect(worst(state, await tensors("ema_step5.f64"), (n) => `average/${n}`)).toBeLessThan(
      tolerance.average,
    );
  });
});
