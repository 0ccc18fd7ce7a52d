/**
 * From the trained networks of a latent system to what sampling asks: texts to latents, noisy latents to
 * guesses, latents to an autoregressive denoiser that says them.
 *
 * @module
 */
import { clip, dynamicThreshold } from "../../diffusion/gaussian/guidance.ts";
import { denormalise, normalise } from "../../diffusion/gaussian/moments.ts";
import type { Moments } from "../../diffusion/gaussian/moments.ts";
import {
  decode,
  decoderParameters,
  decoderPlaces,
  encode,
  encoderParameters,
  latentFront,
} from "../../model/embedder.ts";
import type { EmbedderConfig } from "../../model/embedder.ts";
import { latentTransformer, latentTransformerParameters } from "../../model/latent-transformer.ts";
import { cacheName, forbid } from "../../model/network.ts";
import { backbone, transformerParameters } from "../../model/transformer.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { parameterInputs, scope, under } from "../../nn/parameter.ts";
import { timeFeatureCount, timeFeatures } from "../../nn/time.ts";
import { shiftRight } from "../../objective/next-token.ts";
import { paragraphs } from "../../objective/reconstruction.ts";
import type { LatentDenoiser, LatentRequest } from "../../sample/denoise.ts";
import type { Denoiser } from "../../sample/denoiser.ts";
import { cast, crossEntropy, floats, input, mul, program, sum } from "../../tensor/index.ts";
import type { Constant, Executable, Program, Runtime, Value } from "../../tensor/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import type { LatentSystem } from "../latent-system.ts";
import { cachedDenoisers } from "./cached.ts";

export interface LatentModelOptions {
  readonly runtime: Runtime;
  readonly system: LatentSystem;
  readonly weights: Readonly<Record<string, Constant>>;
  readonly moments: Moments;
  readonly tokenizer: Pick<Tokenizer, "maskId" | "endId">;
}

/** The networks at work. Latents are normalised, [latents * dimension]. */
export interface LatentModel {
  /** Texts of at most a paragraph's length, in one forward pass. */
  encode(texts: readonly Int32Array[]): Promise<Float64Array[]>;
  /** The nearest latents that the encoder might have said. */
  inRange(latents: Float64Array): Float64Array;
  /** Says latents in words, noise and all; makes a denoiser for each `sample()`. */
  speaker(latents: Float64Array): Promise<() => Denoiser>;
  dispose(): Promise<void>;
}

/** Compiles the embedder: enough to take texts apart and to say latents again. */
export async function openEmbedder(options: LatentModelOptions): Promise<LatentModel> {
  const { runtime, system, weights, moments, tokenizer } = options;
  const { length, latents, dimension, decoder } = system.embedder;
  const encoder = await compile(runtime, encoderProgram(system), weights);
  const decoderWeights = scope(weights, "decoder");
  const front = await compile(runtime, frontProgram(system), decoderWeights);
  const open = await cachedDenoisers({
    runtime,
    config: decoder,
    system: { process: undefined, sees: "before" },
    weights: ofNetwork(decoderWeights, decoder),
    maskId: tokenizer.maskId,
    beginId: tokenizer.endId,
    window: length,
  });
  return {
    async encode(texts) {
      const { tokens, present } = paragraphs(texts, length);
      const { mean } = await encoder.run({ tokens, present });
      const size = latents * dimension;
      return texts.map((_, row) =>
        normalise(mean!.data.subarray(row * size, (row + 1) * size), moments),
      );
    },
    inRange: (some) => normalise(clip(denormalise(some, moments), system.range), moments),
    async speaker(some) {
      const raw = denormalise(some, moments);
      const value = floats([1, latents, dimension], Float32Array.from(raw));
      const results = await front.run({ latents: value });
      return () => open(undefined, { length: latents, results });
    },
    async dispose() {
      await encoder.dispose();
      await front.dispose();
    },
  };
}

/** Compiles the diffusion network. */
export async function openLatentDenoiser(options: LatentModelOptions): Promise<LatentDenoiser> {
  const { runtime, system, weights, moments } = options;
  const { diffusion, times, tell, range, quantile, planner } = system;
  const { latents, dimension } = planner;
  const size = latents * dimension;
  const network = await compile(runtime, plannerProgram(system), weights);
  return {
    size,
    diffusion,
    times,
    async guess(requests) {
      const stack = (of: (request: LatentRequest) => Float64Array | undefined): Value => {
        const data = new Float32Array(requests.length * size);
        requests.forEach((request, row) => data.set(of(request) ?? [], row * size));
        return floats([requests.length, latents, dimension], data);
      };
      const { guess } = await network.run({
        noisy: stack(({ xt }) => xt),
        condition: stack(({ condition }) => condition),
        conditioned: floats(
          [requests.length],
          Float32Array.from(requests, ({ condition }) => (condition ? 1 : 0)),
        ),
        time: timeFeatures(requests.map(({ time }) => tell(time))),
      });
      return requests.map((_, row) =>
        Float64Array.from(guess!.data.subarray(row * size, (row + 1) * size)),
      );
    },
    // The range of data is known for latents as the encoder says them.
    bound(guess, last) {
      const raw = denormalise(guess, moments);
      const bounded = last ? clip(raw, range) : dynamicThreshold(raw, { range, quantile });
      return normalise(bounded, moments);
    },
  };
}

