/**
 * Weights at hand, checked against what a network needs.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import type { ParameterSpecs } from "../nn/parameter.ts";
import { sameShape } from "../tensor/index.ts";
import type { Value } from "../tensor/index.ts";

/** Every parameter there, with its shape, and nothing that would be ignored. */
export function checkValues(
  specs: ParameterSpecs,
  values: Readonly<Record<string, Value>>,
  where: string,
): void {
  for (const [name, { shape, dtype = "float32" }] of Object.entries(specs)) {
    const value = values[name];
    if (!value) throw new UnmaskError("corrupt", `${where}: has no tensor "${name}"`);
    if (value.dtype !== dtype || !sameShape(value.shape, shape))
      throw new UnmaskError(
        "corrupt",
        `${where}: tensor "${name}" must be ${dtype} [${shape.join(", ")}], got ${value.dtype} [${value.shape.join(", ")}]`,
      );
  }
  const unknown = Object.keys(values).find((name) => !Object.hasOwn(specs, name));
  if (unknown !== undefined)
    throw new UnmaskError(
      "corrupt",
      `${where}: tensor "${unknown}" belongs to no part of the model`,
    );
}
