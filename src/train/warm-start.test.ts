import { expect, test } from "vitest";
import { fixedNetwork } from "../model/network.ts";
import { sizes, transformerConfig } from "../model/sizes.ts";
import { transformerParameters } from "../model/transformer.ts";
import { initialize, parameterInputs } from "../nn/parameter.ts";
import { timeFeatures } from "../nn/time.ts";
import { constant, integers, program, randomKey, referenceRuntime } from "../tensor/index.ts";
import type { Value } from "../tensor/index.ts";
import { warmStart } from "./warm-start.ts";

const attention = { kind: "bidirectional" } as const;
const config = (timed: boolean) =>
  transformerConfig(sizes["nano"]!, { vocabulary: 8, attention, timed });
const specs = (timed: boolean) => transformerParameters(config(timed));

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

test("a network that is told the time begins as the one that wasn't", async () => {
  const logitsOf = async (timed: boolean, weights: Readonly<Record<string, Value>>) => {
    const network = fixedNetwork(config(timed), parameterInputs(specs(timed)), 4);
    const time = constant(timeFeatures([0.3, 5]));
    const logits = network(constant(integers([2, 4], [3, 1, 4, 1, 5, 2, 6, 7])), { time });
    const executable = await referenceRuntime().compile(
      program({ name: "start", outputs: { logits } }),
    );
    return (await executable.run(weights))["logits"]!.data;
  };
  const plain = initialize(specs(false), randomKey(1));
  const before = await logitsOf(false, plain);
  expect(await logitsOf(true, warmStart(specs(true), plain, randomKey(2)).weights)).toEqual(before);
  // From nothing, closed gates hide the blocks.
  const closed = { ...initialize(specs(true), randomKey(2)), ...plain };
  expect(await logitsOf(true, closed)).not.toEqual(before);
});
