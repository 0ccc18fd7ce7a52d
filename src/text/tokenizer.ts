/**
 * What every tokenizer is: text to ids and back, two special ids, and a file that other tools read.
 *
 * @module
 */

/** The spelling of the mask id: an open place of the canvas. */
export const maskToken = "[MASK]";
/** The spelling of the end id: it separates documents and begins the text of causal models. */
export const endToken = "<|endoftext|>";
/** The spelling of the id for what a `char` or `word` vocabulary does not know. */
export const unknownToken = "<unk>";
/** What cannot be shown: unknown characters, broken UTF-8, half of a surrogate pair. */
export const replacement = "\uFFFD";

/**
 * Text to token ids and back.
 *
 * @example
 * ```ts
 * const tokenizer = await tokenizers.byte!.train([]);
 * tokenizer.encode("né"); // Int32Array [110, 195, 169]
 * tokenizer.decode([110, 195, 169, tokenizer.endId]); // "né"
 * ```
 */
export interface Tokenizer {
  /** `char`, `byte`, `word`, `bpe` or `huggingface`. */
  readonly kind: string;
  /** How many ids there are, special ones included: ids are 0 .. size - 1. */
  readonly size: number;
  /** The id of an open place. {@link encode} never produces it. */
  readonly maskId: number;
  /** The id between documents. {@link encode} never produces it; the corpus reader appends it. */
  readonly endId: number;
  /** All ids that end a text, {@link endId} first: chat models end an answer with one of their own. */
  readonly endIds: readonly number[];
  /**
   * The ids of a text. Special tokens that are spelled in the text are ordinary text. Halves of
   * surrogate pairs count as U+FFFD.
   */
  encode(text: string): Int32Array;
  /** The text of ids, without the ends and the mask. Broken UTF-8 and unknown ids become U+FFFD. */
  decode(ids: ArrayLike<number>): string;
  /**
   * Encodes a filled-in template, where a tokenizer has special tokens that a template may write: in
   * the text they are the special ids. A function is handed `plain`, through which it passes what a
   * person wrote: special tokens that are spelled in there stay ordinary text.
   */
  encodeTemplate?(template: Template): Int32Array;
  /** One id for display: `"[MASK]"` for the mask, U+FFFD for a part of a character. */
  token(id: number): string;
  /** Decodes id by id. What `push` and `end` return, joined, is what {@link decode} returns. */
  decoder(): StreamDecoder;
  /** The content of a Hugging Face `tokenizer.json`, plain data. */
  toJSON(): object;
}

/** The text of a filled-in template, or the function that fills it in (see `encodeTemplate`). */
export type Template = string | ((plain: (text: string) => string) => string);

/** Decodes one id after the other and never lets go of half a character. */
export interface StreamDecoder {
  /** The characters that this id completes, often none or several. */
  push(id: number): string;
  /** What is left when the text is over: U+FFFD for a character that was cut off. */
  end(): string;
}

/** How large a tokenizer to train. */
export interface TrainOptions {
  /** How many ids at most, special ones included, for the kinds that let you choose. */
  readonly size?: number;
}

/** Text to train a tokenizer from: a list, or something read piece by piece. */
export type Texts = Iterable<string> | AsyncIterable<string>;

/** One line of the table of tokenizers: how to make one from text, and how to load one. */
export interface TokenizerKind {
  readonly name: string;
  /** One line for `--help`. */
  readonly summary: string;
  /** For kinds with a size to choose: the default and the limits of {@link TrainOptions.size}. */
  readonly size?: { readonly standard: number; readonly least: number; readonly most: number };
  /** Makes a tokenizer from text; it reads no more of it than it needs. */
  train(texts: Texts, options?: TrainOptions): Promise<Tokenizer>;
  /** True for the content of a file that this kind has saved. */
  recognise(json: unknown): boolean;
  /** The tokenizer that {@link Tokenizer.toJSON} described. Throws when the content is damaged. */
  load(json: unknown): Tokenizer;
}
