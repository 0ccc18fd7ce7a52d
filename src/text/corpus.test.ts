import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countText, documentSplitter, lineText } from "./corpus.ts";
import type { TextPiece } from "./corpus.ts";
import { tokenizers } from "./tokenizers/index.ts";

/** Splits a text that arrives in chunks of the given length, and puts the documents together again. */
function documents(text: string, chunk: number, pieceLength?: number): string[] {
  const splitter = documentSplitter(pieceLength);
  const pieces: TextPiece[] = [];
  for (let i = 0; i < text.length; i += chunk)
    pieces.push(...splitter.push(text.slice(i, i + chunk)));
  pieces.push(...splitter.end());
  const whole: string[] = [];
  let open = "";
  for (const { text: part, endsDocument } of pieces) {
    open += part;
    if (!endsDocument) continue;
    whole.push(open);
    open = "";
  }
  expect(open).toBe("");
  return whole;
}

describe("documentSplitter", () => {
  const end = "<|endoftext|>";
  test.each([
    ["One.\n<|endoftext|>\nTwo.\n", ["One.", "Two.\n"]],
    [`${end}\r\nOne.\r\n${end}\r\n${end}\n \n${end}\nTwo.\n${end}`, ["One.", "Two."]],
    [`not ${end}\n${end} here\n`, [`not ${end}\n${end} here\n`]],
    [`a\n${end}\rb`, [`a\n${end}\rb`]],
    [`a\n\n${end}`, ["a\n"]],
    ["\n \n", []],
    ["", []],
  ])("%j, in chunks of any length", (text, expected) => {
    for (const chunk of [1, 2, 3, 5, 14, 100]) expect(documents(text, chunk)).toEqual(expected);
  });

  test("long documents come in pieces, and nothing is lost", () => {
    const word = fc.constantFrom("word", " ", "\n", "\r\n", "明月", "😀", ".", `\n${end}\n`, end);
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (words, n) => {
          const text = words.join("");
          const whole = documents(text, 1_000_000);
          // Pieces this short have no good place to cut in runs of white space: compare without it.
          const bare = (list: string[]) => list.map((one) => one.replace(/\s+$/g, ""));
          expect(bare(documents(text, n, 8))).toEqual(bare(whole));
        },
      ),
    );
  });

  test("pieces have the ids of the whole, whatever the tokenizer", async () => {
    const text = "Tom's   cat\n\n  ran.  It's 明月 10 o'clock?!\r\n\tSo what… 한국어 문장. ".repeat(
      30,
    );
    const splitter = documentSplitter(50);
    const pieces = [...splitter.push(text), ...splitter.end()].map((piece) => piece.text);
    expect(pieces.length).toBeGreaterThan(20);
    for (const kind of Object.values(tokenizers)) {
      const tokenizer = await kind.train([text]);
      expect(pieces.flatMap((piece) => [...tokenizer.encode(piece)])).toEqual([
        ...tokenizer.encode(text),
      ]);
    }
  });

  test("surrogate pairs stay whole where there is no space", () => {
    const splitter = documentSplitter(11);
    const pieces = [...splitter.push("😀".repeat(50)), ...splitter.end()];
    expect(pieces.length).toBeGreaterThan(5);
    for (const { text } of pieces) expect(text).toMatch(/^(😀)*$/u);
  });
});

describe("lineText", () => {
  test("the field, or a clear error that names the line", () => {
    expect(lineText('{"text": "hi"}', "text", "f:1")).toBe("hi");
    expect(lineText(" \r", "text", "f:1")).toBeUndefined();
    expect(() => lineText('{"body": "hi", "id": 3}', "text", "f.jsonl:7")).toThrow(
      'corpus: f.jsonl:7: needs a field "text" with the text, got the fields body, id; rename the field or choose another',
    );
    expect(() => lineText("{text", "text", "f:2")).toThrow(/f:2: each line must be a JSON object/);
    expect(() => lineText('"text"', "text", "f:2")).toThrow(/must be a JSON object/);
    expect(() => lineText("{}", "toString", "f:2")).toThrow(/no fields/);
  });
});

test("countText counts code points and bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(countText(text)).toEqual({
        characters: Array.from(text).length,
        bytes: new TextEncoder().encode(text).length,
      });
    }),
  );
  for (const text of ["\ud83d", "a\ude00\ud83d", "\ud83dx"])
    expect(countText(text).bytes).toBe(new TextEncoder().encode(text).length);
});
