import { describe, expect, test } from "vitest";
import type { Task, TaskEvent } from "../../generate/task.ts";
import { createEngine } from "./create-engine.ts";
import type { WarmEngine } from "./create-engine.ts";
import type { EngineError, Engine } from "./engine.ts";
import type { Host } from "./host.ts";
import type { Source } from "./staff.ts";

const task: Task = {
  start: { kind: "continue", prompt: "a", length: 1 },
  sampling: {},
  seed: 0,
  stop: [],
  alternatives: undefined,
  frames: false,
  echo: false,
};
const done: TaskEvent = {
  kind: "done",
  result: { text: "b", promptTokens: 2, tokens: 3, passes: 5, steps: 5, ending: "length" },
};
const never = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A host whose tasks end when they are told to, and what happened to it. */
function scriptedModel(id: string, { bytes = 1, fails = 0 } = {}) {
  const running: { finish: () => void }[] = [];
  const log: string[] = [];
  let crash: (error: Error) => void = () => {};
  let failures = fails;
  const open = (): Promise<Host> => {
    log.push("open");
    if (failures-- > 0) return Promise.reject(new Error("no weights"));
    let lose: (error: Error) => void = () => {};
    const crashed = new Promise<Error>((resolve) => {
      crash = (error) => {
        resolve(error);
        lose(error);
      };
    });
    return Promise.resolve({
      crashed,
      async run(_, { signal, tell }) {
        tell({ kind: "begun", promptTokens: 2 });
        await new Promise<void>((resolve, reject) => {
          running.push({ finish: resolve });
          lose = reject;
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        });
        tell(done);
      },
      close: () => Promise.resolve(void log.push("close")),
    });
  };
  const facts = {
    created: 0,
    system: "mdlm",
    infills: true,
    paced: true,
    chats: false,
    length: 8,
    vocabulary: 9,
  };
  const source: Source = { id, bytes, open, ...facts };
  return { source, running, log, crash: (reason: string) => crash(new Error(reason)) };
}

const engineOf = (models: readonly { source: Source }[], more = {}): WarmEngine =>
  createEngine({
    sources: models.map(({ source }) => source),
    batch: 2,
    queue: 2,
    seconds: 60,
    memory: 10,
    ...more,
  });

/** What becomes of a task: its events' kinds, or how it was refused. */
async function outcome(engine: Engine, model = "A", signal = never): Promise<string> {
  try {
    const kinds: string[] = [];
    for await (const { kind } of engine.run(model, task, signal)) kinds.push(kind);
    return kinds.join(" ");
  } catch (error) {
    const { refusal, message } = error as EngineError;
    return `${refusal ?? "error"}: ${message}`;
  }
}

