/** The page's way to noise and back: both are ways of the same process. */
import { describe, expect, test } from "vitest";
import { noises, noiseSteps } from "../playground/noise/noises.ts";
import type { NoiseName } from "../playground/noise/noises.ts";
import { pathBack, pathOf } from "../playground/noise/path.ts";
import { createSchedule } from "../src/diffusion/schedules/index.ts";

const size = 3;
const places = 4000;
const start = Int32Array.from({ length: places }, (_, place) => place % size);

describe.each(Object.keys(noises) as NoiseName[])("%s noise", (name) => {
  const noise = noises[name].create({
    states: { size: size + 1, maskId: size },
    schedule: createSchedule("log-linear"),
    length: places,
    block: 1000,
  });
  const path = pathOf(start, noise, 1);
  const back = pathBack(path.at(-1)!, start, noise, 1);

  test("leads back to the very text, from the very noise", () => {
    expect(back).toHaveLength(noiseSteps + 1);
    expect(back[0]).toEqual(path.at(-1));
    expect(back.at(-1)).toEqual(start);
  });

  test("has the law of the forward process at every time, on the way back too", () => {
    for (const t of [0.2, 0.5, 0.9]) {
      const there = path[Math.round(t * noiseSteps)]!;
      const again = back[Math.round((1 - t) * noiseSteps)]!;
      for (let state = 0; state < size; state++) {
        // Of all places that began with this token, and whose block is as far: the share that has each state.
        for (let block = 0; block < (name === "block" ? 4 : 1); block++) {
          const own = [...start.keys()].filter(
            (place) =>
              start[place] === state && (name !== "block" || Math.floor(place / 1000) === block),
          );
          const law = noise.process.marginal(state, noise.timeOf(own[0]!, t));
          for (const now of [there, again])
            for (let to = 0; to <= size; to++) {
              const share = own.filter((place) => now[place] === to).length / own.length;
              const error = Math.sqrt((law[to]! * (1 - law[to]!)) / own.length);
              expect(Math.abs(share - law[to]!)).toBeLessThanOrEqual(4.5 * error + 1e-12);
            }
        }
      }
    }
  });
});
