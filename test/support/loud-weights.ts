/** Random weights so large that every place, token and time matters to a small network. */
import { randomKey } from "unmask/tensor";
import type { Value } from "unmask/tensor";
import { transformerParameters } from "../../src/model/transformer.ts";
import type { TransformerConfig } from "../../src/model/transformer.ts";
import { initialize } from "../../src/nn/parameter.ts";

/** Time conditions, which begin at zero otherwise, are drawn like the rest. */
export function loudWeights(
  config: TransformerConfig,
  { deviation, seed }: { readonly deviation: number; readonly seed: number },
): Record<string, Value> {
  const specs = Object.fromEntries(
    Object.entries(transformerParameters(config)).map(([name, spec]) => [
      name,
      "deviation" in spec.initial || name.includes("adaln")
        ? { ...spec, initial: { deviation } }
        : spec,
    ]),
  );
  return initialize(specs, randomKey(seed));
}
