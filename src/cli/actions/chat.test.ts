import { expect, test } from "vitest";
import { sizes, transformerConfig } from "../../model/sizes.ts";
import { terminalOf } from "../../report/terminal.ts";
import { systemOf } from "../../system/index.ts";
import { byteTokenizer } from "../../testing/byte-tokenizer.ts";
import { scriptedDenoiser } from "../../testing/denoisers.ts";
import type { ChatTemplate } from "../../text/chat-template.ts";
import { tokenizers } from "../../text/index.ts";
import type { Tokenizer } from "../../text/index.ts";
import { chat } from "./chat.ts";
import type { UsableModel } from "../../generate/model.ts";

const ends = { "<end>": 256, "<turn>": 257 };
const special = byteTokenizer(Object.keys(ends), { end: "<end>" });
const chatTemplate: ChatTemplate = {
  template:
    "{% for m in messages %}{{ m.role[0] }}:{{ m.content }}<turn>{% endfor %}{% if add_generation_prompt %}a:{% endif %}",
};

/** Talks to a model that answers each time with the next of some texts; its prompts are kept. */
async function talk(
  tokenizer: Tokenizer,
  texts: readonly string[],
  lines: readonly string[],
  more: { chatTemplate?: ChatTemplate; system?: string; prompt?: string; watch?: boolean } = {},
) {
  const prompts: Int32Array[] = [];
  const { size, maskId } = tokenizer;
  const denoiser = () => {
    const reply = tokenizer.encodeTemplate?.(texts[prompts.length]!);
    const written = reply ?? tokenizer.encode(texts[prompts.length]!);
    let start: number | undefined;
    return scriptedDenoiser({
      vocabulary: size,
      maskId,
      script(place, { canvas }) {
        if (start === undefined) prompts.push(canvas.slice(0, (start = canvas.indexOf(maskId))));
        return Float64Array.from({ length: size }, (_, id) =>
          Number(id === (written[place - start!] ?? 97)),
        );
      },
    });
  };
  const kind = systemOf("mdlm");
  const model: UsableModel = {
    name: "toy",
    kind,
    config: {
      system: kind.name,
      options: kind.options,
      length: 30,
      transformer: transformerConfig(sizes["nano"]!, { vocabulary: size, ...kind }),
    },
    weights: {},
    tokenizer,
    denoiser,
    approximate: false,
    chatTemplate: more.chatTemplate,
  };
  const [out, notes]: [string[], string[]] = [[], []];
  const terminal = terminalOf({ write: (text) => out.push(text) }, {});
  const context = {
    given: new Set<string>(),
    json: false,
    signal: new AbortController().signal,
    env: {},
    out: (text: string) => out.push(text),
    note: (text: string) => notes.push(text),
    terminal,
    errorTerminal: terminal,
  };
  const { watch = false, system, prompt } = more;
  const result = await chat(context, {
    model,
    seed: 1,
    lines: (async function* () {
      yield* lines;
    })(),
    values: { length: 24, watch, system, prompt, rule: "left-to-right" },
  });
  return { result, out, notes, prompts: prompts.map((ids) => tokenizer.decode(ids)), ids: prompts };
}

test("each answer reads all that was said, and ends where the template ends a turn", async () => {
  const { result, out, prompts, ids } = await talk(
    special,
    ["one<turn>never shown", " two <end>"],
    ["<turn>", "", "not reached"],
    { chatTemplate, system: "S", prompt: "hi" },
  );
  expect(out).toEqual(["one", "two"]);
  expect(prompts).toEqual(["s:Su:hia:", "s:Su:hia:oneu:<turn>a:"]);
  // The user's own <turn> is text.
  expect(ids[1]!.filter((id) => id === ends["<turn>"])).toHaveLength(4);
  expect(result.messages.map(({ role, content }) => `${role} ${content}`)).toEqual([
    "system S",
    "user hi",
    "assistant one",
    "user <turn>",
    "assistant two",
  ]);
  expect(result.messages[2]).toMatchObject({ passes: 4, reason: "stopped" });
});

test("commands, and the note about length only once", async () => {
  const { result, prompts, notes } = await talk(
    special,
    ["a<end>", "b<end>"],
    ["hello", "/help", "/reset", "/nothing", "/etc/hosts?"],
    { chatTemplate, system: "S" },
  );
  expect(prompts).toEqual(["s:Su:helloa:", "s:Su:/etc/hosts?a:"]);
  expect(result.messages.map(({ content }) => content)).toEqual(["S", "/etc/hosts?", "b"]);
  expect(notes.filter((note) => note.startsWith("the canvas has"))).toHaveLength(1);
  expect(notes.join("\n")).toMatch(/\/reset +begins[^]*a new conversation\nno command \/nothing/);
});

test("a model without a template reads plain text, and does not speak for the user", async () => {
  const byte = await tokenizers["byte"]!.train([]);
  const { out, prompts } = await talk(byte, [" one\nUser: and more", " b"], ["hi", "you"]);
  expect(prompts[1]).toBe("User: hi\nAssistant: one\nUser: you\nAssistant:");
  expect(out[0]).toBe("one");
});

test("watched, only the answer is drawn", async () => {
  const { out } = await talk(special, ["ok<turn>"], ["hi"], { chatTemplate, watch: true });
  const lines = out.join("").trimEnd().split("\n");
  expect(lines[1]).toMatch(/^mdlm \(toy\) {2}step 1 {2}passes 1 {2}23 open {2}o░{23}$/);
  expect(lines.at(-1)).toBe("ok");
});
