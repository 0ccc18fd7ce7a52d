/**
 * Damage for files that are JSON, or begin with it: what a broken disk, a broken program and a hostile
 * one would write. The same stream of draws gives the same damage.
 */
import type { Random } from "../../src/tensor/index.ts";

type Json = unknown;
type Holder = Record<string, Json> | Json[];

/** Stands for text that JSON.stringify would not write. */
const raw = (text: string): string => `\u0001${text}\u0001`;

const deep = (depth: number): string => raw("[".repeat(depth) + "]".repeat(depth));

const hostileValues: readonly ((random: Random) => Json)[] = [
  () => -1,
  () => 0,
  () => 0.5,
  () => raw("-0"),
  () => raw("1e999"),
  () => raw("NaN"),
  () => raw("Infinity"),
  () => raw("0x10"),
  (random) => 2 ** random.integer(64),
  (random) => raw(`${2n ** BigInt(32 + random.integer(64)) - 1n}`),
  (random) => raw("9".repeat(1 + random.integer(400))),
  () => null,
  () => true,
  () => "",
  () => "\u001b[2J\u202e",
  () => "../../evil.safetensors",
  () => "\ud800",
  (random) => "x".repeat(random.integer(5000)),
  () => [],
  () => ({}),
  (random) => Array.from({ length: random.integer(2000) }, () => 2 ** 31),
  (random) => Array.from({ length: 40 }, () => 2 ** random.integer(54)),
  (random) => deep(random.integer(300)),
  (random) => deep(random.integer(50) === 0 ? 200_000 : 2000),
  () => raw('{"a":'.repeat(3000) + "1" + "}".repeat(3000)),
  () => ({ ["__proto__"]: { polluted: true } }),
];

const hostileKeys = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "__metadata__",
  "length",
  "",
  "\u0000",
  "x".repeat(3000),
];

/**
 * One to three changes of a JSON text: values replaced, swapped and removed, keys renamed and doubled;
 * and, in one text of four, bytes flipped, cut, doubled or put in.
 */
export function mutateJson(text: string, random: Random): Uint8Array {
  const root = { whole: JSON.parse(text) as Json };
  for (let i = random.integer(3); i >= 0; i--) changeValue(root, random);
  const written = JSON.stringify(root.whole).replace(/"\\u0001(.*?)\\u0001"/g, (_, token: string) =>
    token.replaceAll('\\"', '"'),
  );
  const doubled = random.integer(8) === 0 ? doubleKey(written, random) : written;
  const bytes = new TextEncoder().encode(doubled);
  return random.integer(4) === 0 ? mutateBytes(bytes, random) : bytes;
}

/** One to three changes of bytes, whatever they mean. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let current = bytes;
  for (let i = random.integer(3); i >= 0 && current.length > 0; i--) {
    const at = random.integer(current.length);
    const to = Math.min(current.length, at + 1 + random.integer(20));
    const [before, piece, after] = [
      current.subarray(0, at),
      current.slice(at, to),
      current.subarray(to),
    ];
    const damage: readonly (() => readonly Uint8Array[])[] = [
      () => [before, piece.map((byte) => byte ^ (1 << random.integer(8))), after],
      () => [before],
      () => [before, after],
      () => [before, piece, piece, after],
      () => [before, piece.map(() => random.integer(256)), after],
      () => [before, Uint8Array.of(0xff, 0xfe, 0xc0, 0x80), piece, after],
    ];
    current = Buffer.concat(damage[random.integer(damage.length)]!());
  }
  return new Uint8Array(current);
}

function changeValue(root: { whole: Json }, random: Random): void {
  const places = placesOf(root);
  const { holder, key } = places[random.integer(places.length)]!;
  const get = (from: Holder, name: string): Json => (from as Record<string, Json>)[name];
  const set = (into: Holder, name: string, value: Json): void => {
    // `__proto__` as a key like any other.
    Object.defineProperty(into, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  };
  const remove = (): void => {
    if (Array.isArray(holder)) holder.splice(Number(key), 1);
    else delete holder[key];
  };
  const replace = (): void =>
    set(holder, key, hostileValues[random.integer(hostileValues.length)]!(random));
  const swap = (): void => {
    const other = places[random.integer(places.length)]!;
    const [mine, theirs] = [get(holder, key), get(other.holder, other.key)];
    if (contains(mine, other.holder) || contains(theirs, holder)) return;
    set(holder, key, theirs);
    set(other.holder, other.key, mine);
  };
  const rename = (): void => {
    const value = get(holder, key);
    remove();
    set(holder, hostileKeys[random.integer(hostileKeys.length)]!, value);
  };
  const nudge = (): void => {
    const value = get(holder, key);
    if (typeof value === "number")
      set(holder, key, value + [-1, 1, 64, -64, 2 ** 32][random.integer(5)]!);
    else replace();
  };
  const changes = [replace, swap, swap, nudge, nudge, remove];
  // An array has no names to change, and the root must keep its one.
  if (!Array.isArray(holder) && holder !== root) changes.push(rename);
  if (holder === root) return replace();
  changes[random.integer(changes.length)]!();
}

/** Every place of a value that could hold another one. */
function placesOf(root: Holder): { holder: Holder; key: string }[] {
  const found: { holder: Holder; key: string }[] = [];
  const open: Holder[] = [root];
  for (let holder = open.pop(); holder !== undefined; holder = open.pop())
    for (const key of Object.keys(holder).slice(0, 100)) {
      found.push({ holder, key });
      const value = (holder as Record<string, Json>)[key];
      if (typeof value === "object" && value !== null) open.push(value as Holder);
    }
  return found;
}

const contains = (value: Json, holder: Holder): boolean =>
  value === holder ||
  (typeof value === "object" &&
    value !== null &&
    placesOf(value as Holder).some((place) => place.holder === holder));

/** Writes one `"key":value` pair a second time, with another value. */
function doubleKey(text: string, random: Random): string {
  const pairs = [...text.matchAll(/"[^"\\]{1,40}":(?=[[{"\d])/g)];
  if (pairs.length === 0) return text;
  const { index, 0: pair } = pairs[random.integer(pairs.length)]!;
  return `${text.slice(0, index)}${pair}${random.integer(3)},${text.slice(index)}`;
}
