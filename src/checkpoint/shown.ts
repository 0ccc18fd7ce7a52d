/**
 * Values out of files and answers that nobody vouches for, as errors and notes show them: in one
 * short line, and without anything that a terminal would obey.
 *
 * @module
 */

const longest = 120;

/**
 * A text in quotes, cut to a readable length, control characters escaped.
 *
 * @example
 * ```ts
 * shownText("wte.weight"); // "wte.weight", with the quotes
 * shownText("\u001b[2J"); // "\u001b[2J", as these characters
 * ```
 */
export function shownText(text: string): string {
  const short = text.length > longest ? `${text.slice(0, longest)}...` : text;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Any value of JSON: plain ones as they are, lists of plain ones too if they are short. */
export function shown(value: unknown): string {
  if (typeof value === "string") return shownText(value);
  if (Array.isArray(value)) {
    const plain = value.length <= 8 && value.every((item) => typeof item !== "object");
    return plain ? `[${value.map(shown).join(", ")}]` : `a list of ${value.length}`;
  }
  if (typeof value === "number") return String(value); // JSON can say 1e999.
  if (typeof value === "object" && value !== null) return "an object";
  return JSON.stringify(value) ?? "nothing";
}
