/**
 * What the metrics of `unmask evaluate` have in common.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import type { Terminal } from "../../report/terminal.ts";
import type { Values } from "../option.ts";
import type { evaluateOptions } from "../verbs/evaluate.ts";

export type EvaluateValues = Values<typeof evaluateOptions, Record<never, never>>;

/** What a metric is given. */
export interface Measuring {
  readonly values: EvaluateValues;
  /** Names of the options that were typed. */
  readonly given: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** For progress. */
  readonly terminal: Terminal;
}

/** What it measured: for people, and for `--json`. */
export interface Measured {
  readonly lines: readonly string[];
  readonly result: object;
}

/** The value of an option that this metric can't do without. */
export function needed({ metric, ...values }: EvaluateValues, option: "data" | "judge"): string {
  const value = values[option];
  if (value !== undefined) return value;
  throw new UnmaskError("usage", `evaluate: --${option} is needed for --metric ${metric}`);
}
