import { expect, it } from "vitest";
import { randomKey } from "../tensor/random.ts";
import { stories } from "./stories.ts";

const written = stories(randomKey(3), 60_000);

it("is determined by the key", () => {
  expect(stories(randomKey(3), 60_000)).toEqual(written);
  expect(stories(randomKey(4), 60_000)).not.toEqual(written);
  // A longer text begins with the shorter one.
  expect(stories(randomKey(3), 90_000).slice(0, written.length)).toEqual(written);
});

it("writes varied sentences with few words and characters", () => {
  const text = written.join("\n");
  expect(text.length).toBeGreaterThanOrEqual(60_000 - 1);
  const words = new Set(text.toLowerCase().match(/[a-z]+/g));
  expect(words.size).toBeGreaterThan(120);
  expect(words.size).toBeLessThan(200);
  expect(text).toMatch(/^[A-Za-z ,.!?"\n]+$/);
  expect(new Set(written).size).toBeGreaterThan(written.length * 0.97);
});

it("keeps its promises over a distance: after a swap each has what the other had", () => {
  const swaps = written.flatMap((story) => {
    const found =
      /(\w+) had an? ([\w ]+), and (\w+) the \w+ had an? ([\w ]+)\..* So (\w+) took the ([\w ]+) and (\w+) took the ([\w ]+)\./.exec(
        story,
      );
    return found ? [found.slice(1)] : [];
  });
  expect(swaps.length).toBeGreaterThan(10);
  for (const [a, mine, b, yours, first, gets, second, alsoGets] of swaps) {
    expect([first, gets, second, alsoGets]).toEqual([a, yours, b, mine]);
  }
});
