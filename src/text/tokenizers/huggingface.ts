/**
 * Any Hugging Face `tokenizer.json`, through the library `@huggingface/tokenizers`.
 *
 * Two things differ from the library's defaults. Special tokens that are spelled in a text are
 * ordinary text, unless it comes in through {@link HuggingFaceTokenizer.encodeTemplate}. And
 * decoding leaves special tokens out and cleans nothing up.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import { maskToken, replacement } from "../tokenizer.ts";
import type { StreamDecoder, Template, Tokenizer } from "../tokenizer.ts";
import { byteDecode, showBytes } from "./byte-decode.ts";
import { byteLevelEncoder, decodesBytes, tokenBytes } from "./huggingface-bytes.ts";
import { readFile } from "./huggingface-file.ts";
import type { AddedToken, ReadFile, SpecialOptions } from "./huggingface-file.ts";
import { openLibrary } from "./library.ts";
import type { Library } from "./library.ts";
import { wellFormed } from "./pattern.ts";
import { splitAt, templateEncoder } from "./special-spellings.ts";

/** A tokenizer from a foreign file. */
export interface HuggingFaceTokenizer extends Tokenizer {
  encodeTemplate(template: Template): Int32Array;
}

/**
 * The tokenizer of a file's content. Ids are 0 .. size - 1 where size is one more than the largest
 * id of the file, or of the mask and the end when those had to be appended (see `readFile`), and no
 * less than `options.size`.
 *
 * @example
 * ```ts
 * const gpt2 = huggingface(JSON.parse(await readFile("gpt2/tokenizer.json", "utf8")));
 * gpt2.endId; // 50256, "<|endoftext|>" of the file
 * gpt2.maskId; // 50257, appended
 * ```
 */
export function huggingface(json: unknown, options?: SpecialOptions): HuggingFaceTokenizer {
  const read = readFile(json, options);
  const { tokens, maskId, endIds, special, file } = read;
  const plain = file.added_tokens.filter(({ content }) => !special.has(content));
  const simple = plain.every(
    ({ single_word, lstrip, rstrip }) => !single_word && !lstrip && !rstrip,
  );
  const fast = simple && decodesBytes(file) ? byteLevelEncoder(read) : undefined;
  const { encode, ...back } = fast
    ? { encode: splitAt(idsOf(plain), fast), ...bytesBack(read) }
    : throughLibrary(read);
  return {
    kind: "huggingface",
    size: tokens.length,
    maskId,
    endId: endIds[0]!,
    endIds,
    encode,
    encodeTemplate: templateEncoder(special, encode),
    ...back,
    token: (id) => (id === maskId ? maskToken : back.token(id)),
    toJSON: () => file,
  };
}

type Back = Pick<Tokenizer, "decode" | "decoder" | "token">;

function bytesBack(read: ReadFile): Back {
  const bytes = tokenBytes(read);
  return {
    ...byteDecode(bytes),
    token(id) {
      const spelled = read.tokens[id];
      if (spelled === undefined) return replacement;
      return read.special.get(spelled) === id ? spelled : showBytes(bytes[id]!);
    },
  };
}

function libraryBack({ tokens, special }: ReadFile, library: Library): Back {
  const left = new Set(special.values());
  const decode = (ids: ArrayLike<number>): string => {
    const kept = Array.from(ids).filter((id) => !left.has(id));
    if (kept.length === 0) return "";
    // An id that the file does not have would reach the library's decoder as undefined.
    if (kept.every((id) => tokens[id] !== undefined)) return libraryText(library, kept);
    return cutAtUnknown(kept, tokens)
      .map((part) => (part.length > 0 ? libraryText(library, part) : ""))
      .join(replacement);
  };
  return {
    decode,
    decoder: () => windowDecoder(decode, (id) => left.has(id)),
    token(id) {
      const spelled = tokens[id];
      if (spelled === undefined) return replacement;
      const byte = /^<0x([0-9A-F]{2})>$/.exec(spelled)?.[1];
      if (byte !== undefined) return showBytes(Uint8Array.of(Number.parseInt(byte, 16)));
      return spelled.replaceAll("\u2581", " ");
    },
  };
}

function throughLibrary(read: ReadFile): Back & Pick<Tokenizer, "encode"> {
  const library = openPlain(read);
  return {
    encode: (text) => encodeWith(library, wellFormed(text)),
    ...(decodesBytes(read.file) ? bytesBack(read) : libraryBack(read, library)),
  };
}

function idsOf(added: readonly AddedToken[]): Map<string, number> {
  return new Map(added.map(({ content, id }) => [content, id]));
}

function libraryText(library: Library, ids: number[]): string {
  return library.decode(ids, { skip_special_tokens: false });
}

function cutAtUnknown(ids: readonly number[], tokens: ReadFile["tokens"]): number[][] {
  const parts: number[][] = [[]];
  for (const id of ids) {
    if (tokens[id] === undefined) parts.push([]);
    else parts.at(-1)!.push(id);
  }
  return parts;
}

// Enough tokens of context for what decoders do at the beginning of a text, and for one character.
const contextTokens = 8;

/**
 * Streams through a decoder that only knows whole texts: decodes the last few ids again with each
 * new one and lets go of what was added, once it does not end in an unfinished character.
 */
function windowDecoder(
  decode: (ids: readonly number[]) => string,
  skip: (id: number) => boolean,
): StreamDecoder {
  let window: number[] = [];
  let shown = 0;
  const release = (text: string): string => {
    const fresh = text.slice(shown);
    shown = text.length;
    return fresh;
  };
  return {
    push(id) {
      if (skip(id)) return "";
      window.push(id);
      const text = decode(window);
      if (text.endsWith(replacement)) return "";
      const fresh = release(text);
      if (window.length > 4 * contextTokens) {
        const context = window.slice(-contextTokens);
        const kept = decode(context);
        // A window must not begin inside a character, nor end in something not yet shown.
        if (!kept.startsWith(replacement) && text.endsWith(kept.slice(1))) {
          window = context;
          shown = kept.length;
        }
      }
      return fresh;
    },
    end: () => (window.length > 0 ? release(decode(window)) : ""),
  };
}

function encodeWith(library: Library, text: string): Int32Array {
  const { ids } = library.encode(text, { add_special_tokens: false });
  return Int32Array.from(ids, (id) => {
    if (id !== undefined) return id;
    throw new UnmaskError(
      "usage",
      "tokenizer: the text holds a character that this vocabulary lacks, and it has no token for unknown ones",
    );
  });
}

/**
 * The library's tokenizer, told of no special token. Their spellings are replaced by ones that no
 * text has (half a surrogate pair begins them), since some models would find them in a text.
 */
function openPlain({ file, special }: ReadFile): Library {
  const hide = (token: string): string => (special.has(token) ? `\uD800${token}` : token);
  const { vocab, unk_token } = file.model;
  const hidden = Array.isArray(vocab)
    ? vocab.map(([token, score]) => [hide(token), score])
    : Object.fromEntries(Object.entries(vocab).map(([token, id]) => [hide(token), id]));
  const unknown = typeof unk_token === "string" ? hide(unk_token) : unk_token;
  const content = {
    ...file,
    added_tokens: file.added_tokens.filter(({ content: spelled }) => !special.has(spelled)),
    post_processor: null,
    model: {
      ...file.model,
      vocab: hidden,
      ...(unknown === undefined ? {} : { unk_token: unknown }),
    },
  };
  return openLibrary(content, unknown);
}
