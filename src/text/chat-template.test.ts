import { describe, expect, test } from "vitest";
import { byteTokenizer } from "../testing/byte-tokenizer.ts";
import { answerEnd, chatTemplate, encodePrompt, promptWriter } from "./chat-template.ts";
import { dialogueText, turnsOf } from "./dialogue.ts";
import type { Message } from "./dialogue.ts";
import { tokenizers } from "./tokenizers/index.ts";

/** A tokenizer of bytes with the special tokens of a family. */
const withSpecial = (...spellings: string[]) => byteTokenizer(spellings);

/** In the styles of three families: a default system message, trimming and headers, the role itself. */
const families = {
  qwen: {
    template: `{%- if messages[0].role != 'system' %}
    {{- '<|im_start|>system\\nBe kind.<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == "assistant" %}
        {%- set content = message.content.split('</think>')[-1].lstrip('\\n') %}
        {%- if loop.last %}
            {%- set content = '<think></think>\\n' + content %}
        {%- endif %}
    {%- else %}
        {%- set content = message.content %}
    {%- endif %}
    {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
{%- endif %}`,
    special: ["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
    end: "<|im_end|>",
    prompt:
      "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\n 1 <|im_end|>\n" +
      "<|im_start|>assistant\nTwo<|im_end|>\n<|im_start|>user\n3?<|im_end|>\n<|im_start|>assistant\n",
  },
  llama3: {
    template: `{% set loop_messages = messages %}{% for message in loop_messages %}{% set content = '<|start_header_id|>' + message['role'] + '<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set content = bos_token + content %}{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}`,
    special: ["<|begin|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"],
    end: "<|eot_id|>",
    prompt:
      "<|begin|><|start_header_id|>user<|end_header_id|>\n\n1<|eot_id|>" +
      "<|start_header_id|>assistant<|end_header_id|>\n\n<think>1 + 1</think>\nTwo<|eot_id|>" +
      "<|start_header_id|>user<|end_header_id|>\n\n3?<|eot_id|>" +
      "<|start_header_id|>assistant<|end_header_id|>\n\n",
  },
  alternating: {
    template: `{{ bos_token }}{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate\nalways') }}{% endif %}[{{ m.role }}]{{ m.content }}{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}`,
    special: ["<|begin|>", "</s>"],
    end: "</s>",
    prompt: "<|begin|>[user] 1 [assistant]<think>1 + 1</think>\nTwo</s>[user]3?",
  },
};

const user = (content: string): Message => ({ role: "user", content });
const conversation: Message[] = [
  user(" 1 "),
  { role: "assistant", content: "<think>1 + 1</think>\nTwo" },
  user("3?"),
];

describe.each(Object.entries(families))("%s", (_, { template, special, end, prompt }) => {
  const tokenizer = withSpecial(...special);
  const write = chatTemplate({ template, bosToken: "<|begin|>", eosToken: "</s>" });

  test("writes the prompt of an answer", () => {
    expect(write(conversation)).toBe(prompt);
    expect(encodePrompt(tokenizer, write, conversation)).toEqual(tokenizer.encodeTemplate(prompt));
  });

  test("an answer can be continued", () => {
    const begun: Message[] = [user("1"), { role: "assistant", content: "Tw" }];
    const text = write(begun, { continueAnswer: true });
    expect(text.endsWith("Tw")).toBe(true);
    expect(text.startsWith(write([user("1")]))).toBe(true);
    expect(() => write([user("1")], { continueAnswer: true })).toThrow(/assistant's .* got user/);
  });

  test("special tokens in a message are ordinary text", () => {
    const spelled = user(`${special.join("")} </s>`);
    const ids = encodePrompt(tokenizer, write, [spelled]);
    const countIn = (list: Int32Array) => list.filter((id) => id >= 256).length;
    expect(countIn(ids)).toBe(countIn(encodePrompt(tokenizer, write, [user("hello")])));
    // No byte of it is lost, and none is added.
    const plain = tokenizer.encodeTemplate(write([user("@@")]));
    expect(ids).toHaveLength(plain.length - 2 + spelled.content.length);
    expect(tokenizer.decode(ids)).toContain(spelled.content);
  });

  test("says what ends an answer", () => {
    expect(answerEnd(tokenizer, write)).toBe(256 + special.indexOf(end));
  });
});

test("without a template, dialogues are written as for training", async () => {
  const write = promptWriter(undefined);
  const answered: Message[] = [...conversation, { role: "assistant", content: "Four" }];
  expect(write(conversation)).toBe(turnsOf(answered).at(-1)!.prompt);
  expect(write(answered, { continueAnswer: true })).toBe(dialogueText(answered));
  const byte = await tokenizers["byte"]!.train([]);
  expect(encodePrompt(byte, write, [user("a")])).toEqual(byte.encode("User: a\nAssistant:"));
  expect(answerEnd(byte, write)).toBeUndefined();
  expect(answerEnd(withSpecial("</s>"), write)).toBeUndefined();
});

describe("a template that is not to be trusted", () => {
  const write = (template: string) => chatTemplate({ template, name: "x.jinja" });

  test.each([
    ["{% for i in range(1000000000000) %}{% endfor %}", /a range of more than 4096 numbers/],
    ["{% for i in range(0, 1, 0) %}{% endfor %}", /a range of more/],
    [`${"{% for i in range(4000) %}".repeat(4)}${"{% endfor %}".repeat(4)}`, /131072 turns/],
    [
      "{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
      /^x\.jinja: does not take this/,
    ],
    [
      "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(40) }}",
      /131072 turns/,
    ],
    [
      "{% set s = namespace(x='ab') %}{% for i in range(40) %}{% set s.x = s.x + s.x %}{% endfor %}{{ s.x }}",
      /string length/,
    ],
    [
      "{% set s = namespace(x='ab') %}{% for i in range(24) %}{% set s.x = s.x + s.x %}{% endfor %}{{ s.x }}",
      /33554432 characters, more than 16777216/,
    ],
    [
      "{{ raise_exception('not\nthis') }}",
      /^x\.jinja: does not take this conversation: not\\nthis/,
    ],
  ])("%s ends with an error", (template, message) => {
    const run = write(template);
    expect(() => run([user("a")])).toThrow(message);
  });

  test("what is no template is refused", () => {
    expect(() => write("{% for %}")).toThrow(/^x\.jinja: must be a template in Jinja's language/);
    expect(() => write("x".repeat(300_000))).toThrow(/at most 262144 characters, got 300000/);
  });

  test("ordinary ranges, loops and macros run", () => {
    const template =
      "\n{% macro twice(t) %}{{ t }}{{ t }}{% endmacro %}{% for i in range(6, 0, -2) %}{{ i }}{% endfor %}{{ twice('x') }}";
    expect(write(template)([])).toBe("\n642xx");
  });
});
