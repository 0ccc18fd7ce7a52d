import fc from "fast-check";
import { expect, test } from "vitest";
import { eventData } from "./event-stream.ts";

const read = async (chunks: readonly Uint8Array[], limit = 1000): Promise<string[]> => {
  const events: string[] = [];
  const source = async function* () {
    yield* chunks;
  };
  for await (const data of eventData(source(), limit)) events.push(data);
  return events;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ["data: one\n\ndata:two\n\n", ["one", "two"]],
  ["data: one\r\n\r\ndata: two\r\n\r\n", ["one", "two"]],
  ["data: one\r\rdata: two\r\r", ["one", "two"]],
  [": alive\n\n\n: alive\n\ndata: one\n\n", ["one"]],
  ["data: a\ndata:  b\ndata\ndata:c\n\n", ["a\n b\n\nc"]],
  ["event: x\nid: 1\nretry: 5\ndata: one\n\n", ["one"]],
  ["\uFEFFdata: one\n\n", ["one"]],
  ["data: one\n\ndata: cut of", ["one"]],
  ["data: one\n\ndata: no blank line\n", ["one", "no blank line"]],
  ["data: 가나 🐸 e\u0301\n\n", ["가나 🐸 e\u0301"]],
])("%j", async (text, expected) => {
  expect(await read([bytes(text)])).toEqual(expected);
});

test("bytes may be cut anywhere", async () => {
  const text = ": hi\r\n\r\ndata: 한글 🐸\r\ndata: e\u0301\r\n\r\ndata: x\n\r\ndata: y\r\r";
  const whole = bytes(text);
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(fc.nat(whole.length), { maxLength: 12 }), async (places) => {
      const cuts = [0, ...places.toSorted((a, b) => a - b), whole.length];
      const chunks = cuts.slice(1).map((end, i) => whole.subarray(cuts[i], end));
      expect(await read(chunks)).toEqual(["한글 🐸\ne\u0301", "x", "y"]);
    }),
  );
});

test("an event without an end is refused", async () => {
  const endless = Array.from({ length: 100 }, () => bytes("data: 0123456789"));
  await expect(read(endless)).rejects.toThrow("longer than any answer");
  const lines = Array.from({ length: 100 }, () => bytes("data: 0123456789\n"));
  await expect(read(lines)).rejects.toThrow("longer than any answer");
});
