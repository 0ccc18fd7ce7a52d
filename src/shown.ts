/**
 * Values that nobody vouches for, out of files, answers and requests, as errors and notes show them: in
 * one short line, and without anything that a terminal would obey.
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
export const shownText = (text: string): string => quoted(text, longest);

/** A message that others wrote, perhaps around a value of somebody's, as a part of a line. */
export const shownMessage = (text: string): string =>
  quoted(text, 3 * longest)
    .slice(1, -1)
    .replaceAll('\\"', '"');

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

/** What a schema finds wrong, as zod says it. */
interface Issue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * The first thing that a schema finds wrong with a value: the field, what is wrong, and what it holds.
 *
 * @example
 * ```ts
 * shownIssue(error.issues, config); // transformer.layers: Too big: expected number to be <=1024, got 4096
 * ```
 */
export function shownIssue([issue]: readonly Issue[], whole: unknown): string {
  const { path, message } = issue!;
  const value = path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    whole,
  );
  const field = path.length > 0 ? shownText(path.map(String).join(".")).slice(1, -1) : "the whole";
  return `${field}: ${shownMessage(message)}, got ${shown(value)}`;
}

function quoted(text: string, most: number): string {
  const short = text.length > most ? `${text.slice(0, most)}...` : text;
  return JSON.stringify(short).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
