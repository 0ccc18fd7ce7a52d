import { expect, test } from "vitest";
import { sizes, transformerConfig } from "../model/sizes.ts";
import { transformerParameters } from "../model/transformer.ts";
import { initialize } from "../nn/parameter.ts";
import { randomKey } from "../tensor/index.ts";
import { warmStart } from "./warm-start.ts";

const attention = { kind: "bidirectional" } as const;
const specs = (timed: boolean) =>
  transformerParameters(transformerConfig(sizes["nano"]!, { vocabulary: 8, attention, timed }));

test("weights that fit are taken, the others are drawn and named", () => {
  const plain = initialize(specs(false), randomKey(1));
  const same = warmStart(specs(false), plain, randomKey(2));
  expect(same.weights).toEqual(plain);
  expect(same.note).toBeUndefined();

  const timed = warmStart(specs(true), plain, randomKey(2));
  const drawn = initialize(specs(true), randomKey(2));
  expect(Object.keys(timed.weights)).toEqual(Object.keys(drawn));
  for (const [name, weight] of Object.entries(timed.weights))
    expect(weight).toBe(plain[name] ?? timed.weights[name]);
  expect(timed.weights["time.in.weight"]).toEqual(drawn["time.in.weight"]);
  expect(timed.note).toMatch(/^time\.in\.weight, .*blocks\.\*\.adaln\.weight, .* start fresh$/);

  const wider = { ...specs(false), "head.weight": specs(false)["embed.weight"]! };
  const other = { ...plain, "head.weight": { ...plain["head.weight"]!, shape: [64, 8] } };
  expect(warmStart(wider, other, randomKey(2)).note).toBe(
    "head.weight start fresh; its head.weight are left out",
  );
});
