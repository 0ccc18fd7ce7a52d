/**
 * The one error style of the project: *where: what was needed, what it got; the remedy or the choices*.
 *
 * Everything a user can get wrong ends in an {@link UnmaskError}. Anything else that is thrown is a
 * bug of ours, and the command line says so.
 *
 * @module
 */
import { shownText } from "./shown.ts";

/** What went wrong, for callers that react to it. */
export type ErrorCode =
  /** The request itself makes no sense: an unknown name, an impossible size. */
  | "usage"
  /** A file, folder or model that was named is not there. */
  | "missing"
  /** Something would have been overwritten. */
  | "exists"
  /** A file is damaged, truncated, or not of the kind that was expected. */
  | "corrupt"
  /** Shapes or dtypes do not fit together. */
  | "shape"
  /** Numbers stopped being numbers: a loss of NaN or infinity. */
  | "diverged"
  /** The machine cannot do it: no such device, a full disk, no permission. */
  | "unavailable";

const marker = Symbol.for("unmask.error");

/**
 * An error with one clear line for a person and a `code` for a program.
 *
 * @example
 * ```ts
 * throw new UnmaskError("usage", "sample: steps must be an integer >= 1, got 0");
 * ```
 */
export class UnmaskError extends Error {
  readonly code: ErrorCode;
  readonly [marker] = true;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "UnmaskError";
    this.code = code;
  }

  /** True for errors of any copy of this package, unlike `instanceof`. */
  static is(value: unknown): value is UnmaskError {
    return typeof value === "object" && value !== null && marker in value;
  }
}

/**
 * The error for a name that is not in a table: it lists the choices and guesses what was meant.
 *
 * @example
 * ```ts
 * throw unknownName("rule", "confidense", ["ancestral", "confidence"]);
 * // unknown rule "confidense"; one of: ancestral, confidence (did you mean "confidence"?)
 * ```
 */
export function unknownName(kind: string, got: string, choices: readonly string[]): UnmaskError {
  const near = choices
    .map((choice) => ({ choice, distance: editDistance(got.toLowerCase(), choice.toLowerCase()) }))
    .filter(({ choice, distance }) => distance <= Math.max(1, Math.floor(choice.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)[0];
  const hint = near ? ` (did you mean "${near.choice}"?)` : "";
  return new UnmaskError(
    "usage",
    `unknown ${kind} ${shownText(got)}; one of: ${choices.toSorted().join(", ")}${hint}`,
  );
}

/** Looks a name up in a table, or throws {@link unknownName}. */
export function lookUp<T>(kind: string, name: string, table: Readonly<Record<string, T>>): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined;
  if (found === undefined) throw unknownName(kind, name, Object.keys(table));
  return found;
}

/** Edits between two words: insertions, deletions, substitutions, and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : Infinity;
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitute, swap));
    }
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}
