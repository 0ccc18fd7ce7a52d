/**
 * The table of tokenizers, and the two ways to one: train it from text, or load a `tokenizer.json`.
 *
 * @module
 */

import { UnmaskError, unknownName } from "../../errors.ts";
import type { Tokenizer, TokenizerKind, TrainOptions } from "../tokenizer.ts";
import { bpe } from "./bpe.ts";
import { byte } from "./byte.ts";
import { char } from "./char.ts";
import type { SpecialOptions } from "./huggingface-file.ts";
import { huggingface } from "./huggingface.ts";
import { word } from "./word.ts";

/** The kinds that are trained here, by the name that `--tokenizer` takes. */
export const tokenizers: Readonly<Record<string, TokenizerKind>> = { char, byte, word, bpe };

/** What `--tokenizer` asked for: a kind to train, or a file to load. */
export type TokenizerSpec =
  | { readonly kind: TokenizerKind; readonly options: TrainOptions }
  | { readonly path: string };

/**
 * Reads `char`, `byte`, `word`, `bpe`, `word:N`, `bpe:N` (N ids in all), or a path: anything with a
 * slash, or that ends in `.json`.
 *
 * @example
 * ```ts
 * parseTokenizerSpec("bpe:4096"); // { kind: tokenizers.bpe, options: { size: 4096 } }
 * parseTokenizerSpec("gpt2/tokenizer.json"); // { path: "gpt2/tokenizer.json" }
 * ```
 */
export function parseTokenizerSpec(spec: string): TokenizerSpec {
  if (/[/\\]/.test(spec) || spec.endsWith(".json")) return { path: spec };
  const [name = "", ...rest] = spec.split(":");
  const kind = Object.hasOwn(tokenizers, name) ? tokenizers[name] : undefined;
  if (kind === undefined)
    throw unknownName("tokenizer", spec, [...Object.keys(tokenizers), "PATH/tokenizer.json"]);
  if (rest.length === 0) return { kind, options: kind.size ? { size: kind.size.standard } : {} };
  if (kind.size === undefined)
    throw new UnmaskError("usage", `tokenizer: "${name}" has no size to choose, got "${spec}"`);
  const { least, most, standard } = kind.size;
  const text = rest.join(":");
  const size = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(size >= least && size <= most))
    throw new UnmaskError(
      "usage",
      `tokenizer: the N of ${name}:N must be an integer from ${least} to ${most}, got "${text}"; for instance ${name}:${standard}`,
    );
  return { kind, options: { size } };
}

/**
 * The tokenizer of a `tokenizer.json`: one of ours, or any other through the Hugging Face library.
 *
 * @param json the parsed content
 * @param options names the mask and the end of a foreign file, where their names are unusual
 */
export function tokenizerFromJSON(json: unknown, options?: SpecialOptions): Tokenizer {
  const kind = Object.values(tokenizers).find((each) => each.recognise(json));
  return kind ? kind.load(json) : huggingface(json, options);
}
