/** Golden checkpoints in the layouts of published models: `test/golden/published`. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { readPublishedNetwork } from "../../src/checkpoint/published/read-network.ts";
import type { PublishedNetwork } from "../../src/checkpoint/published/read-network.ts";
import { decodeSafetensors } from "../../src/checkpoint/safetensors.ts";
import type { Value } from "unmask/tensor";

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