describe("places", () => {
  test("are given in the order of asking, and a full queue refuses", async () => {
    const a = scriptedModel("A");
    const engine = engineOf([a]);
    const ended: number[] = [];
    const all = [0, 1, 2, 3].map((i) => outcome(engine).then(() => ended.push(i)));
    await turn();
    expect(engine.models()[0]).toMatchObject({ active: 2, waiting: 2, state: "ready" });
    expect(await outcome(engine)).toMatch(/^busy: all places are taken and 2 requests wait/);
    for (let i = 0; i < 4; i++) {
      a.running[i]!.finish();
      await turn();
      await turn();
    }
    await Promise.all(all);
    expect(ended).toEqual([0, 1, 2, 3]);
    expect(engine.totals()).toEqual({
      tasks: 5,
      finished: 4,
      failed: 0,
      cancelled: 0,
      refused: 1,
      promptTokens: 8,
      tokens: 12,
      passes: 20,
      restarts: 0,
    });
  });

  test("of who leaves go to the next", async () => {
    const a = scriptedModel("A");
    const engine = engineOf([a], { batch: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const gone = outcome(engine, "A", first.signal);
    const waiting = outcome(engine, "A", second.signal);
    const third = outcome(engine);
    await turn();
    second.abort(new Error("left the queue"));
    expect(await waiting).toBe("error: left the queue");
    first.abort(new Error("left the place"));
    expect(await gone).toBe("error: left the place");
    await turn();
    a.running[1]!.finish();
    expect(await third).toBe("begun done");
    expect(engine.models()[0]).toMatchObject({ active: 0, waiting: 0 });
    expect(engine.totals()).toMatchObject({ cancelled: 2, finished: 1 });
  });

  test("are free when the model is done, however slowly its text is read", async () => {
    const a = scriptedModel("A");
    const engine = engineOf([a]);
    const events = engine.run("A", task, never)[Symbol.asyncIterator]();
    expect(await events.next()).toMatchObject({ value: { kind: "begun" } });
    a.running[0]!.finish();
    await turn();
    expect(engine.models()[0]).toMatchObject({ active: 0 });
    expect(await events.next()).toMatchObject({ value: done });
  });

  test("are free again when a reader stops reading", async () => {
    const engine = engineOf([scriptedModel("A")]);
    for await (const event of engine.run("A", task, never)) if (event.kind === "begun") break;
    expect(engine.models()[0]).toMatchObject({ active: 0 });
    expect(engine.totals()).toMatchObject({ cancelled: 1 });
  });
});

test("a task may take so long, and no longer", async () => {
  const engine = engineOf([scriptedModel("A")], { seconds: 0.05 });
  expect(await outcome(engine)).toBe(
    "timeout: the request took longer than 0.05 s, as long as it may",
  );
});

test("an unknown model is refused with the names of those that are there", async () => {
  const engine = engineOf([scriptedModel("A"), scriptedModel("B")]);
  expect(await outcome(engine, "C")).toBe('unknown-model: no model "C"; one of: A, B');
});

test("a crash fails the tasks of its model, and the next task starts it anew", async () => {
  const [a, b] = [scriptedModel("A"), scriptedModel("B")];
  const engine = engineOf([a, b]);
  const [lost, other] = [outcome(engine), outcome(engine, "B")];
  await turn();
  a.crash("out of memory");
  expect(await lost).toBe("crashed: model A ended while it wrote (out of memory); try again");
  expect(engine.models()[0]).toMatchObject({ state: "failed", active: 0 });
  const next = outcome(engine);
  await turn();
  await turn();
  a.running[1]!.finish();
  expect(await next).toBe("begun done");
  expect(engine.totals().restarts).toBe(1);
  b.running[0]!.finish();
  expect(await other).toBe("begun done");
});

test("a model that doesn't start fails its task, and is tried again", async () => {
  const a = scriptedModel("A", { fails: 1 });
  const engine = engineOf([a]);
  expect(await outcome(engine)).toBe("error: no weights");
  const next = outcome(engine);
  await turn();
  await turn();
  a.running[0]!.finish();
  expect(await next).toBe("begun done");
});

describe("memory", () => {
  test("is given to the model that is asked, from the one that was idle longest", async () => {
    const [a, b, c] = ["A", "B", "C"].map((id) => scriptedModel(id, { bytes: 5 }));
    const engine = engineOf([a!, b!, c!]);
    const use = async (model: typeof a): Promise<void> => {
      const ended = outcome(engine, model!.source.id);
      await turn();
      await turn();
      model!.running.at(-1)!.finish();
      expect(await ended).toBe("begun done");
    };
    for (const model of [a, b, a, c]) await use(model);
    expect(engine.models().map(({ state }) => state)).toEqual(["ready", "idle", "ready"]);
    expect(b!.log).toEqual(["open", "close"]);
    await use(b);
    expect(a!.log).toEqual(["open", "close"]);
  });

  test("of a busy model is waited for", async () => {
    const [a, b] = ["A", "B"].map((id) => scriptedModel(id, { bytes: 6 }));
    const engine = engineOf([a!, b!]);
    const [first, second] = [outcome(engine, "A"), outcome(engine, "B")];
    await turn();
    await turn();
    expect(b!.log).toEqual([]);
    a!.running[0]!.finish();
    expect(await first).toBe("begun done");
    await turn();
    await turn();
    expect(a!.log).toEqual(["open", "close"]);
    b!.running[0]!.finish();
    expect(await second).toBe("begun done");
  });

  test("is filled before anybody asks, in the order of the models", async () => {
    const sizes = { A: 6, B: 6, C: 4 };
    const models = Object.entries(sizes).map(([id, bytes]) => scriptedModel(id, { bytes }));
    const engine = engineOf(models);
    await engine.warm();
    expect(engine.models().map(({ state }) => state)).toEqual(["ready", "idle", "ready"]);
    await expect(engineOf([scriptedModel("A", { fails: 1 })]).warm()).rejects.toThrow("no weights");
  });

  test("that doesn't hold one model is an error at once", () => {
    const large = scriptedModel("large", { bytes: 3 * 2 ** 30 });
    expect(() => engineOf([large], { memory: 2 ** 30 })).toThrow(
      "serve: model large needs 3.00 GiB for its weights, but all models may take 1.00 GiB together",
    );
  });
});

test("closing refuses who waits, lets finish who runs, and stops who takes too long", async () => {
  const a = scriptedModel("A");
  const engine = engineOf([a], { batch: 2 });
  const [quick, slow, waiting] = [outcome(engine), outcome(engine), outcome(engine)];
  await turn();
  const closed = engine.close(0.05);
  expect(await waiting).toBe("closing: the server is shutting down; it takes no more requests");
  expect(await outcome(engine)).toMatch(/^closing/);
  a.running[0]!.finish();
  expect(await quick).toBe("begun done");
  expect(await slow).toBe(
    "closing: the server is shutting down; the text was not finished in time",
  );
  await closed;
  expect(a.log).toEqual(["open", "close"]);
});
