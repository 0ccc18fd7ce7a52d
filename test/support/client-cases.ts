/**
 * What the clients that people have must be able to do with a server: the `openai` package, Vercel's AI SDK
 * and LangChain. The cases ask for nothing that only one engine can give, so that they run over any.
 */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { HumanMessage, SystemMessage } from "@langchain/core/messages";
import { ChatOpenAI, OpenAI as LangChainOpenAI } from "@langchain/openai";
import { APICallError, generateText, streamText } from "ai";
import OpenAI, { APIUserAbortError, BadRequestError, NotFoundError } from "openai";
import { expect } from "vitest";

export interface Target {
  /** `http://127.0.0.1:8080/v1` */
  readonly baseURL: string;
  readonly model: string;
  readonly apiKey: string;
  /** Whether the model says how likely given tokens are, which diffusion models don't. */
  readonly scores: boolean;
  /** How many texts are being written now: what an abort must bring down to 0. */
  readonly active: () => Promise<number>;
}

export interface ClientCase {
  readonly name: string;
  /** Whether it needs a model that sees both sides of what it writes. */
  readonly infills?: true;
  run(target: Target): Promise<void>;
}

const openai = ({ baseURL, apiKey }: Target): OpenAI =>
  new OpenAI({ baseURL, apiKey, maxRetries: 0 });
const vercel = ({ baseURL, apiKey }: Target) =>
  createOpenAICompatible({ name: "unmask", baseURL, apiKey, includeUsage: true });
const langchain = ({ baseURL, apiKey, model }: Target, more: object = {}): ChatOpenAI =>
  new ChatOpenAI({ model, apiKey, configuration: { baseURL }, maxRetries: 0, ...more });

/** Not one of OpenAI's fields. */
const diffusing = { diffusing: true };

const messages = [
  { role: "system" as const, content: "You tell stories." },
  { role: "user" as const, content: "A cat?" },
];

async function collect<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** Waits until nothing is written any more: an abandoned text leaves its place within a step. */
async function untilIdle({ active }: Target): Promise<void> {
  const end = Date.now() + 10_000;
  while ((await active()) > 0 && Date.now() < end)
    await new Promise((done) => setTimeout(done, 20));
  expect(await active()).toBe(0);
}

