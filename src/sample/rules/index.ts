/**
 * All reveal rules by name. A new one is its own file and one line here.
 *
 * @module
 */
import { makeFromSpec, makeVariant } from "../../variant.ts";
import type { Variant } from "../../variant.ts";
import type { Rule } from "../rule.ts";
import { ancestral } from "./ancestral.ts";
import { confidence } from "./confidence.ts";
import { euler } from "./euler.ts";
import { leftToRight } from "./left-to-right.ts";
import { random } from "./random.ts";
import { tweedie } from "./tweedie.ts";

/** Every rule that can be asked for by name. */
export const rules = {
  ancestral,
  confidence,
  euler,
  "left-to-right": leftToRight,
  random,
  tweedie,
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

/** The rules under whose order a likelihood is exact. */
export const orders: Readonly<Record<string, Variant<Rule>>> = Object.fromEntries(
  Object.entries<Variant<Rule>>(rules).filter(([, line]) => line.parse().deterministic),
);

/** The order that `--order` asks for. */
export const orderFromSpec = (spec: string): Rule => makeFromSpec<Rule>("order", spec, orders);

/** The rule that `--rule` asks for: `confidence`, or `threshold:tau=0.8`. */
export const ruleFromSpec = (spec: string): Rule => makeFromSpec<Rule>("rule", spec, rules);
