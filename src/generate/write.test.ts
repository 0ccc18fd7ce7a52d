import { describe, expect, test } from "vitest";
import { sizes, transformerConfig } from "../model/sizes.ts";
import { systemFromSpec } from "../system/index.ts";
import { scriptedDenoiser } from "../testing/denoisers.ts";
import { tokenizers } from "../text/index.ts";
import type { UsableModel } from "./model.ts";
import type { Start, Task, TaskEvent, Written } from "./task.ts";
import { write } from "./write.ts";

const tokenizer = await tokenizers["byte"]!.train([]);
const { size, maskId, endId } = tokenizer;

/** A model of bytes that wants its open places to read so, the surest first where `sure` says how sure. */
function model(
  reply: string,
  { system = "mdlm", sure = (at: number) => 0.9 + at / 1e4, end = true } = {},
): UsableModel {
  const tokens = [...tokenizer.encode(reply), ...(end ? [endId] : [])];
  const kind = systemFromSpec(system);
  const { name, options } = kind;
  const transformer = transformerConfig(sizes["nano"]!, { vocabulary: size, ...kind });
  return {
    name: "toy",
    kind,
    config: { system: name, options, length: 64, transformer },
    weights: {},
    tokenizer,
    approximate: false,
    denoiser(canvas) {
      const first = Math.max(0, canvas?.indexOf(maskId) ?? 0);
      return scriptedDenoiser({
        vocabulary: size,
        maskId,
        script(place) {
          const at = place - first;
          const law = new Float64Array(size).fill((1 - sure(at)) / size);
          law[tokens[at] ?? 46] = sure(at);
          return law;
        },
      });
    },
  };
}

const taskOf = (start: Start, more: Partial<Task> = {}): Task => ({
  start,
  sampling: { temperature: 0, rule: "confidence", steps: 8 },
  seed: 1,
  stop: [],
  alternatives: undefined,
  frames: false,
  echo: false,
  ...more,
});
const after = (prompt: string, length: number): Start => ({ kind: "continue", prompt, length });

/** All events, with the text as it was told and as it ended. */
async function carriedOut(toy: UsableModel, task: Task) {
  const events: TaskEvent[] = [];
  for await (const event of write(toy, task, new AbortController().signal)) events.push(event);
  const told = events.flatMap((event) => (event.kind === "text" ? [event.text] : []));
  const frames = events.flatMap((event) => (event.kind === "frame" ? [event.frame] : []));
  const result = (events.at(-1) as { result: Written }).result;
  expect(events[0]!.kind).toBe("begun");
  expect(told.join("")).toBe(result.text);
  return { told, frames, result };
}

describe("settled text", () => {
  test("comes as it settles, and ends with its end", async () => {
    const left = {
      ...taskOf(after("It", 20)),
      sampling: { temperature: 0, rule: "left-to-right" },
    };
    const { told, result } = await carriedOut(model(" was so."), left);
    expect(told).toEqual(Array.from(" was so."));
    expect(result).toMatchObject({ promptTokens: 2, tokens: 9, passes: 9, ending: "stop" });
  });

  test("of a rule that decides from the right comes at once", async () => {
    const { told } = await carriedOut(model("from the right"), taskOf(after("", 15)));
    expect(told.length).toBeLessThan(4);
  });

  test("ends with its room", async () => {
    const { result } = await carriedOut(model("too long for it"), taskOf(after("", 5)));
    expect(result).toMatchObject({ text: "too l", tokens: 5, ending: "length" });
  });

  test("ends as it is when its passes are used up", async () => {
    const { result } = await carriedOut(model("abc", { sure: (at) => 0.9 - at / 100 }), {
      ...taskOf(after("", 8), { passes: 2 }),
    });
    expect(result).toMatchObject({ passes: 2, ending: "passes" });
    expect("abc").toContain(result.text);
  });

  test("never splits a character", async () => {
    const text = "안녕 🦊é 세계";
    const left = { temperature: 0, rule: "left-to-right" };
    const { told } = await carriedOut(model(text), { ...taskOf(after("", 40)), sampling: left });
    expect(told).toEqual(Array.from(text));
  });

  test("ends before a stop string, none of which is ever told", async () => {
    const left = { temperature: 0, rule: "left-to-right" };
    const told = async (reply: string, stop: string[]) => {
      const task = { ...taskOf(after("", 30), { stop }), sampling: left };
      const { result, told: parts } = await carriedOut(model(reply), task);
      return [parts.join("|"), result.ending, result.passes];
    };
    // What may begin a stop string waits for the next token.
    expect(await told("a##b###c", ["###"])).toEqual(["a|##b", "stop", 7]);
    expect(await told("a##", ["###"])).toEqual(["a|##", "stop", 4]);
    expect(await told("one. two", ["two", "."])).toEqual(["o|n|e", "stop", 4]);
    expect(await told("끝났다", ["났"])).toEqual(["끝", "stop", 6]);
  });
});

test("an answer is trimmed, and ends where the next turn would begin", async () => {
  const messages = [{ role: "user", content: "hi" }] as const;
  const start: Start = { kind: "answer", messages, length: 30 };
  const left = { temperature: 0, rule: "left-to-right" };
  const { result } = await carriedOut(model(" Hello  there. \nUser: more"), {
    ...taskOf(start),
    sampling: left,
  });
  expect(result).toMatchObject({ text: "Hello  there.", ending: "stop" });
});

