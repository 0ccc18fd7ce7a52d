/**
 * Who writes the page's texts: a server, or models in the tab. Rooms see no difference.
 *
 * @module
 */
import type { Task, TextFrame } from "../../src/generate/task.ts";
import type { ServedModel } from "../../src/serve/engine/engine.ts";

/** A model that can be asked. */
export type Model = Pick<ServedModel, "id" | "system" | "infills" | "paced" | "chats" | "length">;

/** A text to have written. */
export interface Request extends Pick<Task, "start" | "sampling" | "seed"> {
  /** By which model. */
  readonly model: string;
  /** How many of the likeliest tokens to tell of each place; not of answers. Default: none. */
  readonly alternatives?: number | undefined;
}

/** The canvas after a step. */
export type Step = Omit<TextFrame, "text">;

/** Tokens by their text, with ln p. */
export type Likeliest = Readonly<Record<string, number>>;

/** What a text took. */
export interface Ended {
  readonly seed: number;
  readonly steps: number;
  readonly passes: number;
  /** For each token, in the order of the text, where they were asked for: the likeliest ones. */
  readonly likeliest: readonly Likeliest[];
}

export interface Engine {
  /**
   * The models that may be asked.
   *
   * @throws UnmaskError "missing" where a key is needed first
   */
  models(): Promise<readonly Model[]>;
  /**
   * Has a text written and tells each step of it; returns what it took.
   *
   * @throws UnmaskError "usage" for what makes no sense for the model, "unavailable" when it can't be asked or fails;
   * the signal's reason when it is aborted
   */
  write(request: Request, signal: AbortSignal): AsyncGenerator<Step, Ended>;
}

/** A model by name and system. */
export const titleOf = ({ id, system }: Model): string =>
  id === system ? id : `${id} (${system})`;
