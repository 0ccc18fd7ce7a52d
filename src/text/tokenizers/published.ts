/**
 * The tokenizer of a published model: a `tokenizer.json` or its like, what stands beside it, and what
 * the model's own configs say of ids.
 *
 * @module
 */

import type { HuggingFaceTokenizer } from "./huggingface.ts";
import { huggingface } from "./huggingface.ts";
import { withConfig } from "./tokenizer-config.ts";
import type { TokenizerConfig } from "./tokenizer-config.ts";

/** What a model's configs say of its tokens. */
export interface PublishedTokens {
  /** Ids of the model, `vocab_size`. Default: as many as the file has. */
  readonly vocabulary?: number | undefined;
  /** `mask_token_id`. Default: the mask that the tokenizer names. */
  readonly maskId?: number | undefined;
  /** `eos_token_id` of `generation_config.json` or `config.json`, which may be several. */
  readonly endIds?: readonly number[] | undefined;
}

/**
 * Joins them. A text ends with any of `endIds`, and with the end that the tokenizer names.
 *
 * @param file the content of a `tokenizer.json`, or what `fileOfMerges` makes of the older files
 */
export function publishedTokenizer(
  file: unknown,
  config: TokenizerConfig,
  { vocabulary, maskId, endIds = [] }: PublishedTokens = {},
): HuggingFaceTokenizer {
  const { content, idOf } = withConfig(file, config, vocabulary);
  const named = config.end === undefined ? undefined : idOf(config.end);
  const end = named === undefined ? endIds : [...endIds, named];
  const mask = maskId ?? (config.mask === undefined ? undefined : idOf(config.mask));
  return huggingface(content, { mask, end, size: vocabulary });
}
