import { expect, test } from "vitest";
import { flagsLine } from "./command-line.ts";

test("options as words that a shell reads back", () => {
  const line = flagsLine({ out: "my 책", minLr: 0.1, resume: true, watch: false, data: undefined });
  expect(line).toBe("--out 'my 책' --min-lr 0.1 --resume");
  expect(flagsLine({ models: "runs/a,runs/b" })).toBe("--models runs/a,runs/b");
  expect(flagsLine({ model: `it's $HOME` })).toBe(`--model 'it'\\''s $HOME'`);
});
