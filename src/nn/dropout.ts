/**
 * Dropout (Srivastava et al. 2014) with its coins tossed on the host, so that a step can be replayed.
 *
 * @module
 */
import { cast, elementCount, mul, randomStream } from "../tensor/index.ts";
import type { Key, Tensor, Value } from "../tensor/index.ts";

/** Zeroes x where `keep` (bool, of x's shape) is false, and scales the rest to keep the mean. */
export function dropout(x: Tensor, keep: Tensor, rate: number): Tensor {
  return mul(x, mul(cast(keep, "float32"), 1 / (1 - rate)));
}

/** A bool value that is true with probability 1 - rate, to 2^-16. */
export function keepMask(key: Key, shape: readonly number[], rate: number): Value {
  const random = randomStream(key);
  const data = new Uint8Array(elementCount(shape));
  const threshold = Math.round(rate * 0x10000);
  for (let i = 0; i < data.length; i += 2) {
    const bits = random.bits();
    data[i] = (bits & 0xffff) >= threshold ? 1 : 0;
    if (i + 1 < data.length) data[i + 1] = bits >>> 16 >= threshold ? 1 : 0;
  }
  return { dtype: "bool", shape, data };
}
