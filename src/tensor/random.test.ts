import { describe, expect, test } from "vitest";
import { permutation, randomKey, randomStream, splitKey, threefry } from "./random.ts";

describe("random", () => {
  test("Threefry-2x32-20 gives the known answers of its authors", () => {
    const hex = (pair: [number, number]) => pair.map((word) => word.toString(16).padStart(8, "0"));
    const ones = 0xffffffff;
    expect(hex(threefry(0, 0, 0, 0))).toEqual(["6b200159", "99ba4efe"]);
    expect(hex(threefry(ones, ones, ones, ones))).toEqual(["1cb996fc", "bb002be7"]);
    expect(hex(threefry(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3))).toEqual([
      "c4923a9c",
      "483df7a0",
    ]);
  });

  test("the same key gives the same numbers, another name other ones", () => {
    const draw = (...names: (string | number)[]) =>
      randomStream(splitKey(randomKey(7), ...names)).uniform();
    expect(draw("data", 3)).toBe(draw("data", 3));
    const draws = [draw("data", 3), draw("data", 4), draw("noise", 3), draw("data"), draw("3")];
    expect(new Set(draws).size).toBe(draws.length);
  });

  test("uniform and normal draws have the moments they should", () => {
    const random = randomStream(randomKey(1));
    const n = 200_000;
    let sum = 0;
    let squares = 0;
    let normals = 0;
    let normalSquares = 0;
    for (let i = 0; i < n; i++) {
      const u = random.uniform();
      const z = random.normal();
      sum += u;
      squares += u * u;
      normals += z;
      normalSquares += z * z;
    }
    // Five standard errors each.
    expect(Math.abs(sum / n - 1 / 2)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n));
    expect(Math.abs(squares / n - 1 / 3)).toBeLessThan((5 * Math.sqrt(4 / 45)) / Math.sqrt(n));
    expect(Math.abs(normals / n)).toBeLessThan(5 / Math.sqrt(n));
    expect(Math.abs(normalSquares / n - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n));
  });

  test("a permutation holds every index once", () => {
    const order = permutation(randomStream(randomKey(5)), 100);
    expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });
});
