/**
 * Fine-tuning on dialogues: what is given costs nothing under any system, and a small model that was
 * trained on text learns to answer.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { cpuRuntime } from "unmask/node";
import { permutation, randomKey, randomStream } from "unmask/tensor";
import { sizes, transformerConfig } from "../src/model/sizes.ts";
import { transformerParameters } from "../src/model/transformer.ts";
import { initialize } from "../src/nn/parameter.ts";
import { tokenLesson } from "../src/objective/lesson.ts";
import { score, scoreProgram } from "../src/objective/score.ts";
import { systemOf, systems } from "../src/system/index.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-dialogues-"));
afterAll(() => rm(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

/** Runs a command line; `more` may hold spaces. */
const unmask = (line: string, ...more: string[]) =>
  spawnSync(process.execPath, [program, ...line.split(" "), ...more], { encoding: "utf8" });

test.each(Object.keys(systems))("%s: given tokens cost nothing", async (name) => {
  const runtime = cpuRuntime({ threads: 1 });
  const [size, batch, length] = [6, 4, 16];
  const kind = systemOf(name);
  const { bound: objective } = kind.create({ size, maskId: 5, endId: 4 });
  const config = transformerConfig(sizes["nano"]!, { vocabulary: size, ...kind });
  const weights = initialize(transformerParameters(config), randomKey(1));
  const setup = { lesson: tokenLesson(config, objective), batch, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  const x0 = Int32Array.from({ length }, (_, place) => place % 4);
  const costs = (open: number) =>
    score(setup, {
      run: (inputs) => executable.run(inputs),
      windows: (async function* () {
        yield { x0, given: Uint8Array.from(x0, (_, place) => Number(place < length - open)) };
        yield { x0, given: Uint8Array.from(x0, () => 1) };
      })(),
      samples: 64,
      key: randomKey(2),
    });
  // The second window is all given; an answer counts as if it filled the first.
  for (const open of [4, 16]) {
    const { nats, tokens, standardError } = await costs(open);
    expect(tokens).toBe(open);
    // The mean and the spread of a number and a zero are the same.
    expect(standardError).toBeCloseTo(nats, 6);
    expect(nats).toBeGreaterThan(0.3);
    expect(nats).toBeLessThan(1.5);
  }
  await executable.dispose();
});

/** All words of three letters, shuffled; the last twenty are never trained on. */
const letters = ["a", "b", "c", "d", "e", "f"];
const all = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
const words = Array.from(permutation(randomStream(randomKey(6)), all.length), (i) => all[i]!);
const [known, held] = [words.slice(0, -20), words.slice(-20)];

const echo = (word: string): string =>
  JSON.stringify({
    messages: [
      { role: "user", content: word },
      { role: "assistant", content: word },
    ],
  });

test(
  "a fine-tuned LLaDA answers: what it was never asked before, surest tokens first",
  { timeout: 180_000 },
  async () => {
    const text = known.map((word, i) => `User: Assistant: ${word} ${known[(7 * i) % 196]}`);
    await writeFile(at("text.txt"), text.join("\n").repeat(8));
    const tooLong = echo("a".repeat(30));
    await writeFile(at("chat.jsonl"), [...known.map(echo), tooLong].join("\n"));

    const first = unmask(
      `train --data ${at("text.txt")} --out ${at("base")} --system llada --size nano --length 26 --steps 150`,
    );
    expect(first.status, first.stderr).toBe(0);
    const rates = "--lr 0.006 --warmup 10 --beta2 0.98 --weight-decay 0 --ema 0.95";
    const tuned = unmask(
      `train --init ${at("base")} --data ${at("chat.jsonl")} --out ${at("chat")} ` +
        `--steps 600 --batch 32 --eval-every 200 ${rates}`,
    );
    expect(tuned.status, tuned.stderr).toBe(0);
    // The system and the length are those that it was begun with.
    expect(tuned.stderr).toMatch(/^llada: .* 600 steps of 32 x 26$/m);
    expect(tuned.stderr).toMatch(/^1 of 197 answers are longer than --length 26 and left out$/m);

    for (const word of held.slice(0, 5)) {
      const prompt = `User: ${word}\nAssistant:`;
      const flags = `--model ${at("chat")} --length 6 --temperature 0 --json`;
      const { stdout } = unmask(`generate ${flags}`, prompt);
      const { texts } = JSON.parse(stdout) as { texts: { text: string; passes: number }[] };
      expect(texts[0]!.text).toBe(`${prompt} ${word}`);
    }
  },
);

test("it is talked to through a pipe: every line is a message, an answer is a line", () => {
  const [first, second, third] = held as [string, string, string];
  const chat = `generate --chat --model ${at("chat")} --length 6 --temperature 0`;
  const talk = (input: string, ...more: string[]) =>
    spawnSync(process.execPath, [program, ...chat.split(" "), ...more], {
      encoding: "utf8",
      input,
    });
  const plain = talk(`/reset\r\n${second}\n/reset\n${third}`, first);
  expect(plain.stderr).toMatch(/^a new conversation\na new conversation\n\d+ forward passes in /);
  expect(plain).toMatchObject({ status: 0, stdout: `${first}\n${second}\n${third}\n` });

  const whole = talk(`${first}\n\n${second}\n`, "--json", "--system", "Echo.");
  const { messages } = JSON.parse(whole.stdout) as {
    messages: { role: string; content: string }[];
  };
  expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
  expect(messages.slice(0, 2).map(({ content }) => content)).toEqual(["Echo.", first]);
  expect(whole.stderr).toContain(`${messages[2]!.content}\n`);
});

test.each([
  ["--system Hello", /--system needs --chat/],
  ["--chat --count 2", /--chat writes one answer at a time, got --count/],
])("generate %s is wrong usage", (flags, message) => {
  const run = unmask(`generate --model ${at("chat")} ${flags}`);
  expect(run.status).toBe(2);
  expect(run.stderr).toMatch(message);
});

test("another system takes the weights that it has a place for", () => {
  const timed = unmask(
    `train --init ${at("base")} --data ${at("chat.jsonl")} --out ${at("timed")} ` +
      `--system sedd --length 40 --steps 2 --batch 2`,
  );
  expect(timed.status, timed.stderr).toBe(0);
  expect(timed.stderr).toMatch(/^sedd: .* x 40$/m);
  expect(timed.stderr).toMatch(
    /^--init .*base: time\.in\.weight.*blocks\.\*\.adaln\..* start fresh$/m,
  );
});

test.each([
  [
    "a damaged line",
    ["chat.jsonl"],
    `${echo("abc")}\n{"messages": 1}\n`,
    /chat\.jsonl:2: messages must/,
  ],
  [
    "dialogues and text",
    ["chat.jsonl", "--valid", "text.txt"],
    echo("abc"),
    /both hold text or both/,
  ],
  ["too few", ["chat.jsonl"], echo("abc"), /to train on and one to validate on, got 0 and 1; give/],
])("%s is one line of error", async (_, [file, flag, valid], content, message) => {
  const place = await mkdtemp(join(folder, "wrong-"));
  await writeFile(join(place, "text.txt"), "a text\n".repeat(100));
  await writeFile(join(place, file!), content);
  const more = flag === undefined ? [] : [flag, join(place, valid!)];
  const run = unmask(`train --data ${join(place, file!)} --out ${join(place, "x")}`, ...more);
  expect(run.stderr).toMatch(message);
  expect(run.stderr.trim().split("\n")).toHaveLength(1);
  expect(run.status).toBeGreaterThan(0);
});
