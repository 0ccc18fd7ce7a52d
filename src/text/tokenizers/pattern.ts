/**
 * Regular expressions that mean the same here as in the tokenizer files that we write.
 *
 * Hugging Face's libraries read `\s` as Unicode's White_Space; JavaScript's own `\s` adds U+FEFF and
 * lacks U+0085. And half of a surrogate pair, which JavaScript strings may hold, exists in no file.
 *
 * @module
 */

/** How GPT-2 cuts a text into words; every character is part of exactly one. */
export const gpt2Pattern =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** How Qwen2 does: digits one by one, and line breaks apart from the spaces before them. */
export const qwen2Pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** Compiles a pattern of a `tokenizer.json` that uses `\s`, `\S` and `\p{...}` only. */
export function compilePattern(pattern: string): RegExp {
  const source = pattern
    .replaceAll("\\s", "\\p{White_Space}")
    .replaceAll("\\S", "\\P{White_Space}")
    .replaceAll(/\\p\{(Han|Hiragana|Katakana)\}/g, "\\p{Script=$1}");
  return new RegExp(source, "gu");
}

/** The text with each half of a surrogate pair replaced by U+FFFD, as UTF-8 encoders do. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\uFFFD");
}
