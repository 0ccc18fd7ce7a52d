/**
 * The engine seen from its doors: models that carry out tasks, many at a time.
 *
 * @module
 */
import type { Task, TaskEvent } from "../../generate/task.ts";

/** A model as its users see it. */
export interface ServedModel {
  /** What requests call it. */
  readonly id: string;
  /** Seconds since 1970 at which its weights were written. */
  readonly created: number;
  /** `mdlm`, `autoregressive`, `llada` ... */
  readonly system: string;
  /** Whether it reads what follows a hole: what infilling and editing need. */
  readonly infills: boolean;
  /** Whether it writes in as many steps as it is asked to. */
  readonly paced: boolean;
  /** Whether it has a chat template of its own. */
  readonly chats: boolean;
  /** Tokens of a canvas in training. */
  readonly length: number;
  readonly vocabulary: number;
  /** `ready`; `idle`, started by the next request; `starting`; `failed`, started anew by the next request. */
  readonly state: "ready" | "idle" | "starting" | "failed";
  /** Tasks that are being carried out, and that wait. */
  readonly active: number;
  readonly waiting: number;
}

/** Why a task was not carried out, where the request itself was right. */
export type Refusal =
  /** The queue is full. */
  | "busy"
  /** No such model. */
  | "unknown-model"
  /** It took longer than it may. */
  | "timeout"
  /** The model's worker ended. */
  | "crashed"
  /** The engine is closing, and takes nothing more. */
  | "closing";

/** The error of a refused task: its message is for the client. */
export interface EngineError extends Error {
  readonly refusal: Refusal;
  /** For `busy`: after how many seconds to try again. */
  readonly retryAfter?: number | undefined;
}

/** Makes one. */
export const engineError = (refusal: Refusal, message: string, retryAfter?: number): EngineError =>
  Object.assign(new Error(message), { refusal, retryAfter });

/** True for errors of the engine itself. */
export const isEngineError = (error: unknown): error is EngineError =>
  error instanceof Error && "refusal" in error;

/** Counters that only rise, since the start. */
export interface EngineTotals {
  readonly tasks: number;
  readonly finished: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly refused: number;
  readonly promptTokens: number;
  readonly tokens: number;
  readonly passes: number;
  readonly restarts: number;
}

export interface Engine {
  /** The models, with their present state. */
  models(): readonly ServedModel[];
  /**
   * Carries a task out. Ends early, with the signal's reason, when the signal is aborted: its place is
   * free within one step.
   *
   * @throws UnmaskError "usage" for a task that makes no sense for this model
   * @throws EngineError for one that can't be carried out now
   */
  run(model: string, task: Task, signal: AbortSignal): AsyncIterable<TaskEvent>;
  totals(): EngineTotals;
  /** Takes nothing more; resolves when what runs is done, or has been stopped after `seconds`. */
  close(seconds: number): Promise<void>;
}
