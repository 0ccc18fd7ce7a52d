/** A judge's verdicts on texts of any length are the chains of its own answers, window by window. */
import { expect, test } from "vitest";
import { tokenizers } from "unmask";
import { costInOrder } from "../src/evaluate/exact.ts";
import { checkJudge, judgeTexts } from "../src/evaluate/judge.ts";
import { leftToRight } from "../src/sample/rules/left-to-right.ts";
import { openDenoisers } from "../src/system/denoisers/index.ts";
import { systemOf } from "../src/system/index.ts";
import { toy, toyNetwork } from "./support/toy-network.ts";

const tokenizer = await tokenizers["char"]!.train(["abc"]);
const { runtime, config, weights } = toyNetwork({ kind: "causal" }, tokenizer.size);
const { length } = toy;
const modelOf = (system: string) => ({
  config: { system, options: {}, length, transformer: config },
  weights,
  tokenizer,
});
const model = modelOf("autoregressive");

test("windows of three, the last one shorter; an end is a token; texts share batches", async () => {
  const texts = ["", "a", "ab", "abc", "cab", "cabb", "abcabca"].flatMap((text) => [
    { text, ended: true },
    { text, ended: false },
  ]);
  const verdicts = await judgeTexts(texts, { runtime, model, batch: 4 });

  const kind = systemOf("autoregressive");
  const denoiser = await openDenoisers({ runtime, kind, config, length, weights, tokenizer });
  for (const [index, { text, ended }] of texts.entries()) {
    const tokens = [...tokenizer.encode(text), ...(ended ? [tokenizer.endId] : [])];
    let nats = 0;
    for (let start = 0; start < tokens.length; start += length) {
      const piece = Int32Array.from(tokens.slice(start, start + length));
      nats += await costInOrder(piece, { denoiser, rule: leftToRight() });
    }
    expect(verdicts[index]!.tokens).toBe(tokens.length);
    expect(verdicts[index]!.nats).toBeCloseTo(nats, 4);
  }
  // Where all is short, so is the program.
  const [short] = await judgeTexts(texts.slice(2, 3), { runtime, model, batch: 1 });
  expect(short!.nats).toBeCloseTo(verdicts[2]!.nats, 5);
});

test("only a likelihood can judge", () => {
  expect(() => checkJudge(model)).not.toThrow();
  expect(() => checkJudge(modelOf("mdlm"))).toThrow(/must be an autoregressive model/);
});
