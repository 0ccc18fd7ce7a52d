/**
 * Server-sent events, as https://html.spec.whatwg.org/multipage/server-sent-events.html reads them: lines
 * end in CR, LF or both, a blank line ends an event, its `data:` lines are joined, comments are skipped,
 * and bytes may be cut anywhere.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";

/**
 * The data of each event. One that the stream's end cuts off is dropped, but for a missing blank line
 * behind it.
 *
 * @param limit characters that one event may have
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
  let data: string[] = [];
  let size = 0;
  for await (const line of linesOf(chunks, limit)) {
    if (line === "") {
      if (data.length > 0) yield data.join("\n");
      data = [];
      size = 0;
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    if (field !== "data") continue;
    const value = colon < 0 ? "" : line.slice(colon + 1);
    data.push(value.startsWith(" ") ? value.slice(1) : value);
    size += line.length;
    if (size > limit) throw tooLong();
  }
  if (data.length > 0) yield data.join("\n");
}

async function* linesOf(chunks: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string> {
  // Joins characters that are cut, and drops a byte order mark.
  const decoder = new TextDecoder();
  let rest = "";
  let afterReturn = false;
  for await (const bytes of chunks) {
    let text = decoder.decode(bytes, { stream: true });
    // The second half of a CR LF whose first ended the line already.
    if (afterReturn && text.startsWith("\n")) text = text.slice(1);
    else if (text === "") continue;
    afterReturn = text.endsWith("\r");
    const lines = (rest + text).split(/\r\n|\r|\n/);
    rest = lines.pop()!;
    if (rest.length > limit) throw tooLong();
    yield* lines;
  }
}

const tooLong = (): UnmaskError =>
  new UnmaskError("corrupt", "stream: an event of the server is longer than any answer");
