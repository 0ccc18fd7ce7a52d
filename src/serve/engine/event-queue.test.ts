import { expect, test } from "vitest";
import type { TaskEvent, TextFrame } from "../../generate/task.ts";
import { eventQueue } from "./event-queue.ts";

const text = (more: string): TaskEvent => ({ kind: "text", text: more });
const frame = (step: number): TaskEvent => ({
  kind: "frame",
  frame: { step, passes: step, open: 0, text: "", pieces: [] } satisfies TextFrame,
});

test("a slow reader gets every text, and of frames in a row the newest", async () => {
  const queue = eventQueue();
  for (const event of [
    frame(1),
    frame(2),
    text("a"),
    frame(3),
    text("b"),
    text("c"),
    frame(4),
    frame(5),
  ])
    queue.push(event);
  queue.end();
  const read: TaskEvent[] = [];
  for await (const event of queue) read.push(event);
  expect(read).toEqual([frame(2), text("a"), frame(3), text("b"), text("c"), frame(5)]);
});

test("an error comes behind the events that wait", async () => {
  const queue = eventQueue();
  const reader = queue[Symbol.asyncIterator]();
  const first = reader.next();
  queue.push(text("a"));
  queue.end(new Error("lost"));
  expect(await first).toEqual({ done: false, value: text("a") });
  await expect(reader.next()).rejects.toThrow("lost");
});
