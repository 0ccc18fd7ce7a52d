/**
 * The verbs on published folders as they come: a golden checkpoint with a tokenizer beside it, through the
 * real program.
 */
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import type { TokenizerKind } from "../src/text/tokenizer.ts";
import { bpe } from "../src/text/tokenizers/bpe.ts";
import { char } from "../src/text/tokenizers/char.ts";

const program = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const golden = (name: string) =>
  fileURLToPath(new URL(`golden/published/${name}`, import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "unmask-published-"));
afterAll(() => rm(folder, { recursive: true }));

const sentence = "the cat sat on the mat and the dog sat on the log. ";

/** A folder with a tokenizer of bytes and a few merges, or another, whose specials are appended behind. */
async function withTokenizer(name: string, kind: TokenizerKind = bpe): Promise<string> {
  const to = join(folder, name.replaceAll("/", "-"));
  await cp(golden(name), to, { recursive: true });
  const tokenizer = await kind.train([sentence.repeat(50)], { size: 280 });
  const file = tokenizer.toJSON() as { added_tokens: unknown[] };
  await writeFile(join(to, "tokenizer.json"), JSON.stringify({ ...file, added_tokens: [] }));
  return to;
}

const unmask = (...words: string[]) =>
  spawnSync(process.execPath, [program, ...words], { encoding: "utf8" });

/** What `--json` printed, or the error line as a failure that shows it. */
function json(...words: string[]): unknown {
  const { stdout, stderr, status } = unmask(...words, "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout);
}

interface Written {
  readonly texts: readonly {
    readonly text: string;
    readonly tokens: readonly number[];
    readonly passes: number;
  }[];
}

const written = (...words: string[]): Written => json(...words) as Written;

describe.each(["a2d-qwen3/checkpoint-bf16", "llada/checkpoint-sharded", "sdar/checkpoint"])(
  "%s",
  async (name) => {
    const model = await withTokenizer(name);

    test("inspect names its layout and its system", () => {
      const { published, system } = json("inspect", model) as {
        readonly published: { readonly family: string };
        readonly system: string;
      };
      expect(name.startsWith(published.family)).toBe(true);
      expect(system).toBe({ "a2d-qwen3": "mdlm", llada: "llada", sdar: "bd3lm" }[published.family]);
    });

    test("generate: begins with the prompt; the same seed gives the same text", () => {
      const words = ["generate", "the cat", "--model", model, "--length", "12", "--seed", "3"];
      const first = written(...words, "--temperature", "0.7");
      expect(written(...words, "--temperature", "0.7").texts).toEqual(first.texts);
      expect(first.texts[0]!.text.startsWith("the cat")).toBe(true);
    });

    test("infill: what is given on both sides stays", () => {
      const { texts } = written("infill", "the cat [[4]] mat", "--model", model);
      expect(texts[0]!.text).toMatch(/^the cat .* mat$/s);
    });

    test("edit: only what is opened changes", () => {
      const text = "the cat sat on the mat";
      const edited = written("edit", text, "--model", model, "--spans", "8-11", "--seed", "1");
      expect(edited.texts[0]!.text).toMatch(/^the cat .* on the mat$/s);
      const shared = written("edit", text, "--model", model, "--strength", "0.2", "--seed", "1");
      expect(shared.texts[0]!.text).not.toBe(text);
    });

    test("evaluate: an upper bound, near that of a guess", async () => {
      const data = join(folder, "text.txt");
      await writeFile(data, sentence.repeat(20));
      const words = ["evaluate", "--model", model, "--data", data, "--length", "16"];
      const { nats } = json(...words, "--limit", "4", "--samples", "4") as { nats: number };
      // Untrained and loud: worse than uniform, log of about 300.
      expect(nats).toBeGreaterThan(4);
      expect(nats).toBeLessThan(40);
    });

    test("chat: an answer for each line", () => {
      const words = ["generate", "--chat", "--model", model, "--length", "8", "--json"];
      const { stdout, status, stderr } = spawnSync(process.execPath, [program, ...words], {
        encoding: "utf8",
        input: "hello\nwhat sat?\n",
      });
      expect(status, stderr).toBe(0);
      const { messages } = JSON.parse(stdout) as { messages: readonly { role: string }[] };
      expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
    });
  },
);

test.each([
  ["gpt2/checkpoint-tied", char],
  ["sedd/checkpoint-uniform", bpe],
])("%s, which has no mask, writes and scores", async (name, kind) => {
  const model = await withTokenizer(name, kind);
  const { texts } = written("generate", "the cat", "--model", model, "--length", "8");
  expect(texts[0]!.text.startsWith("the cat")).toBe(true);
  const data = join(folder, "text.txt");
  await writeFile(data, sentence.repeat(20));
  const words = ["evaluate", "--model", model, "--data", data, "--length", "16", "--limit", "4"];
  const { nats } = json(...words) as { nats: number };
  expect(nats).toBeGreaterThan(4);
  expect(nats).toBeLessThan(1000);
});

test("caches: approximate ones by name, on models that see the whole canvas", async () => {
  const model = await withTokenizer("llada/checkpoint");
  const write = (...more: string[]) =>
    written("generate", "the", "--model", model, "--length", "16", "--block", "8", ...more);
  const exact = write("--temperature", "0");
  expect(write("--temperature", "0", "--cache", "none").texts).toEqual(exact.texts);
  for (const cache of ["prefix", "dual"]) {
    const { texts } = write("--temperature", "0", "--cache", cache);
    expect(texts[0]!.tokens).toHaveLength(exact.texts[0]!.tokens.length);
  }
  const guided = unmask("generate", "a", "--model", model, "--cache", "dual", "--guidance", "1");
  expect(guided.stderr).toContain(
    "unmask: guidance: asks about two canvases in turn, but an approximate cache remembers one; " +
      "leave --guidance or --cache out\n",
  );
  const blocks = await withTokenizer("sdar/checkpoint");
  expect(unmask("generate", "a", "--model", blocks, "--cache", "dual").stderr).toBe(
    "unmask: cache: dual is for models that see the whole canvas; this one's cache is exact, leave --cache out\n",
  );
});

test("one line for what can't be read: no tokenizer, an unknown layout, a field that doesn't fit", async () => {
  const bare = golden("dream/checkpoint");
  expect(unmask("generate", "a", "--model", bare).stderr).toMatch(
    /^unmask: .*needs a tokenizer, got neither tokenizer.json .*--tokenizer PATH\n$/,
  );
  const odd = await withTokenizer("llada-moe/checkpoint");
  const change = async (from: string, to: string) => {
    const path = join(odd, "config.json");
    const text = await readFile(path, "utf8");
    expect(text).toContain(from);
    await writeFile(path, text.replace(from, to));
  };
  await change('"qk_layernorm": true', '"qk_layernorm": "yes"');
  expect(unmask("generate", "a", "--model", odd).stderr).toMatch(
    /^unmask: .*config\.json: qk_layernorm: .*, got "yes"; this layout is not supported\n$/,
  );
  await change('"model_type": "llada"', '"model_type": "bert"');
  expect(unmask("inspect", odd).stderr).toMatch(
    /^unmask: .*config\.json: model_type: needs unmask or one of llama, .*, got "bert"\n$/,
  );
});
