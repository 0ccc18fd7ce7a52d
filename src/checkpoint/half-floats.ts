/**
 * Floats of 16 bits: float16 (1 bit of sign, 5 of exponent, 10 of fraction) and bfloat16 (the upper half of a float32).
 *
 * @module
 */

/** float32 of bfloat16. */
export function widenBfloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

/** float32 of float16: the exponent moves from a bias of 15 to one of 127; what has none of its own is a fraction of 2^-14. */
export function widenFloat16(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  const numbers = new Float32Array(words.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const [sign, exponent, fraction] = [(half & 0x8000) << 16, half & 0x7c00, half & 0x3ff];
    if (exponent === 0) numbers[i] = (sign ? -fraction : fraction) * 2 ** -24;
    else if (exponent === 0x7c00) words[i] = sign | 0x7f800000 | (fraction << 13);
    else words[i] = sign | ((exponent + ((127 - 15) << 10)) << 13) | (fraction << 13);
  }
  return numbers;
}

/** Numbers from here on are nearer to 2^16, which float16 has not, than to its largest, 65504. */
const beyondFloat16 = 65520;

/**
 * The nearest float16 of each number, of two as near the one whose last bit is 0 (IEEE 754).
 *
 * @returns undefined if one of them is too large for it, or is no finite number
 */
export function narrowFloat16(numbers: Float32Array): Uint16Array | undefined {
  const halves = new Uint16Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    const size = Math.abs(number);
    if (!(size < beyondFloat16)) return undefined;
    const sign = number < 0 || Object.is(number, -0) ? 0x8000 : 0;
    // Steps between neighbours are 2^-24 up to 2^-14, and twice as wide from each power of two on.
    const exponent = Math.max(-14, size === 0 ? -14 : Math.floor(Math.log2(size)));
    const steps = roundToEven(size / 2 ** (exponent - 10));
    // 1024 steps make the implicit bit; a carry into the next power of two is one into the exponent.
    halves[i] = sign | (((exponent + 14) << 10) + steps);
  }
  return halves;
}

function roundToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
}
