/**
 * The tensors of a checkpoint folder, however many files they are spread over. Only headers are read.
 *
 * @module
 */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { UnmaskError } from "../errors.ts";
import { readFileHeader } from "./file-header.ts";
import { fileInside } from "./file-inside.ts";
import { shownText } from "../shown.ts";
import { longestIndex, readIndex, shardsOf, weightFiles } from "./weight-files.ts";

/** Where a tensor lies on disk, and what it is. All of it has been checked against the file. */
export interface StoredTensor {
  /** Absolute path of the file. */
  readonly file: string;
  /** As safetensors name it: `F32`, `F16`, `BF16`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Of the first byte, from the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Finds every tensor of a checkpoint.
 *
 * @param folder with `model.safetensors`, with `model.safetensors.index.json` and the shards that it
 * names, or with a single safetensors file of another name
 * @throws UnmaskError `missing` if a file is not there, `corrupt` with the first thing that is wrong,
 * `usage` if the weights are pickles
 *
 * @example
 * ```ts
 * const tensors = await locateTensors("models/llada");
 * tensors["model.transformer.wte.weight"];
 * // { file: "/.../model-00001-of-00006.safetensors", dtype: "BF16", shape: [126464, 4096], offset: ..., bytes: ... }
 * ```
 */
export async function locateTensors(
  folder: string,
): Promise<Readonly<Record<string, StoredTensor>>> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new UnmaskError("missing", `${folder}: there is no such folder`, { cause });
  });
  const { kind, file } = weightFiles(names, folder);
  if (kind === "single") return Object.fromEntries(await tensorsOf(folder, file));
  return locateShards(folder, file);
}

async function locateShards(folder: string, file: string): Promise<Record<string, StoredTensor>> {
  const where = join(folder, file);
  const promised = await readIndexFile(folder, file);
  const found = new Map<string, StoredTensor>();
  const home = new Map<string, string>();
  for (const shard of shardsOf(promised))
    for (const [name, tensor] of await tensorsOf(folder, shard)) {
      if (found.has(name))
        throw new UnmaskError(
          "corrupt",
          `${where}: tensor ${shownText(name)} is in two shards, ${home.get(name)} and ${shard}`,
        );
      found.set(name, tensor);
      home.set(name, shard);
    }
  for (const [name, shard] of promised)
    if (home.get(name) !== shard)
      throw new UnmaskError(
        "corrupt",
        `${where}: tensor ${shownText(name)} must be in ${shard}, but is in ` +
          `${home.get(name) ?? "no shard"}; index and shards don't belong together`,
      );
  return Object.fromEntries(found);
}

/** Reads the index of a folder: for each tensor the shard that holds it. */
export async function readIndexFile(
  folder: string,
  name: string,
): Promise<ReadonlyMap<string, string>> {
  const { path, bytes } = await fileInside(folder, name);
  if (bytes > longestIndex)
    throw new UnmaskError(
      "corrupt",
      `${path}: an index has ${longestIndex} bytes at most, got ${bytes}`,
    );
  return readIndex(await readFile(path, "utf8"), path);
}

async function tensorsOf(folder: string, name: string): Promise<[string, StoredTensor][]> {
  const { path: file } = await fileInside(folder, name);
  const { tensors, dataStart } = await readFileHeader(file);
  return Object.entries(tensors).map(([tensor, { dtype, shape, begin, end }]) => [
    tensor,
    { file, dtype, shape, offset: dataStart + begin, bytes: end - begin },
  ]);
}
