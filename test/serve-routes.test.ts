/** What the routes answer, field by field, over a scripted engine. */
import { describe, expect, test } from "vitest";
import {
  chatChunk,
  chatReply,
  errorReply,
  modelReply,
  modelsReply,
  textChunk,
  textReply,
} from "../src/serve/http/replies.ts";
import { engineError } from "../src/serve/engine/engine.ts";
import { scriptedEngine, scriptedModel } from "./support/scripted-engine.ts";
import { eventsOf, started, until } from "./support/started-server.ts";

/** What the engine was asked for by a request. */
async function asked(path: string, body: object) {
  const { engine, post } = await started();
  const response = await post(path, body);
  expect(response.status, await response.clone().text()).toBe(200);
  return engine.tasks;
}

describe("what a request becomes", () => {
  test.each([
    ["a text", { prompt: "a" }, { kind: "continue", prompt: "a", length: 16 }],
    ["nothing", {}, { kind: "continue", prompt: "", length: 16 }],
    ["tokens", { prompt: [5, 6] }, { kind: "continue", prompt: [5, 6], length: 16 }],
    [
      "a suffix",
      { prompt: "a", suffix: "b" },
      { kind: "between", before: "a", after: "b", length: 16 },
    ],
    ["an empty suffix", { prompt: "a", suffix: "" }, { kind: "continue", prompt: "a", length: 16 }],
  ])("a completion of %s", async (_, body, start) => {
    expect((await asked("/v1/completions", body)).map((task) => task.start)).toEqual([start]);
  });

  test("several prompts, several texts each", async () => {
    const tasks = await asked("/v1/completions", { prompt: [[1], [2, 3]], n: 2, seed: 7 });
    expect(
      tasks.map(({ start, seed }) => [start.kind === "continue" && start.prompt, seed]),
    ).toEqual([
      [[1], 7],
      [[1], 8],
      [[2, 3], 7],
      [[2, 3], 8],
    ]);
  });

  test("a conversation, in texts and parts of texts", async () => {
    const messages = [
      { role: "developer", content: "be kind" },
      {
        role: "user",
        content: [
          { type: "text", text: "one" },
          { type: "text", text: "two" },
        ],
      },
      { role: "assistant", content: null },
      { role: "user", content: "three", name: "Mina" },
    ];
    const [task] = await asked("/v1/chat/completions", { messages });
    expect(task!.start).toEqual({
      kind: "answer",
      length: scriptedModel.length,
      messages: [
        { role: "system", content: "be kind" },
        { role: "user", content: "one\ntwo" },
        { role: "assistant", content: "" },
        { role: "user", content: "three" },
      ],
    });
  });

  test.each([
    [
      "/v1/fim/completions",
      { prompt: "a", suffix: "b", max_tokens: 3 },
      { kind: "between", before: "a", after: "b", length: 3 },
    ],
    [
      "/v1/infill",
      { text: "a[[3]]b[[?]]", max_hole: 5 },
      { kind: "fill", text: "a[[3]]b[[?]]", longest: 5 },
    ],
    [
      "/v1/edits",
      {
        text: "abcdef",
        spans: [
          [0, 2],
          [4, 5],
        ],
      },
      {
        kind: "edit",
        text: "abcdef",
        opened: [
          { start: 0, end: 2 },
          { start: 4, end: 5 },
        ],
      },
    ],
    ["/v1/edits", { text: "abcdef", strength: 0.5 }, { kind: "edit", text: "abcdef", opened: 0.5 }],
    [
      "/v1/edits",
      { text: "abcdef", doubts: 0.2 },
      { kind: "edit", text: "abcdef", opened: { doubts: 0.2 } },
    ],
    ["/v1/edits", { text: "abcdef" }, { kind: "edit", text: "abcdef", opened: 0.3 }],
  ])("%s %j", async (path, body, start) => {
    expect((await asked(path, body)).map((task) => task.start)).toEqual([start]);
  });

  test("every way to say how places are filled", async () => {
    const [task] = await asked("/v1/completions", {
      prompt: "a",
      steps: 4,
      rule: "confidence",
      block_length: 8,
      temperature: 0.5,
      top_k: 5,
      top_p: 0.9,
      min_p: 0.1,
      repetition_penalty: 1.2,
      no_repeat_ngram_size: 3,
      guidance: 1.5,
      stop: "x",
    });
    expect(task).toMatchObject({
      sampling: {
        steps: 4,
        rule: "confidence",
        block: 8,
        temperature: 0.5,
        topK: 5,
        topP: 0.9,
        minP: 0.1,
        repetitionPenalty: 1.2,
        noRepeat: 3,
        guidance: 1.5,
      },
      stop: ["x"],
      frames: false,
      echo: false,
    });
  });

  test.each([
    [{ threshold: 0.8 }, "threshold:tau=0.8"],
    [{ remasking: "low_confidence" }, "confidence"],
    [{ remasking: "random" }, "random"],
  ])("%j is a rule", async (fields, rule) => {
    const [task] = await asked("/v1/completions", fields);
    expect(task!.sampling.rule).toBe(rule);
    // What is not said is the model's own.
    expect(task!.sampling.temperature).toBeUndefined();
  });

  test("log-probabilities are asked for as each route calls them", async () => {
    const messages = [{ role: "user", content: "a" }];
    const counts = [
      ["/v1/completions", { logprobs: 0 }, 0],
      ["/v1/completions", { logprobs: 3 }, 3],
      ["/v1/chat/completions", { messages, logprobs: true }, 0],
      ["/v1/chat/completions", { messages, logprobs: true, top_logprobs: 2 }, 2],
      ["/v1/chat/completions", { messages }, undefined],
    ] as const;
    for (const [path, body, alternatives] of counts)
      expect((await asked(path, body))[0]!.alternatives).toBe(alternatives);
  });

  test("without a seed, each request gets a new one and tells it", async () => {
    const { engine, post } = await started();
    const seeds = [];
    for (let i = 0; i < 3; i++) {
      const reply = textReply.parse(await (await post("/v1/completions", {})).json());
      seeds.push(reply.choices[0]!.unmask.seed);
    }
    expect(engine.tasks.map(({ seed }) => seed)).toEqual(seeds);
    expect(new Set(seeds).size).toBe(3);
  });
});

