/**
 * What went wrong with a request, in the shape that clients of OpenAI's API know:
 * `{ error: { message, type, param, code } }` with the right status.
 *
 * @module
 */
import { UnmaskError } from "../../errors.ts";
import { isEngineError } from "../engine/engine.ts";
import type { Refusal } from "../engine/engine.ts";
import type { ErrorReply } from "./replies.ts";

/** The answer to a request that failed. */
export interface Failure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 413 | 415 | 429 | 499 | 500 | 503 | 504;
  readonly message: string;
  /** Machines go by this. */
  readonly code: string | null;
  /** The field that is at fault. */
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;
}

const marker = Symbol("unmask.serve.failure");

interface FailedRequest extends Error {
  readonly [marker]: Failure;
}

/** An error to throw anywhere below a route: the request is answered with it. */
export function refused(
  status: Failure["status"],
  message: string,
  more: Partial<Pick<Failure, "code" | "param" | "headers">> = {},
): Error {
  const failure: Failure = { status, message, code: null, param: null, headers: {}, ...more };
  return Object.assign(new Error(message), { [marker]: failure });
}

/** Why a request is stopped whose client has gone: nobody reads the answer. */
export const clientGone: Error = refused(499, "the client closed the request", {
  code: "client_closed_request",
});

const refusals: Readonly<Record<Refusal, Pick<Failure, "status" | "code" | "headers">>> = {
  busy: { status: 429, code: "queue_full", headers: {} },
  "unknown-model": { status: 404, code: "model_not_found", headers: {} },
  // It would take as long again: clients that retry by themselves are told not to.
  timeout: { status: 504, code: "timeout", headers: { "x-should-retry": "false" } },
  crashed: { status: 503, code: "worker_crashed", headers: {} },
  closing: { status: 503, code: "shutting_down", headers: { connection: "close" } },
};

/** What to answer to something that was thrown. Errors of ours that are bugs keep their message to themselves. */
export function failureOf(error: unknown): Failure {
  if (isFailedRequest(error)) return error[marker];
  if (isEngineError(error)) {
    const { headers, ...known } = refusals[error.refusal];
    const wait = Math.max(1, Math.ceil(error.retryAfter ?? 1));
    const more = error.refusal === "busy" ? { "retry-after": String(wait) } : {};
    return { ...known, message: error.message, param: null, headers: { ...headers, ...more } };
  }
  if (UnmaskError.is(error) && error.code === "usage")
    return { status: 400, message: error.message, code: null, param: null, headers: {} };
  return {
    status: 500,
    message: "the server failed at this request; its log says more",
    code: "internal_error",
    param: null,
    headers: {},
  };
}

/** The body of the answer. */
export function failureBody({ status, message, param, code }: Failure): ErrorReply {
  return { error: { message, type: typeOf(status), param, code } };
}

function typeOf(status: number): string {
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

const isFailedRequest = (error: unknown): error is FailedRequest =>
  error instanceof Error && marker in error;
