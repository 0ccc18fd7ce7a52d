/**
 * Which files of a checkpoint hold its weights.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { parseJson } from "./fields.ts";
import { checkPlainName } from "./plain-name.ts";
import { shown, shownText } from "../shown.ts";

/** One file with everything, or an index that says which tensor is in which shard. */
export type WeightFiles =
  | { readonly kind: "single"; readonly file: string }
  | { readonly kind: "index"; readonly file: string };

const single = "model.safetensors";
const index = `${single}.index.json`;
const pickle = /\.(?:bin|pt|pth|ckpt|pkl)$/i;

/** Largest index that is read, in bytes: 100,000 tensors need about 10 MB. */
export const longestIndex = 32_000_000;

/**
 * Chooses among the names in a folder: `model.safetensors`, else its index, else the only
 * `.safetensors` there is.
 *
 * @param where how errors name the folder or the repository
 * @throws UnmaskError if there are none, if it's unclear which, or if there are only pickles
 */
export function weightFiles(names: readonly string[], where: string): WeightFiles {
  if (names.includes(single)) return { kind: "single", file: single };
  if (names.includes(index)) return { kind: "index", file: index };
  const [file, ...others] = names.filter((name) => name.endsWith(".safetensors")).toSorted();
  if (file !== undefined && others.length === 0) return { kind: "single", file };
  if (file !== undefined)
    throw new UnmaskError(
      "corrupt",
      `${where}: needs ${single}, ${index} or a single .safetensors file, ` +
        `got ${others.length + 1} of them and no index: ${shownText(file)}, ${shownText(others[0]!)}`,
    );
  throw noWeights(names, where);
}

function noWeights(names: readonly string[], where: string): UnmaskError {
  const pickled = names.find((name) => pickle.test(name));
  if (pickled === undefined)
    return new UnmaskError("missing", `${where}: has no weights: no .safetensors file`);
  return new UnmaskError(
    "usage",
    `${where}: needs .safetensors files, got only pickles (${shownText(pickled)}), which are programs and ` +
      `are never opened here; convert them in Python: load them with ` +
      `torch.load(FILE, weights_only=True), clone shared tensors, and give the dictionary to ` +
      `safetensors.torch.save_file(TENSORS, "${single}")`,
  );
}

/**
 * Reads an index: for each tensor the shard that holds it.
 *
 * @param where how errors name the file
 */
export function readIndex(text: string, where: string): ReadonlyMap<string, string> {
  const content = parseJson(text, where);
  const map = isRecord(content) ? content["weight_map"] : undefined;
  if (!isRecord(map))
    throw new UnmaskError("corrupt", `${where}: needs an object "weight_map", got ${shown(map)}`);
  const files = new Map<string, string>();
  for (const [name, file] of Object.entries(map)) {
    checkPlainName(file, where);
    if (!file.endsWith(".safetensors"))
      throw new UnmaskError(
        "corrupt",
        `${where}: tensor ${shownText(name)} must be in a .safetensors file, got ${shownText(file)}`,
      );
    files.set(name, file);
  }
  if (files.size === 0) throw new UnmaskError("corrupt", `${where}: "weight_map" is empty`);
  return files;
}

/** The shards of an index, each once, sorted. */
export const shardsOf = (files: ReadonlyMap<string, string>): readonly string[] =>
  [...new Set(files.values())].toSorted();

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
