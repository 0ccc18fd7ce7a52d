/**
 * All reveal rules by name. A new one is its own file and one line here.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { shownText } from "../../shown.ts";
import { makeFromSpec, makeVariant } from "../../variant.ts";
import type { Variant } from "../../variant.ts";
import { anyOf } from "./parts/any-of.ts";
import { opening } from "./parts/opening.ts";
import type { Rule } from "../rule.ts";
import { ancestral } from "./ancestral.ts";
import { confidence } from "./confidence.ts";
import { entropyBounded } from "./entropy-bounded.ts";
import { entropy } from "./entropy.ts";
import { euler } from "./euler.ts";
import { factor } from "./factor.ts";
import { firstHitting } from "./first-hitting.ts";
import { jointThreshold } from "./joint-threshold.ts";
import { klass } from "./klass.ts";
import { leftToRight } from "./left-to-right.ts";
import { margin } from "./margin.ts";
import { pacedThreshold } from "./paced-threshold.ts";
import { pathPlanning } from "./path-planning.ts";
import { random } from "./random.ts";
import { remask } from "./remask.ts";
import { renoise } from "./renoise.ts";
import { selfCorrect } from "./self-correct.ts";
import { threshold } from "./threshold.ts";
import { tweedie } from "./tweedie.ts";

/** Every rule that can be asked for by name. */
export const rules = {
  ancestral,
  confidence,
  entropy,
  "entropy-bounded": entropyBounded,
  euler,
  factor,
  "first-hitting": firstHitting,
  "joint-threshold": jointThreshold,
  klass,
  "left-to-right": leftToRight,
  margin,
  "paced-threshold": pacedThreshold,
  "path-planning": pathPlanning,
  random,
  remask,
  renoise,
  "self-correct": selfCorrect,
  threshold,
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

/**
 * The rule that `--rule` asks for: `confidence`, `threshold:tau=0.8`, or several joined by "+", of which
 * a place is kept that any of them keeps: `threshold:tau=0.9+left-to-right`. Before a "/" stands what decides
 * the first step of every block: `left-to-right/threshold`.
 */
export function ruleFromSpec(spec: string): Rule {
  const [first, rest, ...more] = spec.split("/");
  if (more.length > 0)
    throw new UnmaskError(
      "usage",
      `rule ${shownText(spec)}: must have one "/" at most, got ${more.length + 1}`,
    );
  return rest === undefined ? joined(first!) : opening(joined(first!), joined(rest));
}

function joined(spec: string): Rule {
  // A "+" inside a number, 1e+3, joins nothing: names begin with a letter.
  const parts = spec.split(/\+(?=[a-z])/i).map((part) => makeFromSpec<Rule>("rule", part, rules));
  return parts.length === 1 ? parts[0]! : anyOf(parts);
}
