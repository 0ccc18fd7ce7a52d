/**
 * Rules joined: what any of them keeps is kept. `threshold` and `left-to-right` together reveal all that
 * is certain, and the leftmost place in any case.
 *
 * The model is asked once for all places that one of the rules wishes; each rule sees the proposals for
 * its own wish alone, so it decides as if it were by itself. The time told is the least noisy one.
 *
 * @module
 */
import { UnmaskError } from "../../../errors.ts";
import type { Proposals, Rule, RuleRun, Wish } from "../../rule.ts";

/**
 * The rule that keeps what any of the rules keeps. It takes at most the steps it is given if one of them
 * does.
 *
 * @throws UnmaskError "usage" for rules that open decided places again, or draw from laws of their own.
 * @example
 * ```ts
 * anyOf([threshold({ tau: 0.9 }), leftToRight()]);
 * ```
 */
export function anyOf(rules: readonly Rule[]): Rule {
  for (const { name, keepsRevealed, reads = "x0" } of rules) {
    if (!keepsRevealed) throw cannotJoin(name, "opens decided places again");
    if (reads !== "x0") throw cannotJoin(name, "draws from scores");
  }
  return {
    name: rules.map(({ name }) => name).join("+"),
    keepsRevealed: true,
    obeysSteps: rules.some(({ obeysSteps }) => obeysSteps),
    readsRows: rules.some(({ readsRows }) => readsRows),
    deterministic: rules.every(({ deterministic }) => deterministic),
    start(context) {
      const runs = rules.map((rule) => ({ name: rule.name, run: rule.start(context) }));
      let asked: { readonly run: RuleRun; readonly wish: Wish }[] = [];
      return {
        next(open) {
          asked = runs.flatMap(({ name, run }) => {
            const wish = run.next(open);
            if (wish?.law) throw cannotJoin(name, "draws from a law of its own on this process");
            return wish ? [{ run, wish }] : [];
          });
          if (asked.length === 0) return undefined;
          const places = new Set(asked.flatMap(({ wish }) => [...wish.places]));
          return {
            places: Int32Array.from(places).toSorted(),
            time: Math.min(...asked.map(({ wish }) => wish.time)),
          };
        },
        keep(proposals) {
          const keep = asked.flatMap(({ run, wish }) => {
            const own = indicesOf(wish.places, proposals.places);
            return Array.from(run.keep(select(proposals, own)).keep, (index) => own[index]!);
          });
          return { keep: [...new Set(keep)] };
        },
      };
    },
  };
}

/** Where the wished places, ascending, stand among the proposed ones. */
function indicesOf(wished: Int32Array, proposed: Int32Array): Int32Array {
  const index = new Map(Array.from(proposed, (place, i) => [place, i]));
  return wished.map((place) => index.get(place)!);
}

/** Some of the proposals. */
function select(proposals: Proposals, indices: Int32Array): Proposals {
  const { places, current, tokens, confidence, margin, entropy, row, law, likeliest } = proposals;
  return {
    places: indices.map((i) => places[i]!),
    current: indices.map((i) => current[i]!),
    tokens: indices.map((i) => tokens[i]!),
    confidence: Float64Array.from(indices, (i) => confidence[i]!),
    margin: (i) => margin(indices[i]!),
    entropy: (i) => entropy(indices[i]!),
    row: (i) => row(indices[i]!),
    law: (i) => law(indices[i]!),
    likeliest: (i, count) => likeliest(indices[i]!, count),
  };
}

const cannotJoin = (name: string, why: string): UnmaskError =>
  new UnmaskError(
    "usage",
    `rule ${name}: can't be joined with others, as it ${why}; use it alone, or join rules like threshold+confidence`,
  );