describe("what is refused", () => {
  const messages = [{ role: "user", content: "a" }];
  test.each([
    ["/v1/completions", { n: 1.5 }, "n"],
    ["/v1/completions", { prompt: ["a", "b"], n: 60 }, "n"],
    ["/v1/completions", { prompt: [] }, "prompt"],
    ["/v1/completions", { prompt: ["a", 5] }, "prompt"],
    ["/v1/completions", { prompt: [-1] }, "prompt[0]"],
    ["/v1/completions", { prompt: { a: 1 } }, "prompt"],
    ["/v1/completions", { max_tokens: 0 }, "max_tokens"],
    ["/v1/completions", { max_tokens: 100_000 }, "max_tokens"],
    ["/v1/completions", { prompt: [1], suffix: "b" }, "suffix"],
    ["/v1/completions", { echo: true, suffix: "b" }, "echo"],
    ["/v1/completions", { echo: true, stream: true, diffusing: true }, "echo"],
    ["/v1/completions", { temperature: -1 }, "temperature"],
    ["/v1/completions", { top_p: 0 }, "top_p"],
    ["/v1/completions", { rule: "threshold:tau=no" }, "rule"],
    ["/v1/completions", { rule: "random", threshold: 0.5 }, "threshold"],
    ["/v1/completions", { stop: Array.from({ length: 17 }, String) }, "stop"],
    ["/v1/completions", { stream: "yes" }, "stream"],
    ["/v1/completions", { stream_options: { usage: true } }, "stream_options.usage"],
    ["/v1/completions", { best_of: 3 }, "best_of"],
    ["/v1/completions", { seed: -1 }, "seed"],
    ["/v1/completions", { model: 5 }, "model"],
    ["/v1/chat/completions", {}, "messages"],
    ["/v1/chat/completions", { messages: [] }, "messages"],
    ["/v1/chat/completions", { messages: [{ role: "tool", content: "a" }] }, "messages[0].role"],
    ["/v1/chat/completions", { messages: [{ role: "user" }] }, "messages[0].content"],
    [
      "/v1/chat/completions",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "messages[0].content",
    ],
    ["/v1/chat/completions", { messages, top_logprobs: 2 }, "top_logprobs"],
    ["/v1/chat/completions", { messages, audio: { voice: "a" } }, "audio"],
    ["/v1/chat/completions", { messages, modalities: ["text", "audio"] }, "modalities"],
    ["/v1/chat/completions", { messages, functions: [{ name: "f" }] }, "functions"],
    ["/v1/fim/completions", { suffix: "b" }, "prompt"],
    ["/v1/infill", { text: "no hole" }, "text"],
    ["/v1/infill", { text: "[[0]]" }, "text"],
    ["/v1/infill", { text: "[[9999]]" }, "text"],
    ["/v1/edits", { text: "" }, "text"],
    ["/v1/edits", { text: "abc", strength: 0.5, spans: [[0, 1]] }, "spans"],
    ["/v1/edits", { text: "abc", strength: 0.5, doubts: 0.5 }, "doubts"],
    ["/v1/edits", { text: "abc", doubts: 0 }, "doubts"],
    ["/v1/edits", { text: "abc", spans: [[2, 1]] }, "spans[0]"],
    [
      "/v1/edits",
      {
        text: "abc",
        spans: [
          [0, 2],
          [1, 3],
        ],
      },
      "spans[1]",
    ],
  ])("%s %j: %s", async (path, body, param) => {
    const { engine, post } = await started();
    const response = await post(path, body);
    const { error } = errorReply.parse(await response.json());
    expect({ status: response.status, param: error.param }).toEqual({ status: 400, param });
    expect(error.message).not.toMatch(/undefined|\[object/);
    expect(engine.tasks).toEqual([]);
  });

  test.each([
    ["null", "the body"],
    ["[]", "the body"],
    ['"text"', "the body"],
    ["{", "JSON"],
    ["", "JSON"],
  ])("a body %j", async (body, word) => {
    const { post } = await started();
    const response = await post("/v1/completions", body);
    expect(response.status).toBe(400);
    expect(errorReply.parse(await response.json()).error.message).toContain(word);
  });

  test.each([
    ["/v1/completions", { prompt: "a", suffix: "b" }],
    ["/v1/fim/completions", { prompt: "a", suffix: "b" }],
    ["/v1/infill", { text: "[[2]]" }],
    ["/v1/edits", { text: "a b" }],
  ])("%s of a model that only continues", async (path, body) => {
    const engine = scriptedEngine({ models: [{ ...scriptedModel, infills: false }] });
    const { post } = await started({ engine });
    const response = await post(path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: "model" } });
    expect(engine.tasks).toEqual([]);
  });

  test("a request without a model, where two are served", async () => {
    const models = [scriptedModel, { ...scriptedModel, id: "other" }];
    const { post } = await started({ engine: scriptedEngine({ models }) });
    const response = await post("/v1/completions", { prompt: "a" });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { param: "model" } });
    expect((await post("/v1/completions", { model: "other" })).status).toBe(200);
  });
});

