/**
 * Many tasks at a time: each is told what it would be told alone, to the last bit.
 */
import { describe, expect, test } from "vitest";
import { randomKey, randomStream } from "unmask/tensor";
import type { Task, TaskEvent, Written } from "../src/generate/task.ts";
import { write } from "../src/generate/write.ts";
import type { UsableModel } from "../src/generate/model.ts";
import { toyModel } from "./support/toy-model.ts";

const random = randomStream(randomKey(5));
const words = ["Once upon a time", "안녕하세요", "I", "The 🦊 ran. ", "a b c d e f g"];

/** @param bends whether temperature and the like apply */
function tasks(kind: "continue" | "between", bends: boolean): Task[] {
  return Array.from({ length: 16 }, (_, i) => {
    const prompt = words[i % words.length]!.repeat(1 + (i % 3));
    const length = 6 + random.integer(40);
    return {
      start:
        kind === "continue"
          ? { kind, prompt, length }
          : { kind, before: prompt, after: "the end", length: 4 + random.integer(8) },
      sampling: {
        ...(bends ? { temperature: [1, 0, 0.7][i % 3] } : {}),
        ...(bends && i % 4 === 0 ? { topP: 0.9 } : {}),
        ...(i % 2 === 0 ? { steps: 7 } : {}),
      },
      seed: i,
      stop: [],
      alternatives: 2,
      frames: false,
      echo: false,
    };
  });
}

async function finished(model: UsableModel, task: Task): Promise<Written> {
  let last: TaskEvent | undefined;
  for await (const event of write(model, task, new AbortController().signal)) last = event;
  if (last?.kind !== "done") throw new Error("the last event must be done");
  return last.result;
}

const later = (turns: number): Promise<void> =>
  turns <= 0 ? Promise.resolve() : new Promise((go) => setImmediate(() => go(later(turns - 1))));

describe.each([
  ["autoregressive", "continue"],
  ["bd3lm:block=4", "continue"],
  ["mdlm", "continue"],
  ["mdlm", "between"],
  ["sedd", "continue"],
  ["udlm", "continue"],
] as const)("%s, to %s", (spec, kind) => {
  test("alone or among fifteen others: the same text, the same probabilities", async () => {
    const model = await toyModel(spec);
    const all = tasks(kind, model.denoiser().answers !== "score");
    const alone: Written[] = [];
    for (const task of all) alone.push(await finished(model, task));
    // They come one after the other, while others are half done.
    const crowd = await Promise.all(
      all.map(async (task, i) => {
        await later(3 * (i % 5));
        return finished(model, task);
      }),
    );
    expect(crowd).toEqual(alone);
    expect(new Set(alone.map(({ text }) => text)).size).toBe(16);
  });
});