/** Tells what paragraphs cost, given latents: nats of each, in one forward pass. */
export interface Teller {
  cost(texts: readonly Int32Array[], latents: readonly Float64Array[]): Promise<number[]>;
  dispose(): Promise<void>;
}

/** Compiles the decoder with a text to say. */
export async function openTeller({
  runtime,
  system: { embedder },
  weights,
  moments,
  tokenizer,
}: LatentModelOptions): Promise<Teller> {
  const { length, latents, dimension } = embedder;
  const decoder = await compile(runtime, tellerProgram(embedder, tokenizer.maskId), weights);
  return {
    async cost(texts, some) {
      const { tokens, present } = paragraphs(texts, length);
      const shifted = texts.map((text) => shiftRight(text, tokenizer.endId));
      const z = new Float32Array(some.length * latents * dimension);
      some.forEach((one, row) => z.set(denormalise(one, moments), row * latents * dimension));
      const { nats } = await decoder.run({
        tokens: paragraphs(shifted, length).tokens,
        targets: tokens,
        present,
        latents: floats([some.length, latents, dimension], z),
      });
      return [...nats!.data];
    },
    dispose: () => decoder.dispose(),
  };
}

function tellerProgram(embedder: EmbedderConfig, maskId: number): Program {
  const { length, latents, dimension } = embedder;
  const weights = parameterInputs(under("decoder", decoderParameters(embedder)));
  const places = ["batch", length];
  const z = input("latents", ["batch", latents, dimension]);
  const logits = decode(embedder, weights, {
    latents: z,
    tokens: input("tokens", places, "int32"),
  });
  const { loss } = crossEntropy(forbid(logits, maskId), input("targets", places, "int32"));
  const counted = mul(loss, cast(input("present", places, "bool"), "float32"));
  return program({ name: "tell", outputs: { nats: sum(counted, [1]) } });
}

function encoderProgram({ embedder }: LatentSystem): Program {
  const { length } = embedder;
  const mean = encode(embedder, parameterInputs(encoderParameters(embedder)), {
    tokens: input("tokens", ["batch", length], "int32"),
    present: input("present", ["batch", length], "bool"),
  });
  return program({ name: "encode", outputs: { mean } });
}

/** Latents in front of the decoder's tokens, as the past of all that follows. */
function frontProgram(system: LatentSystem): Program {
  const { latents, dimension, decoder } = system.embedder;
  const parameters = parameterInputs(decoderParameters(system.embedder));
  const x = latentFront(parameters, input("latents", [1, latents, dimension]));
  const { fresh } = backbone(decoder, parameters, x, decoderPlaces(system.embedder, 0));
  const outputs = fresh.flatMap((layer, i) =>
    (["keys", "values"] as const).map((part) => [cacheName.fresh(i, part), layer[part]] as const),
  );
  return program({ name: "front", outputs: Object.fromEntries(outputs) });
}

function plannerProgram({ planner }: LatentSystem): Program {
  const { latents, dimension } = planner;
  const weights = parameterInputs(latentTransformerParameters(planner));
  const shape = ["batch", latents, dimension];
  const guess = latentTransformer(planner, weights, {
    noisy: input("noisy", shape),
    time: input("time", ["batch", timeFeatureCount]),
    condition: input("condition", shape),
    conditioned: input("conditioned", ["batch"]),
  });
  return program({ name: "plan", outputs: { guess } });
}

/** A program with those of the weights inside that it reads. */
function compile(
  runtime: Runtime,
  of: Program,
  weights: Readonly<Record<string, Constant>>,
): Promise<Executable> {
  const read = Object.entries(weights).filter(([name]) => Object.hasOwn(of.inputs, name));
  return runtime.compile(of, { constants: Object.fromEntries(read) });
}

/** The weights of a transformer, without what else lies beside them. */
const ofNetwork = (
  weights: Readonly<Record<string, Constant>>,
  config: TransformerConfig,
): Record<string, Constant> =>
  Object.fromEntries(
    Object.keys(transformerParameters(config)).map((name) => [name, weights[name]!]),
  );