describe("what the engine refuses", () => {
  const cases = [
    [engineError("busy", "the queue is full", 2.5), 429, "queue_full"],
    [engineError("unknown-model", "it is gone"), 404, "model_not_found"],
    [engineError("timeout", "too slow"), 504, "timeout"],
    [engineError("crashed", "the worker ended"), 503, "worker_crashed"],
    [engineError("closing", "shutting down"), 503, "shutting_down"],
    [new Error("/secret/path: no"), 500, "internal_error"],
  ] as const;
  test.each(cases)("%s", async (error, status, code) => {
    const engine = scriptedEngine({ script: () => ({ tokens: [], fail: { at: -1, error } }) });
    const { post, log } = await started({ engine });
    for (const stream of [false, true]) {
      const response = await post("/v1/completions", { stream });
      const told = errorReply.parse(await response.json()).error;
      expect([response.status, told.code]).toEqual([status, code]);
      expect(told.message.includes("secret")).toBe(false);
      expect(response.headers.get("retry-after")).toBe(status === 429 ? "3" : null);
    }
    // The log keeps what the client is not told.
    await until(() => log().length === 2);
    expect(log().every((line) => line["status"] === status && line["code"] === code)).toBe(true);
    if (status === 500) expect(log()[0]).toMatchObject({ err: { message: "/secret/path: no" } });
  });

  test("one text that fails fails all, and none goes on", async () => {
    const engine = scriptedEngine({
      script: ({ seed }) => ({
        tokens: [" a", " b"],
        wait: () => (seed === 2 ? undefined : new Promise(() => {})),
        ...(seed === 2 && { fail: { at: 1, error: engineError("crashed", "the worker ended") } }),
      }),
    });
    const { post } = await started({ engine });
    const response = await post("/v1/completions", { n: 3, seed: 1 });
    expect(response.status).toBe(503);
    await until(() => engine.running() === 0);
  });

  test("in mid-stream an error is the last event", async () => {
    const error = engineError("crashed", "the worker ended");
    const engine = scriptedEngine({
      script: () => ({ tokens: [" a", " b", " c"], fail: { at: 2, error } }),
    });
    const { post } = await started({ engine });
    const events = await eventsOf(await post("/v1/completions", { stream: true }));
    expect(events).toHaveLength(3);
    expect(errorReply.parse(JSON.parse(events[2]!)).error).toEqual({
      message: "the worker ended",
      type: "server_error",
      param: null,
      code: "worker_crashed",
    });
  });
});

