/**
 * What a model's worker and the thread that started it tell each other: in Node and in a browser.
 *
 * @module
 */
import type { Task, TaskEvent } from "../../generate/task.ts";
import { UnmaskError } from "../../errors.ts";
import type { ErrorCode } from "../../errors.ts";

export type ToWorker =
  | { readonly kind: "run"; readonly id: number; readonly task: Task }
  | { readonly kind: "cancel"; readonly id: number };

export type FromWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "refused"; readonly failure: Failure }
  | { readonly kind: "event"; readonly id: number; readonly event: TaskEvent }
  | { readonly kind: "end"; readonly id: number; readonly failure?: Failure | undefined };

/** An error as data: those that are a user's keep their code. */
export interface Failure {
  readonly message: string;
  readonly code?: ErrorCode | undefined;
}

export function failureOf(error: unknown): Failure {
  if (UnmaskError.is(error)) return { message: error.message, code: error.code };
  return { message: error instanceof Error ? error.message : String(error) };
}

export const errorOf = ({ message, code }: Failure): Error =>
  code === undefined ? new Error(message) : new UnmaskError(code, message);