test("a hole is filled between its texts, and a filled or edited text is told whole", async () => {
  const between: Start = { kind: "between", before: "a ", after: " c", length: 3 };
  expect((await carriedOut(model("bbb"), taskOf(between))).result).toMatchObject({
    text: "bbb",
    promptTokens: 4,
    tokens: 3,
  });
  const fill: Start = { kind: "fill", text: "a [[3]] c", longest: 4 };
  expect((await carriedOut(model("bbb"), taskOf(fill))).result.text).toBe("a bbb c");
  const edit: Start = { kind: "edit", text: "a xyz c", opened: [{ start: 2, end: 5 }] };
  expect((await carriedOut(model("bbb"), taskOf(edit))).result.text).toBe("a bbb c");
});

test("a hole of unknown length costs the passes of its trials, too", async () => {
  const fill: Start = { kind: "fill", text: "a [[?]] c", longest: 2 };
  const { result } = await carriedOut(model("b"), taskOf(fill));
  expect(result.passes).toBeGreaterThan(result.steps);
});

test("only models that see both sides fill holes", async () => {
  const toy = model("b", { system: "autoregressive" });
  const between: Start = { kind: "between", before: "a", after: "c", length: 3 };
  await expect(carriedOut(toy, taskOf(between))).rejects.toThrow(
    "infill: needs a model that sees both sides of a hole, got the system autoregressive",
  );
});

test("written tokens make up the text, with their own probabilities and the likeliest others", async () => {
  const sure = (at: number): number => 0.5 + at / 10;
  const toy = model("né!", { sure });
  const { result } = await carriedOut(toy, taskOf(after("", 5), { alternatives: 2 }));
  expect(result.written!.map(({ text }) => text)).toEqual(["n", "", "é", "!"]);
  for (const [at, { logProb, alternatives }] of result.written!.entries()) {
    expect(Math.exp(logProb!)).toBeCloseTo(sure(at), 2);
    expect(alternatives).toHaveLength(2);
    expect(alternatives[0]!.logProb).toBeCloseTo(logProb!, 6);
    expect(alternatives[1]!.logProb).toBeLessThan(logProb!);
  }
  const stopped = taskOf(after("", 9), { alternatives: 0, stop: ["!"] });
  const { written } = (await carriedOut(model("né! so"), stopped)).result;
  expect(written!.map(({ text }) => text)).toEqual(["n", "", "é"]);
});

describe("echo", () => {
  const echo = { echo: true, alternatives: 1 } as const;

  test("tells the given text first", async () => {
    const { told, result } = await carriedOut(model(" b"), taskOf(after("a", 3), { echo: true }));
    expect(told[0]).toBe("a");
    expect(result).toMatchObject({ text: "a b", promptTokens: 1, tokens: 3 });
  });

  test("of an autoregressive model tells what it thinks of each given token", async () => {
    // The toy knows where its text stands, not what stands before.
    const toy = model("abc", { system: "autoregressive" });
    const start = after("abd", 0);
    const { result } = await carriedOut(toy, taskOf(start, echo));
    expect(result).toMatchObject({ text: "abd", tokens: 0, passes: 0 });
    const [a, b, d] = result.written!;
    expect(Math.exp(a!.logProb!)).toBeCloseTo(0.9, 2);
    expect(b!.alternatives).toMatchObject([{ text: "b" }]);
    expect(d!.logProb!).toBeLessThan(-5);
    expect(d!.alternatives).toMatchObject([{ text: "c" }]);
  });

  test("has no probabilities of other models", async () => {
    await expect(carriedOut(model("b"), taskOf(after("a", 3), echo))).rejects.toThrow(
      "echo: the probabilities of given tokens need an autoregressive model, got the system mdlm",
    );
  });
});

test("frames show masks, whole characters, and how sure the model was", async () => {
  const { frames, result } = await carriedOut(model("b🦊"), {
    ...taskOf({ kind: "fill", text: "a[[5]]c", longest: 1 }, { frames: true }),
    sampling: { temperature: 0, rule: "left-to-right" },
  });
  expect(frames.map(({ text }) => text)).toEqual([
    "a░░░░░c",
    "ab░░░░c",
    // The parts of a character are not shown before it is whole.
    "ab░░░░c",
    "ab░░░░c",
    "ab░░░░c",
    result.text,
  ]);
  expect(result.text).toBe("ab🦊c");
  const [first, , , , , last] = frames;
  expect(first!.pieces).toEqual([
    { text: "a", places: 1, open: false, changed: false, confidence: 1 },
    { text: "", places: 5, open: true, changed: false, confidence: 0 },
    { text: "c", places: 1, open: false, changed: false, confidence: 1 },
  ]);
  expect(last!.pieces[2]).toMatchObject({ text: "🦊", places: 4, open: false, changed: true });
  expect(last!.pieces.reduce((sum, { places }) => sum + places, 0)).toBe(7);
});

test("ends with the signal's reason within a step", async () => {
  const controller = new AbortController();
  const events = write(model("a long text"), taskOf(after("", 11)), controller.signal);
  await events.next();
  controller.abort(new Error("enough"));
  await expect(events.next()).rejects.toThrow("enough");
});
