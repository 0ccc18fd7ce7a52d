/**
 * Weights to begin with: those of another model as far as they fit, and fresh ones for the rest. A
 * model that is told the time, for example, takes the blocks of one that isn't.
 *
 * @module
 */
import { initialize, joining } from "../nn/parameter.ts";
import type { ParameterSpecs } from "../nn/parameter.ts";
import { sameShape } from "../tensor/index.ts";
import type { Key, Value } from "../tensor/index.ts";

type Weights = Readonly<Record<string, Value>>;

export interface WarmStart {
  readonly weights: Weights;
  /** What the other model lacks, and what of it has no place, in words; undefined if all fits. */
  readonly note?: string | undefined;
}

/**
 * Takes the weights whose names and shapes are the same, and draws the others from the key, such that a network that
 * is told the time begins as the one did that wasn't.
 */
export function warmStart(specs: ParameterSpecs, found: Weights, key: Key): WarmStart {
  const weights: Record<string, Value> = initialize(joining(specs), key);
  const fits = (name: string): boolean =>
    Object.hasOwn(found, name) &&
    Object.hasOwn(specs, name) &&
    sameShape(found[name]!.shape, specs[name]!.shape);
  for (const name of Object.keys(specs)) if (fits(name)) weights[name] = found[name]!;
  const lacking = families(Object.keys(specs).filter((name) => !fits(name)));
  const unused = families(Object.keys(found).filter((name) => !fits(name)));
  const parts = [
    ...(lacking ? [`${lacking} start fresh`] : []),
    ...(unused ? [`its ${unused} are left out`] : []),
  ];
  return { weights, note: parts.length > 0 ? parts.join("; ") : undefined };
}

/** Names with one for all blocks: `blocks.*.adaln.weight`. */
function families(names: readonly string[]): string {
  return [...new Set(names.map((name) => name.replace(/^blocks\.\d+\./, "blocks.*.")))].join(", ");
}
