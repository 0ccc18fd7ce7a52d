/**
 * Parameters: named tensors that a model declares, a seed fills, and training moves.
 *
 * @module
 */
import { elementCount, input, randomStream, splitKey } from "../tensor/index.ts";
import type { Dtype, Key, Shape, Tensor, Value } from "../tensor/index.ts";

/** How a parameter starts: constant, normal with mean 0 and this standard deviation, or with these numbers. */
export type Initial =
  | { readonly constant: number }
  | { readonly deviation: number }
  | { readonly numbers: ArrayLike<number> };

export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly initial: Initial;
  /**
   * Where it starts in a network that has learnt without it and is to go on as it was: all its numbers.
   * By default as ever.
   */
  readonly neutral?: ArrayLike<number> | undefined;
  /** Default: float32. Others are quantised, and aren't trained. */
  readonly dtype?: Dtype | undefined;
}

/** Names to specs, in the order in which they are stored. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** Names to tensors: what layers are functions of. */
export type Parameters = Readonly<Record<string, Tensor>>;

/** The standard deviation of most initial weights (GPT-2's). */
export const defaultDeviation = 0.02;

export const normal = (shape: readonly number[], deviation = defaultDeviation): ParameterSpec => ({
  shape,
  initial: { deviation },
});
export const ones = (shape: readonly number[]): ParameterSpec => ({
  shape,
  initial: { constant: 1 },
});
export const zeros = (shape: readonly number[]): ParameterSpec => ({
  shape,
  initial: { constant: 0 },
});

/** Puts a layer's parameters under a name: `{ weight }` under "head" is `head.weight`. */
export function under<T>(name: string, parameters: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(parameters).map(([key, value]) => [`${name}.${key}`, value]),
  );
}

/** The parameters below a name, without it: the inverse of {@link under}. */
export function scope<T>(parameters: Readonly<Record<string, T>>, name: string): Record<string, T> {
  const prefix = `${name}.`;
  return Object.fromEntries(
    Object.entries(parameters)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]) => [key.slice(prefix.length), value]),
  );
}

/** The specs as program inputs, by other names if wished. */
export function parameterInputs(
  specs: ParameterSpecs,
  nameOf: (parameter: string) => string = (name) => name,
): Parameters {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, dtype }]) => [
      name,
      input(nameOf(name), shape, dtype),
    ]),
  );
}

/** The specs of parameters that join a network which has learnt without them. */
export const joining = (specs: ParameterSpecs): ParameterSpecs =>
  Object.fromEntries(
    Object.entries(specs).map(([name, { neutral, ...spec }]) => [
      name,
      neutral ? { ...spec, initial: { numbers: neutral } } : spec,
    ]),
  );

/** Initial values: each parameter draws from its own key, so that adding one moves no other. */
export function initialize(specs: ParameterSpecs, key: Key): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape, initial }]) => {
      const data = new Float32Array(elementCount(shape));
      if ("constant" in initial) data.fill(initial.constant);
      else if ("numbers" in initial) data.set(initial.numbers);
      else {
        const random = randomStream(splitKey(key, name));
        for (let i = 0; i < data.length; i++) data[i] = initial.deviation * random.normal();
      }
      return [name, { dtype: "float32", shape, data }];
    }),
  );
}

/** How many numbers the parameters hold. */
export function parameterCount(specs: ParameterSpecs): number {
  return Object.values(specs).reduce((sum, { shape }) => sum + elementCount(shape), 0);
}

/** Whether weight decay acts on a parameter: on matrices, not on norms and biases. */
export const decays = (shape: Shape): boolean => shape.length >= 2;
