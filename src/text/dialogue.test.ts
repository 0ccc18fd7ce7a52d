import { gzipSync } from "node:zlib";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { randomKey } from "../tensor/random.ts";
import { holdsDialogues, readDialogues } from "./dialogue-files.ts";
import { dialogueText, parseTurns, turnsOf } from "./dialogue.ts";
import type { Message } from "./dialogue.ts";
import { encodeTurn, exampleWindows } from "./examples.ts";
import type { Example } from "./examples.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { tokenizers } from "./tokenizers/index.ts";

const line = (...said: readonly (readonly [string, unknown])[]): string =>
  JSON.stringify({ messages: said.map(([role, content]) => ({ role, content })) });

const long = line(
  ["system", "Be brief."],
  ["user", "2 + 2?"],
  ["assistant", "4"],
  ["user", "And 3?"],
  ["assistant", "7"],
);

test("every answer is an example behind all that was said before it", () => {
  const text = "System: Be brief.\nUser: 2 + 2?\nAssistant: 4\nUser: And 3?\nAssistant: 7";
  const turns = [
    { prompt: "System: Be brief.\nUser: 2 + 2?\nAssistant:", answer: " 4" },
    { prompt: text.slice(0, -2), answer: " 7" },
  ];
  expect(parseTurns(long, "chat.jsonl:1")).toEqual(turns);
  expect(parseTurns("  \r", "chat.jsonl:2")).toBeUndefined();
  const { messages } = JSON.parse(long) as { messages: Message[] };
  expect(turnsOf(messages)).toEqual(turns);
  expect(dialogueText(messages)).toBe(text);
});

test("a prompt and its completion are read as they stand", () => {
  const [prompt, completion] = ["2 + 2 =", " 4\n"];
  const pair = JSON.stringify({ prompt, completion, source: "school" });
  expect(parseTurns(pair, "sums.jsonl:1")).toEqual([{ prompt, answer: completion }]);
});

test.each([
  ["{", 'each line must be a JSON object, got "{"'],
  ["[1]", 'each line must be a JSON object, got "[1]"'],
  [
    '{"text": "a"}',
    'needs a field "messages", or "prompt" and "completion", as the lines before it, got the fields text',
  ],
  ['{"prompt": 2, "completion": "4"}', "prompt must be a text, got 2"],
  ['{"prompt": "2", "completion": ""}', 'completion must be a text, got ""'],
  ['{"messages": "hello"}', 'messages must be a list, got "hello"'],
  [line(), "needs a message of the assistant to learn from, got no messages"],
  [line(["user", "a"]), "needs a message of the assistant to learn from, got user"],
  ['{"messages": [5]}', 'messages[0] must be {"role": ..., "content": ...}, got 5'],
  [
    line(["user", "a"], ["bot", "b"]),
    'messages[1].role must be one of system, user, assistant, got "bot"',
  ],
  [line(["assistant", null]), "messages[0].content must be a text, got null"],
  [line(["assistant", " "]), 'messages[0].content must be a text, got " "'],
  ['{"messages": [{"role": "user"}]}', "messages[0].content must be a text, got nothing"],
  [line(["user", "a"], ["system", "b"]), "messages[1]: the message of the system must come first"],
])("%s is refused in one line", (source, message) => {
  expect(() => parseTurns(source, "chat.jsonl:12")).toThrow(`corpus: chat.jsonl:12: ${message}`);
});

describe("files", () => {
  let folder = "";
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "unmask-dialogues-"));
    await mkdir(at("chats"));
    await writeFile(at("chats/a.jsonl"), `\n${long}\n\n${long}`);
    await writeFile(at("chats/b.jsonl.gz"), gzipSync(`${long}\n`));
    await writeFile(at("chats/c.jsonl"), '{"prompt": "a", "completion": "b"}\n');
    await writeFile(at("text.jsonl"), '{"text": "a"}\n');
    await writeFile(at("bad.jsonl"), `${long}\n\n{"text": "a"}\n`);
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("are known by their first line", async () => {
    expect(await holdsDialogues(at("chats"))).toBe(true);
    expect(await holdsDialogues(at("text.jsonl"))).toBe(false);
    const found = [];
    for await (const turns of readDialogues(at("chats"))) found.push(turns.length);
    expect(found).toEqual([2, 2, 2, 1]);
  });

  test("are not mixed with texts, in a folder or in a file", async () => {
    await expect(holdsDialogues(folder)).rejects.toThrow(
      /must hold text or dialogues, got both: .*text\.jsonl and .*bad\.jsonl; keep them apart/,
    );
    const all = async () => {
      for await (const turns of readDialogues(at("bad.jsonl"))) void turns;
    };
    await expect(all()).rejects.toThrow(/bad\.jsonl:3: needs a field "messages"/);
  });
});

describe("examples", () => {
  let byte: Tokenizer;
  let endId = 0;
  beforeAll(async () => {
    byte = await tokenizers["byte"]!.train([]);
    ({ endId } = byte);
  });
  const turn = { prompt: "abcdef", answer: " 4" };
  const shown = ({ tokens, given }: Example) => [byte.decode(tokens), given];

  test("a long prompt loses its beginning, a long answer the example", () => {
    expect(shown(encodeTurn(turn, byte, 9)!)).toEqual(["abcdef 4", 6]);
    expect(shown(encodeTurn(turn, byte, 5)!)).toEqual(["ef 4", 2]);
    expect(shown(encodeTurn(turn, byte, 3)!)).toEqual([" 4", 0]);
    expect(encodeTurn(turn, byte, 2)).toBeUndefined();
    expect(encodeTurn(turn, byte, 9)!.tokens.at(-1)).toBe(endId);
  });

  test("a window is given as far as the prompt, and filled with end tokens", async () => {
    const source = exampleWindows([encodeTurn(turn, byte, 12)!], { length: 12, endId });
    const { x0, given } = await source.consecutive({}).at(0);
    const [space, four] = byte.encode(" 4");
    expect([...x0]).toEqual([...byte.encode("abcdef"), space, four, endId, endId, endId, endId]);
    expect([...given!]).toEqual([1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
    expect([source.tokens, source.count]).toEqual([9, 1]);
  });

  test("training sees every example once a round; a step is a function of key and number", async () => {
    const examples = Array.from({ length: 7 }, (_, i) => ({
      tokens: Int32Array.of(i, endId),
      given: i % 2,
    }));
    const source = exampleWindows(examples, { length: 2, endId });
    const options = { batch: 3, key: randomKey(4) };
    const data = source.random(options);
    const rounds: number[][] = [[], [], []];
    for (let step = 0; step < 7; step++) {
      const { x0, given } = await data.batch(step);
      for (let row = 0; row < 3; row++) {
        rounds[Math.floor((step * 3 + row) / 7)]!.push(x0[row * 2]!);
        expect(given![row * 2]).toBe(x0[row * 2]! % 2);
      }
    }
    for (const round of rounds)
      expect(round.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(new Set(rounds.map(String)).size).toBe(3);
    expect(await source.random(options).batch(5)).toEqual(await data.batch(5));
    const few: number[] = [];
    for await (const { x0 } of source.consecutive({ limit: 3 })) few.push(x0[0]!);
    expect(few).toEqual([0, 2, 4]);
  });
});
