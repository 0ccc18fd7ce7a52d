/**
 * All reveal rules by name. A new one is its own file and one line here.
 *
 * @module
 */
import { makeVariant } from "../../variant.ts";
import type { Variant } from "../../variant.ts";
import type { Rule } from "../rule.ts";
import { ancestral } from "./ancestral.ts";
import { confidence } from "./confidence.ts";
import { leftToRight } from "./left-to-right.ts";
import { random } from "./random.ts";

/** Every rule that can be asked for by name. */
export const rules = {
  ancestral,
  confidence,
  "left-to-right": leftToRight,
  random,
} as const satisfies Readonly<Record<string, Variant<Rule>>>;

/** The name of a rule. */
export type RuleName = keyof typeof rules;

/**
 * Makes a rule by name.
 *
 * @example
 * ```ts
 * createRule("ancestral", { schedule: "cosine" });
 * ```
 */
export function createRule(name: string, options: Readonly<Record<string, unknown>> = {}): Rule {
  return makeVariant<Rule>("rule", name, rules, options);
}
