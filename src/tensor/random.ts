/**
 * Counter-based random numbers: a key and a counter give the bits, nothing is remembered in between.
 *
 * The generator is Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). Keys are split by name, so that adding a consumer of
 * randomness never moves anybody else's draws, and the same key gives the same numbers everywhere.
 *
 * @example
 * ```ts
 * const root = randomKey(1234);
 * const step7 = splitKey(root, "train", 7);
 * const random = randomStream(step7);
 * random.uniform(); // in (0, 1), 53 bits
 * ```
 *
 * @module
 */

/** Two 32-bit words. Plain data: compare, store and send it as you like. */
export interface Key {
  readonly high: number;
  readonly low: number;
}

/** A sequence of draws that belong to one key. */
export interface Random {
  /** 32 random bits as an unsigned integer. */
  bits(): number;
  /** Uniform in the open interval (0, 1), on a grid of 2^-53: safe to take logarithms of. */
  uniform(): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** Uniform integer in 0 .. bound - 1, without modulo bias. */
  integer(bound: number): number;
}

/** The root key of a seed (any finite number; integers up to 2^53 are all different). */
export function randomKey(seed: number): Key {
  const whole = Math.floor(Math.abs(seed));
  const sign = seed < 0 ? 0x80000000 : 0;
  return { high: ((whole / 0x100000000) ^ sign) >>> 0, low: whole >>> 0 };
}

/** The key of a named part: the same names give the same key, different names independent ones. */
export function splitKey(key: Key, ...names: readonly (string | number)[]): Key {
  let current = key;
  for (const name of names) {
    const [high, low] =
      typeof name === "number" ? [0x6e756d00, name >>> 0] : [fnv1a(name), name.length];
    const [x, y] = threefry(current.high, current.low, high, low);
    current = { high: x, low: y };
  }
  return current;
}

/** A stream of draws under a key. */
export function randomStream(key: Key): Random {
  let counter = 0;
  let spare: number | undefined;
  let spareNormal: number | undefined;

  const bits = (): number => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const [x, y] = threefry(key.high, key.low, Math.floor(counter / 0x100000000), counter >>> 0);
    counter += 1;
    spare = y;
    return x;
  };
  // 27 + 26 bits, then half a grid step up: never 0, never 1.
  const uniform = (): number =>
    ((bits() >>> 5) * 0x4000000 + (bits() >>> 6) + 0.5) / 9007199254740992;
  const normal = (): number => {
    if (spareNormal !== undefined) {
      const value = spareNormal;
      spareNormal = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(uniform()));
    const angle = 2 * Math.PI * uniform();
    spareNormal = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
  const integer = (bound: number): number => Math.floor(uniform() * bound);
  return { bits, uniform, normal, integer };
}

/** A random order of 0 .. length - 1 (Fisher-Yates). */
export function permutation(random: Random, length: number): Int32Array {
  const order = Int32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

const rotationsEven = [13, 15, 26, 6] as const;
const rotationsOdd = [17, 29, 16, 24] as const;

/** Threefry-2x32-20: `threefry(key, counter)`, all four words unsigned 32-bit. */
export function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const keys = [k0 | 0, k1 | 0, k0 ^ k1 ^ 0x1bd11bda] as const;
  let x = (c0 + keys[0]) | 0;
  let y = (c1 + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    const rotations = group % 2 === 0 ? rotationsEven : rotationsOdd;
    for (let i = 0; i < 4; i++) {
      const r = rotations[i]!;
      x = (x + y) | 0;
      y = ((y << r) | (y >>> (32 - r))) ^ x;
    }
    x = (x + keys[(group + 1) % 3]!) | 0;
    y = (y + keys[(group + 2) % 3]! + group + 1) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** FNV-1a over UTF-16 code units: spreads names over 32 bits before the cipher mixes them. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