export const clientCases: readonly ClientCase[] = [
  {
    name: "openai: the models",
    async run(target) {
      const client = openai(target);
      const { data } = await client.models.list();
      expect(data.map(({ id }) => id)).toContain(target.model);
      expect(await client.models.retrieve(target.model)).toMatchObject({
        id: target.model,
        object: "model",
      });
      await expect(client.models.retrieve("no-such")).rejects.toThrow(NotFoundError);
    },
  },
  {
    name: "openai: a completion, and its usage",
    async run(target) {
      const { choices, usage, object, model } = await openai(target).completions.create({
        model: target.model,
        prompt: "The cat sat",
        max_tokens: 6,
        seed: 3,
      });
      expect({ object, model }).toEqual({ object: "text_completion", model: target.model });
      expect(choices).toHaveLength(1);
      expect(choices[0]!.text.length).toBeGreaterThan(0);
      expect(["stop", "length"]).toContain(choices[0]!.finish_reason);
      expect(usage!.prompt_tokens).toBeGreaterThan(0);
      expect(usage!.completion_tokens).toBeGreaterThan(0);
      expect(usage!.total_tokens).toBe(usage!.prompt_tokens + usage!.completion_tokens);
      expect(usage).toHaveProperty("forward_passes");
    },
  },
  {
    name: "openai: the same seed gives the same text, alone and among others",
    async run(target) {
      const client = openai(target);
      const ask = (prompt: string | string[], seed: number, n = 1) =>
        client.completions.create({ model: target.model, prompt, max_tokens: 6, seed, n });
      const alone = await ask("The cat", 5);
      const among = await ask(["A dog", "The cat"], 4, 2);
      expect(among.choices.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      // The second text of a prompt has the next seed.
      expect(among.choices[3]!.text).toBe(alone.choices[0]!.text);
      expect(among.choices[3]).toMatchObject({ unmask: { seed: 5 } });
    },
  },
  {
    name: "openai: a stream tells the text that is told at once",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, prompt: "The cat", max_tokens: 8, seed: 11 };
      const whole = await client.completions.create(request);
      const stream = await client.completions.create({
        ...request,
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await collect(stream);
      const text = chunks.map(({ choices }) => choices[0]?.text ?? "").join("");
      expect(text).toBe(whole.choices[0]!.text);
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage! });
      expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe(whole.choices[0]!.finish_reason);
      expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    },
  },
  {
    name: "openai: a text ends before a stop string",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, prompt: "The cat", max_tokens: 8, seed: 2 };
      const free = (await client.completions.create(request)).choices[0]!.text;
      const stop = Array.from(free)[3]!;
      const stopped = await client.completions.create({ ...request, stop: [stop] });
      expect(stopped.choices[0]!.text).toBe(free.slice(0, free.indexOf(stop)));
      expect(stopped.choices[0]!.finish_reason).toBe("stop");
    },
  },
  {
    name: "openai: log-probabilities of a completion, and of its prompt",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, prompt: "The cat sat", max_tokens: 4, seed: 1 };
      for (const echo of [false, true]) {
        const scored = client.completions.create({ ...request, logprobs: 2, echo });
        if (echo && !target.scores) {
          await expect(scored).rejects.toThrow(BadRequestError);
          continue;
        }
        const { text, logprobs } = (await scored).choices[0]!;
        const { tokens, token_logprobs, top_logprobs, text_offset } = logprobs!;
        expect(text.startsWith("The cat sat")).toBe(echo);
        expect(tokens!.join("")).toBe(text);
        for (const list of [token_logprobs, top_logprobs, text_offset])
          expect(list).toHaveLength(tokens!.length);
        // Nothing predicts the very first token of a text.
        const known = (token_logprobs as (number | null)[]).slice(echo ? 1 : 0);
        for (const value of known) expect(value).toBeLessThanOrEqual(0);
        expect(text_offset!.toSorted((a, b) => a - b)).toEqual(text_offset);
      }
      const plain = await client.completions.create({ ...request, echo: true });
      expect(plain.choices[0]!.text.startsWith("The cat sat")).toBe(true);
      expect(plain.choices[0]!.logprobs).toBeNull();
    },
  },
  {
    name: "openai: a chat, several answers, log-probabilities",
    async run(target) {
      const { choices, usage, object } = await openai(target).chat.completions.create({
        model: target.model,
        messages,
        max_completion_tokens: 6,
        n: 2,
        seed: 1,
        logprobs: true,
        top_logprobs: 2,
      });
      expect(object).toBe("chat.completion");
      expect(choices.map(({ index }) => index)).toEqual([0, 1]);
      for (const { message, logprobs } of choices) {
        expect(message).toMatchObject({ role: "assistant", refusal: null });
        expect(message.content!.length).toBeGreaterThan(0);
        for (const { logprob, bytes, top_logprobs } of logprobs!.content!) {
          expect(logprob).toBeLessThanOrEqual(0);
          expect(bytes!.every((byte) => byte >= 0 && byte < 256)).toBe(true);
          expect(top_logprobs.length).toBeLessThanOrEqual(2);
        }
      }
      expect(usage!.completion_tokens).toBeGreaterThan(0);
    },
  },
  {
    name: "openai: a chat as a stream, through the client's own helper",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, messages, max_tokens: 8, seed: 4 };
      const whole = await client.chat.completions.create(request);
      const stream = client.chat.completions.stream({
        ...request,
        stream_options: { include_usage: true },
      });
      const chunks = await collect(stream);
      expect(chunks[0]!.choices[0]!.delta).toEqual({ role: "assistant", content: "" });
      expect(chunks.at(-2)!.choices[0]).toMatchObject({ delta: {} });
      const final = await stream.finalChatCompletion();
      expect(final.choices[0]!.message.content).toBe(whole.choices[0]!.message.content);
      expect(final.choices[0]!.finish_reason).toBe(whole.choices[0]!.finish_reason);
    },
  },
  {
    name: "openai: diffusing, each chunk replaces the former",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, messages, max_tokens: 8, seed: 4 };
      const whole = await client.chat.completions.create(request);
      const stream = await client.chat.completions.create({
        ...request,
        stream: true,
        // Fields that the client does not know are sent as they are.
        ...diffusing,
      });
      const chunks = await collect(stream);
      const shown = chunks.flatMap(({ choices }) => choices[0]?.delta.content ?? []);
      expect(shown.at(-1)).toBe(whole.choices[0]!.message.content);
      const frames = chunks.flatMap(({ choices }) => {
        const { unmask } = choices[0] as unknown as { unmask?: { open?: number; pieces: unknown } };
        return unmask?.open === undefined ? [] : unmask;
      });
      expect(frames.length).toBeGreaterThan(0);
      expect(frames.every(({ pieces }) => Array.isArray(pieces))).toBe(true);
    },
  },
  {
    name: "openai: leaving a stream frees its place",
    async run(target) {
      const stream = await openai(target).chat.completions.create({
        model: target.model,
        messages,
        max_tokens: 64,
        stream: true,
      });
      for await (const _ of stream) break;
      await untilIdle(target);
    },
  },
  {
    name: "openai: an abort frees its place",
    async run(target) {
      const controller = new AbortController();
      const request = openai(target).completions.create(
        { model: target.model, prompt: "The cat", max_tokens: 64, n: 4 },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(), 30);
      // A quick engine may have been done before.
      await request.catch((error: unknown) => expect(error).toBeInstanceOf(APIUserAbortError));
      await untilIdle(target);
    },
  },
  {
    name: "openai: wrong requests are told what is wrong",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, prompt: "The cat", max_tokens: 2 };
      const wrong = [
        [{ temperature: "hot" }, "temperature"],
        [{ temprature: 1 }, "temprature"],
        [{ n: 0 }, "n"],
        [{ rule: "no-such-rule" }, "rule"],
        [{ presence_penalty: 1 }, "presence_penalty"],
        [{ logit_bias: { "5": 10 } }, "logit_bias"],
        [{ stop: [""] }, "stop[0]"],
      ] as const;
      for (const [more, param] of wrong) {
        const error: unknown = await client.completions
          .create({ ...request, ...(more as object) })
          .catch((thrown: unknown) => thrown);
        expect(error, param).toBeInstanceOf(BadRequestError);
        expect(error).toMatchObject({ param, type: "invalid_request_error" });
        expect((error as Error).message).toContain(param);
      }
      const unknown = client.completions.create({ ...request, model: "no-such" });
      await expect(unknown).rejects.toThrow(NotFoundError);
      await expect(unknown).rejects.toMatchObject({ code: "model_not_found", param: "model" });
    },
  },
  {
    name: "openai: tools and JSON are refused, what asks for nothing is not",
    async run(target) {
      const client = openai(target);
      const request = { model: target.model, messages, max_tokens: 2 };
      const tool = { type: "function" as const, function: { name: "look" } };
      const refused = [
        [{ tools: [tool] }, "tools"],
        [{ response_format: { type: "json_object" } }, "response_format"],
      ] as [object, string][];
      for (const [more, param] of refused)
        await expect(client.chat.completions.create({ ...request, ...more })).rejects.toMatchObject(
          {
            status: 400,
            param,
          },
        );
      const { choices } = await client.chat.completions.create({
        ...request,
        tools: [],
        tool_choice: "none",
        response_format: { type: "text" },
        presence_penalty: 0,
        logit_bias: null,
        user: "me",
        store: false,
        metadata: {},
        service_tier: "auto",
      });
      expect(choices).toHaveLength(1);
    },
  },
  {
    name: "Vercel AI SDK: a text, and a stream of it",
    async run(target) {
      const model = vercel(target)(target.model);
      const request = {
        model,
        system: "You tell stories.",
        prompt: "A cat?",
        maxOutputTokens: 8,
        seed: 9,
        maxRetries: 0,
      };
      const whole = await generateText(request);
      expect(whole.text.length).toBeGreaterThan(0);
      expect(["stop", "length"]).toContain(whole.finishReason);
      expect(whole.usage.outputTokens).toBeGreaterThan(0);
      const stream = streamText(request);
      expect((await collect(stream.textStream)).join("")).toBe(whole.text);
      expect(await stream.finishReason).toBe(whole.finishReason);
      expect((await stream.usage).totalTokens).toBe(whole.usage.totalTokens);
    },
  },
  {
    name: "Vercel AI SDK: a completion with the fields of diffusion",
    infills: true,
    async run(target) {
      const model = vercel(target).completionModel(target.model);
      const { text } = await generateText({
        model,
        prompt: "The cat",
        maxOutputTokens: 4,
        seed: 1,
        maxRetries: 0,
        providerOptions: { unmask: { suffix: " mat.", user: "me" } },
      });
      expect(text.length).toBeGreaterThan(0);
    },
  },
  {
    name: "Vercel AI SDK: an abort frees its place, errors keep their status",
    async run(target) {
      const controller = new AbortController();
      const stream = streamText({
        model: vercel(target)(target.model),
        prompt: "A cat?",
        maxOutputTokens: 64,
        abortSignal: controller.signal,
        maxRetries: 0,
        onError: () => {},
      });
      for await (const _ of stream.textStream) {
        controller.abort();
        break;
      }
      await untilIdle(target);
      const wrong = generateText({
        model: vercel(target)("no-such"),
        prompt: "A cat?",
        maxRetries: 0,
      });
      const error: unknown = await wrong.catch((thrown: unknown) => thrown);
      expect(APICallError.isInstance(error) && error.statusCode).toBe(404);
    },
  },
  {
    name: "LangChain: a chat, and a stream of it",
    async run(target) {
      const chat = langchain(target, { maxTokens: 8, modelKwargs: { seed: 6 } });
      const asked = [new SystemMessage("You tell stories."), new HumanMessage("A cat?")];
      const whole = await chat.invoke(asked);
      expect(whole.text.length).toBeGreaterThan(0);
      expect(whole.usage_metadata).toMatchObject({ output_tokens: expect.any(Number) as number });
      const parts = await collect(await chat.stream(asked));
      expect(parts.map((part) => part.text).join("")).toBe(whole.text);
    },
  },
  {
    name: "LangChain: completions, several prompts at once",
    async run(target) {
      const { baseURL, apiKey, model } = target;
      const llm = new LangChainOpenAI({
        model,
        apiKey,
        configuration: { baseURL },
        maxTokens: 4,
        maxRetries: 0,
      });
      const { generations } = await llm.generate(["The cat", "A dog"]);
      expect(generations.map((each) => each.length)).toEqual([1, 1]);
      for (const [{ text }] of generations as [{ text: string }][])
        expect(text.length).toBeGreaterThan(0);
    },
  },
  {
    name: "LangChain: an abort frees its place, errors are told",
    async run(target) {
      const controller = new AbortController();
      const chat = langchain(target, { maxTokens: 64 });
      const stream = await chat.stream("A cat?", { signal: controller.signal });
      const read = (async () => {
        for await (const _ of stream) controller.abort();
      })();
      await read.catch(() => {});
      await untilIdle(target);
      const wrong = langchain({ ...target, model: "no-such" }).invoke("A cat?");
      await expect(wrong).rejects.toMatchObject({ status: 404 });
    },
  },
];
