/** Golden checkpoints in the layouts of published models: `test/golden/published`. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readPublishedNetwork } from "../../src/checkpoint/published/read-network.ts";
import type { PublishedNetwork } from "../../src/checkpoint/published/read-network.ts";
import { decodeSafetensors } from "../../src/checkpoint/safetensors.ts";
import { fixedNetwork } from "../../src/model/network.ts";
import { transformerParameters } from "../../src/model/transformer.ts";
import type { TransformerConfig } from "../../src/model/transformer.ts";
import { parameterInputs } from "../../src/nn/parameter.ts";
import { timeFeatureCount, timeFeatures } from "../../src/nn/time.ts";
import { input, integers, program } from "unmask/tensor";
import type { Runtime, Value } from "unmask/tensor";

/** One set of logits, at some rows of its input. */
export interface LogitCase {
  readonly name: string;
  readonly checkpoint: string;
  /**
   * How the network reads: the whole `canvas`, or causally; in `block`s; noisy blocks `paired` with
   * clean ones; or as a `score`.
   */
  readonly kind: "canvas" | "block" | "paired" | "score";
  readonly ids: readonly (readonly number[])[];
  readonly rows: readonly number[];
  readonly mask?: readonly (readonly number[])[] | null;
  readonly clean?: readonly (readonly number[])[];
  readonly sigma?: readonly number[];
}

/** What a trainer charges for masked places, on recorded masks. */
export interface LossCase extends LogitCase {
  readonly targets: readonly (readonly number[])[];
  readonly masked: readonly (readonly number[])[];
  /** Of each row: one over its time. */
  readonly weights: readonly number[];
}

export interface TextCase {
  readonly checkpoint: string;
  readonly likelihood: readonly {
    readonly ids: readonly (readonly number[])[];
    readonly logProbs: readonly (readonly number[])[];
  }[];
  readonly greedy: readonly {
    readonly prompt: readonly (readonly number[])[];
    readonly output: readonly (readonly number[])[];
  }[];
}

export interface GoldenFamily {
  readonly logits: readonly LogitCase[];
  readonly losses?: readonly LossCase[];
  readonly texts?: readonly TextCase[];
  readonly maskId?: number;
}

const folder = (path: string): string =>
  fileURLToPath(new URL(`../golden/published/${path}`, import.meta.url));

export async function goldenFamily(family: string): Promise<GoldenFamily> {
  return JSON.parse(await readFile(folder(`${family}/golden.json`), "utf8")) as GoldenFamily;
}

export async function goldenLogits(family: string): Promise<Readonly<Record<string, Value>>> {
  const path = folder(`${family}/logits.safetensors`);
  return decodeSafetensors(await readFile(path), path).tensors;
}

/** A golden checkpoint as our reader sees it. */
export const goldenNetwork = (
  family: string,
  checkpoint: string,
  system?: string,
): Promise<PublishedNetwork> => readPublishedNetwork(folder(`${family}/${checkpoint}`), { system });

/** What a network says at every place of some canvases, [batch, length, vocabulary]. */
export async function networkLogits(
  runtime: Runtime,
  { config, weights }: { config: TransformerConfig; weights: PublishedNetwork["weights"] },
  given: Pick<LogitCase, "ids" | "mask" | "clean" | "sigma">,
): Promise<Value> {
  const shape = [given.ids.length, given.ids[0]!.length] as const;
  const [batch, length] = shape;
  const network = fixedNetwork(config, parameterInputs(transformerParameters(config)), length);
  const timed = config.conditionWidth > 0;
  const logits = network(input("tokens", shape, "int32"), {
    time: timed ? input("time", [batch, timeFeatureCount]) : undefined,
    present: given.mask ? input("present", shape, "bool") : undefined,
    clean: given.clean ? input("clean", shape, "int32") : undefined,
  });
  const run = await runtime.compile(program({ name: "logits", outputs: { logits } }), {
    constants: weights,
  });
  const results = await run.run({
    tokens: integers(shape, given.ids.flat()),
    ...(timed ? { time: timeFeatures(given.sigma ?? given.ids.map(() => 0)) } : {}),
    ...(given.mask
      ? { present: { dtype: "bool", shape, data: Uint8Array.from(given.mask.flat()) } }
      : {}),
    ...(given.clean ? { clean: integers(shape, given.clean.flat()) } : {}),
  });
  await run.dispose();
  return results["logits"]!;
}
