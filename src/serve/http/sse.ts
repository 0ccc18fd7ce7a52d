/**
 * Server-sent events, as OpenAI's API sends them: `data: {...}` for each chunk, and `data: [DONE]`.
 *
 * @module
 */
import { failureBody, failureOf } from "./failure.ts";

/** Called with what went wrong in the middle of a stream. */
export type OnFailure = (error: unknown) => void;

/**
 * A body of events. The next chunk is asked for once the last one has left, so that a reader who is slow,
 * or has stopped reading, holds one of them. An error is the last event, as `{"error": ...}`; no `[DONE]`
 * follows it.
 */
export function eventStream(
  chunks: AsyncGenerator<object>,
  onFailure: OnFailure,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cancelled = false;
  const event = (data: string): Uint8Array => encoder.encode(`data: ${data}\n\n`);
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const next = await chunks.next();
          if (cancelled) return;
          const done = next.done === true;
          controller.enqueue(event(done ? "[DONE]" : JSON.stringify(next.value)));
          if (done) controller.close();
        } catch (error) {
          if (cancelled) return;
          onFailure(error);
          controller.enqueue(event(JSON.stringify(failureBody(failureOf(error)))));
          controller.close();
        }
      },
      cancel() {
        cancelled = true;
        // Not waited for: it ends when the model's step does, with an error that nobody needs.
        chunks.return(undefined).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
