/**
 * An OpenAI-compatible server on this machine that answers by a script: properly, slowly, in pieces that
 * cut characters, or wrongly.
 */
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** A request as it came. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How to answer it. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON. */
  readonly body?: string | object;
  /** Sent one after the other, a text as UTF-8. */
  readonly chunks?: readonly (string | Uint8Array)[];
  /** Cuts the connection instead of ending. */
  readonly cut?: boolean;
  /** Says nothing more instead of ending. */
  readonly stall?: boolean;
  /** Milliseconds before each chunk. */
  readonly pause?: number;
}

/** Answers by path; the second argument counts requests for it from 1. Other paths have status 404. */
export type Script = Readonly<Record<string, (asked: Asked, count: number) => Reply>>;

export interface ApiServer {
  /** `http://127.0.0.1:port/v1` */
  readonly url: string;
  /** Every request, in order. */
  readonly seen: Asked[];
  close(): Promise<void>;
}

export async function startApi(script: Script): Promise<ApiServer> {
  const seen: Asked[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", url = "", headers } = request;
    let text = "";
    request.setEncoding("utf8");
    for await (const chunk of request) text += String(chunk);
    const path = url.replace(/^\/v1/, "");
    const body = (text === "" ? {} : JSON.parse(text)) as Asked["body"];
    const asked = { method, path, headers, body };
    seen.push(asked);
    const count = seen.filter((one) => one.path === path).length;
    await send(response, script[path]?.(asked, count) ?? notFound);
  };
  // A client that hangs up is part of the tests.
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => {}),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    seen,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const notFound: Reply = { status: 404, body: { error: { message: "Not Found", code: null } } };

async function send(response: ServerResponse, reply: Reply): Promise<void> {
  const { status = 200, headers, body, chunks = [], cut, stall, pause = 0 } = reply;
  const type = chunks.length > 0 ? "text/event-stream; charset=utf-8" : "application/json";
  response.writeHead(status, { "content-type": type, ...headers });
  response.flushHeaders();
  const whole = typeof body === "object" ? JSON.stringify(body) : body;
  for (const chunk of [...(whole === undefined ? [] : [whole]), ...chunks]) {
    if (pause > 0) await sleep(pause);
    await new Promise((resolve) => response.write(chunk, resolve));
  }
  // The client must have what was sent before the connection goes.
  if (cut === true) setTimeout(() => response.destroy(), 20);
  else if (stall !== true) response.end();
}

/** A list of models. */
export const models =
  (...ids: string[]) =>
  (): Reply => ({ body: { object: "list", data: ids.map((id) => ({ id, object: "model" })) } });

/** A completion. */
export const completion = (text: string, more: object = {}): Reply => ({
  body: { choices: [{ index: 0, text, finish_reason: "length" }], ...more },
});

/** An event of a stream. */
export const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`;

/** A chunk of a chat stream. */
export const delta = (content: string | undefined, more: object = {}, end?: string): string =>
  event({ choices: [{ index: 0, delta: { content }, finish_reason: end ?? null }], ...more });

/** A chunk of a completion stream; `unmask` is what our own server says beside the text. */
export const part = (text: string, unmask?: object, end?: string): string =>
  event({ choices: [{ index: 0, text, finish_reason: end ?? null, unmask }] });

export const done = "data: [DONE]\n\n";

/** The bytes of texts, so many at a time: characters are cut in the middle. */
export function inBytes(texts: readonly string[], size: number): Uint8Array[] {
  const bytes = Buffer.from(texts.join(""));
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}
