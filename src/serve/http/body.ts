/**
 * Bodies of requests: JSON, checked against a schema, with one clear error that names the field.
 *
 * @module
 */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { unknownName } from "../../errors.ts";
import { clientGone, refused } from "./failure.ts";
import { isUnsupported } from "./fields.ts";

/** The JSON of a request's body, of at most so many bytes. */
export async function readJson(request: IncomingMessage, most: number): Promise<unknown> {
  const type = request.headers["content-type"] ?? "none";
  // Pages of other sites can send forms here without being asked; JSON they can't.
  if (!/^application\/json\s*(;|$)/i.test(type.trim()))
    throw refused(
      415,
      `content-type: must be application/json, got ${type.slice(0, 80)}; with curl: -H "content-type: application/json"`,
      { code: "unsupported_media_type" },
    );
  const bytes = await readBytes(request, most);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw refused(400, `the body must be JSON: ${reason.slice(0, 200)}`, { code: "invalid_json" });
  }
}

/** What is too long is left in the connection, for the server to throw away. */
function readBytes(request: IncomingMessage, most: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    let length = 0;
    const settle = (act: () => void): void => {
      request.off("data", take).off("end", end).off("close", leave).off("error", leave);
      act();
    };
    const refuse = (): void =>
      settle(() => {
        request.pause();
        const message = `the body may have ${most} bytes, got more`;
        reject(refused(413, message, { code: "body_too_large" }));
      });
    const take = (piece: Buffer): void => {
      length += piece.length;
      pieces.push(piece);
      if (length > most) refuse();
    };
    const end = (): void => settle(() => resolve(Buffer.concat(pieces)));
    const leave = (): void => settle(() => reject(clientGone));
    if (Number(request.headers["content-length"] ?? 0) > most) refuse();
    else request.on("data", take).on("end", end).on("close", leave).on("error", leave);
  });
}

/**
 * Checks a body. A field that is `null` counts as left out, as in OpenAI's API.
 *
 * @throws a 400 for the first thing that is wrong
 */
export function readBody<S extends z.ZodObject>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(withoutNulls(value));
  if (result.success) return result.data;
  throw explained(result.error.issues[0]!, Object.keys(schema.shape));
}

/** What is wrong, in one line. */
function explained(issue: z.core.$ZodIssue, fields: readonly string[]): Error {
  const [top] = issue.path;
  if (isUnsupported(top))
    return refused(
      400,
      `${String(top)}: is not supported by this server, and would change the result; leave it out`,
      { param: String(top), code: "unsupported_parameter" },
    );
  const where = pathOf(issue.path);
  if (issue.code === "unrecognized_keys") {
    const name = issue.keys[0]!.slice(0, 80);
    const message =
      where === ""
        ? unknownName("field", name, fields).message
        : `${where}: has no field "${name}"`;
    return refused(400, message, {
      param: pathOf([...issue.path, name]),
      code: "unknown_parameter",
    });
  }
  if (where === "") return refused(400, `the body ${said(issue.message)}`);
  return refused(400, `${where}: ${said(issue.message)}`, { param: where });
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
}

/** `["messages", 1, "content"]` -> `messages[1].content`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("")
    .replace(/^\./, "");
}

/** zod's message in the words of this project: `must be number, got string`, `must be >=1`. */
function said(message: string): string {
  return message
    .replace(/^[\w ]+: expected /, "must be ")
    .replace(/^must be \w+ to /, "must ")
    .replace(/, received undefined$/, ", got nothing")
    .replace(/, received /, ", got ");
}
