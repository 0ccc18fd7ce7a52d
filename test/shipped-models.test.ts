/** The models that ship: each is found by its name, opens, writes, and says where it comes from. */
import { spawnSync } from "node:child_process";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { modelFolder, shippedFolder, shippedModels } from "../src/checkpoint/shipped-models.ts";
import { runCli } from "../src/cli/run-cli.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const names = await shippedModels();

async function unmask(...words: string[]) {
  let [stdout, stderr] = ["", ""];
  const status = await runCli(words, {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
    signal: new AbortController().signal,
  });
  return { status, stdout, stderr };
}

describe.each(names)("%s", async (name) => {
  const card = await readFile(join(await modelFolder(name), "README.md"), "utf8");

  if (card.includes("\n| answers |"))
    test.each([
      ["What is the opposite of day?", "The opposite of day is night."],
      // The README's.
      ["Anna has a lamp. The fox has a key. Who has a key?", "The fox has a key."],
    ])("answers what it has learnt: %s", (question, answer) => {
      const chat = [program, "generate", "--chat", "--model", name, "--length", "32"];
      const input = `${question}\n`;
      const { stdout } = spawnSync(process.execPath, chat, { encoding: "utf8", input });
      expect(stdout).toBe(`${answer}\n`);
    });
  else
    test("writes in words of its own", async () => {
      const opening = card.includes("\nlanguage: ko\n") ? "하나님께서" : "Once upon a time";
      const words = ["generate", opening, "--length", "40", "--seed", "1", "--json"];
      const { status, stdout, stderr } = await unmask(...words, "--model", name);
      expect(status, stderr).toBe(0);
      const { texts } = JSON.parse(stdout) as { texts: { text: string }[] };
      expect(texts[0]!.text).toMatch(new RegExp(`^${opening}.{20}`, "s"));
      expect(texts[0]!.text).not.toContain("\ufffd");
    });

  test("has a card with its command, its scores and its licence", () => {
    expect(card).toMatch(/^---\nlibrary_name: unmask\nlicense: mit\n/);
    for (const line of ["| text |", "| tokens seen |", "| time |", "unmask train"])
      expect(card).toContain(line);
    expect(card).toMatch(/\| (?:held-out text|said again|answers) \| .*\d/);
  });
});

test("together they take at most 40 MB", async () => {
  const files = await Promise.all(
    names.map(async (name) => {
      const folder = shippedFolder(name);
      const sizes = (await readdir(folder)).map(
        async (file) => (await stat(join(folder, file))).size,
      );
      return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    }),
  );
  expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(40e6);
});

test("the demo races an autoregressive and two diffusion models that ship, and fills a hole", async () => {
  const { status, stdout, stderr } = await unmask("demo", "--length", "16", "--json");
  expect(status, stderr).toBe(0);
  const { models, infilled } = JSON.parse(stdout) as {
    models: { system: string; text: string }[];
    infilled: string;
  };
  expect(models.map(({ system }) => system)).toEqual(["autoregressive", "bd3lm", "mdlm"]);
  for (const { text } of models)
    expect(text).toMatch(/^Once upon a time there was a king who had.{10}/s);
  expect(infilled).toMatch(/beautiful daughter\..+ and the princess/s);
});

test("a name that is no model: one line, with those that ship", async () => {
  const { status, stderr } = await unmask("generate", "x", "--model", "nobody");
  expect(status).toBe(1);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stderr).toContain("one that ships: autoregressive");
});
