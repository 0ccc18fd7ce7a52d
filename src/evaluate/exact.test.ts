import { expect, test } from "vitest";
import { createSchedule } from "../diffusion/schedules/index.ts";
import { uniform } from "../diffusion/processes/uniform.ts";
import { leftToRight } from "../sample/rules/left-to-right.ts";
import { orders } from "../sample/rules/index.ts";
import { random } from "../sample/rules/random.ts";
import { enumeratedDenoiser, enumerateTexts } from "../testing/enumerated.ts";
import { uniformDenoiser } from "../testing/denoisers.ts";
import { memoryTokens } from "../text/index.ts";
import { costInOrder, exactLikelihood } from "./exact.ts";

const [tokens, length] = [3, 3];
const texts = enumerateTexts(tokens, length);
const weights = texts.map(([a, b, c]) => (a === b ? 6 : 1) * (b === c ? 5 : 1) + a!);
const total = weights.reduce((a, b) => a + b, 0);
const perfect = enumeratedDenoiser({ tokens, length, law: weights });

// A perfect model's chain rule holds in any order, if the order is not chosen by looking at the text.
test.each([
  ...Object.keys(orders).map((name) => ({ name, block: 1 })),
  { name: "left-to-right", block: undefined },
  { name: "confidence", block: undefined },
])("one place a step, a perfect model's likelihood is the law itself: %j", async (setting) => {
  const ordering = { denoiser: () => perfect, rule: orders[setting.name]!.parse() };
  for (const [index, text] of texts.entries()) {
    const nats = await costInOrder(text, { ...ordering, block: setting.block });
    expect(nats).toBeCloseTo(-Math.log(weights[index]! / total), 5);
  }
});

test.each(Object.keys(orders))("%s: two steps for three places are a law as well", async (name) => {
  let mass = 0;
  for (const text of texts) {
    const options = { denoiser: () => perfect, rule: orders[name]!.parse(), steps: 2 };
    mass += Math.exp(-(await costInOrder(text, options)));
  }
  expect(mass).toBeCloseTo(1, 5);
});

test("scores windows in groups, in every unit, and tells how far it is", async () => {
  const told: number[] = [];
  const result = await exactLikelihood({
    denoiser: () => uniformDenoiser({ vocabulary: 5 }),
    rule: leftToRight(),
    tokens: memoryTokens(new Int32Array(23)),
    tokenizer: { decode: (ids) => "ab".repeat(ids.length) },
    length: 4,
    batch: 2,
    limit: 3,
    progress: (done, of) => told.push(done / of),
  });
  expect(result).toMatchObject({ windows: 3, tokens: 12, characters: 24, exact: true });
  expect(result.nats).toBeCloseTo(Math.log(4), 6);
  expect(result.bitsPerCharacter).toBeCloseTo(1, 6);
  expect(result.standardError).toBeCloseTo(0, 12);
  expect(told.at(-1)).toBe(1);
});

test("refuses what has no fixed order, and says what to use", async () => {
  const text = Int32Array.of(0, 1, 2);
  const rule = leftToRight();
  await expect(costInOrder(text, { denoiser: () => perfect, rule: random() })).rejects.toThrow(
    /an order that follows from the canvas alone, got the rule random; use one of: confidence, .*left-to-right/,
  );
  const process = uniform({ states: { size: 4, maskId: 3 }, schedule: createSchedule("linear") });
  await expect(
    costInOrder(text, { denoiser: () => ({ ...perfect, process }), rule }),
  ).rejects.toThrow(/got the process uniform, which redraws them; use --metric bound/);
  await expect(
    costInOrder(text, { denoiser: () => ({ ...perfect, answers: "score" }), rule }),
  ).rejects.toThrow(/got one of scores; use --metric bound/);
});
