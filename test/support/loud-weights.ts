/** Random weights so large that every place, token and time matters to a small network. */
import { randomKey } from "unmask/tensor";
import type { Value } from "unmask/tensor";
import { transformerParameters } from "../../src/model/transformer.ts";
import type { TransformerConfig } from "../../src/model/transformer.ts";
import { initialize } from "../../src/nn/parameter.ts";
import type { ParameterSpecs } from "../../src/nn/parameter.ts";

interface Loud {
  readonly deviation: number;
  readonly seed: number;
}

export const loudWeights = (config: TransformerConfig, loud: Loud): Record<string, Value> =>
  loudParameters(transformerParameters(config), loud);

/** Modulations by the time and outputs, which begin at zero otherwise, are drawn like the rest. */
export function loudParameters(
  specs: ParameterSpecs,
  { deviation, seed }: Loud,
): Record<string, Value> {
  const drawn = Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => [
      name,
      "deviation" in spec.initial || /adaln|(?<!time)\.out\./.test(name)
        ? { ...spec, initial: { deviation } }
        : spec,
    ]),
  );
  return initialize(drawn, randomKey(seed));
}
