/**
 * Server-sent events, as OpenAI's API sends them: `data: {...}` for each chunk, and `data: [DONE]`.
 *
 * @module
 */
import { failureBody, failureOf } from "./failure.ts";

export interface EventStreamOptions {
  /** Called with what went wrong in the middle of a stream. */
  onFailure(error: unknown): void;
  /** Called when the reader has taken nothing for so long. */
  onStall(): void;
  readonly stallSeconds: number;
}

/**
 * A body of events. The next chunk is asked for once the last one has left, so that a reader who is slow
 * costs the memory of one. One who has stopped reading would keep his text's place: he is given up. An error is
 * the last event, as `{"error": ...}`; no `[DONE]` follows it.
 */
export function eventStream(
  chunks: AsyncGenerator<object>,
  { onFailure, onStall, stallSeconds }: EventStreamOptions,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let cancelled = false;
  let stall: NodeJS.Timeout | undefined;
  const event = (data: string): Uint8Array => encoder.encode(`data: ${data}\n\n`);
  return new ReadableStream(
    {
      async pull(controller) {
        clearTimeout(stall);
        try {
          const next = await chunks.next();
          if (cancelled) return;
          if (next.done === true) {
            controller.enqueue(event("[DONE]"));
            controller.close();
          } else {
            controller.enqueue(event(JSON.stringify(next.value)));
            stall = setTimeout(onStall, stallSeconds * 1000).unref();
          }
        } catch (error) {
          if (cancelled) return;
          onFailure(error);
          controller.enqueue(event(JSON.stringify(failureBody(failureOf(error)))));
          controller.close();
        }
      },
      cancel() {
        cancelled = true;
        clearTimeout(stall);
        // Not waited for: it ends when the model's step does, with an error that nobody needs.
        chunks.return(undefined).catch(() => {});
      },
    },
    { highWaterMark: 0 },
  );
}
