/**
 * Server-sent events as they arrive, cut anywhere.
 *
 * @module
 */
import { createParser } from "eventsource-parser";
import { UnmaskError } from "../errors.ts";

/**
 * The data of each event. One that the stream's end cuts off is dropped, but for a missing blank line
 * behind it.
 *
 * @param limit characters that one event may have
 * @throws UnmaskError "corrupt" for a longer one
 * @example
 * ```ts
 * // the bytes of ": hello\r\ndata: one\r\ndata: two\r\n\r\n"
 * for await (const data of eventData(chunks, 2 ** 20)) use(data); // "one\ntwo"
 * ```
 */
export async function* eventData(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
): AsyncGenerator<string> {
  const events: string[] = [];
  let isTooLong = false;
  const parser = createParser({
    maxBufferSize: limit,
    onEvent: ({ data }) => void events.push(data),
    onError: ({ type }) => (isTooLong ||= type === "max-buffer-size-exceeded"),
  });
  // Joins characters that are cut.
  const decoder = new TextDecoder();
  const feed = (text: string): void => {
    parser.feed(text);
    if (isTooLong)
      throw new UnmaskError("corrupt", "stream: an event of the server is longer than any answer");
  };
  for await (const bytes of chunks) {
    feed(decoder.decode(bytes, { stream: true }));
    yield* events.splice(0);
  }
  // Ends the last event, but not a line that was cut.
  feed("\n");
  yield* events.splice(0);
}