describe("what is answered", () => {
  const messages = [{ role: "user", content: "a" }];
  const requests = [
    ["/v1/completions", { prompt: "a b", max_tokens: 4 }, textReply, textChunk],
    [
      "/v1/completions",
      { prompt: "a b", max_tokens: 4, logprobs: 2, echo: true },
      textReply,
      textChunk,
    ],
    ["/v1/chat/completions", { messages, max_tokens: 4 }, chatReply, chatChunk],
    ["/v1/chat/completions", { messages, logprobs: true, top_logprobs: 1 }, chatReply, chatChunk],
    ["/v1/fim/completions", { prompt: "a", suffix: "b", max_tokens: 4 }, textReply, textChunk],
    ["/v1/infill", { text: "a[[3]]b" }, textReply, textChunk],
    ["/v1/edits", { text: "abcdef", spans: [[0, 2]] }, textReply, textChunk],
  ] as const;

  test.each(requests)("%s %j is of the documented shape", async (path, body, reply, chunk) => {
    const { post } = await started();
    const request = { ...body, seed: 1, n: 2 };
    const whole = reply.parse(await (await post(path, request)).json());
    expect(whole.choices).toHaveLength(2);
    for (const diffusing of [false, true]) {
      if (diffusing && "echo" in body) continue;
      const stream = {
        ...request,
        stream: true,
        diffusing,
        stream_options: { include_usage: true },
      };
      const events = await eventsOf(await post(path, stream));
      expect(events.pop()).toBe("[DONE]");
      const chunks = events.map((event) => chunk.parse(JSON.parse(event)));
      expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
      // All of a stream together says what the reply says.
      for (const { index, finish_reason, unmask } of whole.choices) {
        const parts = chunks
          .flatMap(({ choices }): readonly { index: number; finish_reason: unknown }[] => choices)
          .filter((each) => each.index === index);
        expect(parts.at(-1)).toMatchObject({ finish_reason, unmask });
        expect(parts.slice(0, -1).every((each) => each.finish_reason === null)).toBe(true);
      }
    }
  });

  test("log-probabilities and offsets of tokens, some of which hold part of a character", async () => {
    const engine = scriptedEngine({
      script: () => ({ tokens: ["é", [0xea], [0xb3, 0xa0], "🧶", "."] }),
    });
    const { post } = await started({ engine });
    const reply = textReply.parse(
      await (await post("/v1/completions", { logprobs: 3, max_tokens: 5 })).json(),
    );
    const { text, logprobs } = reply.choices[0]!;
    expect(text).toBe("é고🧶.");
    expect(logprobs!.tokens).toEqual(["é", "", "고", "🧶", "."]);
    expect(logprobs!.text_offset).toEqual([0, 1, 1, 2, 3]);
    // JSON has no infinity.
    expect(logprobs!.top_logprobs[0]).toEqual({ é: -0.25, " dog": -2.5, " unheard": -9999 });
  });

  test("why a text ended", async () => {
    const { post } = await started();
    const ends = async (path: string, body: object): Promise<unknown> => {
      const reply = (await (await post(path, body)).json()) as {
        choices: { finish_reason: string }[];
      };
      return reply.choices[0]!.finish_reason;
    };
    expect(await ends("/v1/completions", { max_tokens: 3 })).toBe("length");
    expect(await ends("/v1/completions", { max_tokens: 50 })).toBe("stop");
    // Holes and opened places are always filled to the end.
    expect(await ends("/v1/infill", { text: "a[[3]]" })).toBe("stop");
  });

  test("the tokens of a prompt are counted once, whatever n is", async () => {
    const { post } = await started();
    const body = { prompt: ["a b", "c"], n: 3, max_tokens: 2 };
    const { usage } = textReply.parse(await (await post("/v1/completions", body)).json());
    expect(usage).toEqual({
      prompt_tokens: 3,
      completion_tokens: 12,
      total_tokens: 15,
      forward_passes: 12,
    });
  });

  test("the models", async () => {
    const { url } = await started();
    const list = modelsReply.parse(await (await fetch(`${url}/v1/models`)).json());
    expect(list.data.map(({ id }) => id)).toEqual(["tiny"]);
    const one = await fetch(`${url}/v1/models/tiny`);
    expect(modelReply.parse(await one.json())).toEqual(list.data[0]);
    const none = await fetch(`${url}/v1/models/none`);
    expect(none.status).toBe(404);
  });

  test.each([
    ["ready", 200],
    ["idle", 200],
    ["starting", 503],
    ["failed", 503],
  ] as const)("readiness where the model is %s", async (state, status) => {
    const engine = scriptedEngine({ models: [{ ...scriptedModel, state }] });
    const { url } = await started({ engine });
    expect((await fetch(`${url}/ready`)).status).toBe(status);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  test("metrics", async () => {
    const { url, post } = await started();
    await post("/v1/completions", { prompt: "a b", max_tokens: 4 });
    await post("/v1/completions", { n: 0 });
    await fetch(`${url}/no/such/page`);
    const read = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
    await until(async () => (await read()).includes('route="other",status="404"} 1'));
    const text = await read();
    for (const line of [
      'unmask_http_requests_total{method="POST",route="/v1/completions",status="200"} 1',
      'unmask_http_requests_total{method="POST",route="/v1/completions",status="400"} 1',
      'unmask_http_request_seconds_count{route="/v1/completions"} 2',
      "unmask_tokens_total 4",
      "unmask_prompt_tokens_total 2",
      "unmask_forward_passes_total 4",
      "unmask_worker_restarts_total 0",
      'unmask_queue_length{model="tiny"} 0',
      'unmask_active{model="tiny"} 0',
    ])
      expect(text).toContain(line);
  });

  test("the document of the interface names every route and the limits in force", async () => {
    const { url } = await started({ limits: { texts: 5 } });
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      openapi: string;
      paths: Record<string, { post?: { requestBody: unknown } }>;
    };
    expect(document.openapi).toBe("3.1.0");
    const posts = Object.entries(document.paths).filter(([, { post }]) => post !== undefined);
    expect(posts.map(([path]) => path).toSorted()).toEqual([
      "/v1/chat/completions",
      "/v1/completions",
      "/v1/edits",
      "/v1/fim/completions",
      "/v1/infill",
    ]);
    for (const [, { post }] of posts)
      expect(post!.requestBody).toMatchObject({
        content: { "application/json": { schema: { properties: { n: { maximum: 5 } } } } },
      });
  });
});
