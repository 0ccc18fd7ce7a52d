/**
 * What the Lab's worker and the page tell each other.
 *
 * @module
 */
import type { ModelFacts } from "../../src/serve/engine/servable.ts";
import type { Failure } from "../../src/serve/engine/messages.ts";
import type { TextFrame } from "../../src/generate/task.ts";
import type { Computing } from "../engine/computing.ts";

/** What is to be trained. */
export interface LabOrder extends Computing {
  /** What the model is called. */
  readonly name: string;
  readonly text: string;
  /** The file that it comes from, if it does. */
  readonly file: string | undefined;
  readonly system: string;
  readonly tokenizer: string;
  readonly size: string;
  readonly length: number;
  readonly batch: number;
  readonly steps: number;
  readonly seed: number;
}

export type ToLab =
  | { readonly kind: "begin"; readonly order: LabOrder }
  /** Stops after the step at hand. */
  | { readonly kind: "pause" }
  | { readonly kind: "resume" };

/** One of a table, with a line about it. */
export interface Offer {
  readonly name: string;
  readonly summary: string;
}

/** What can be trained. */
export interface Offers {
  readonly systems: readonly Offer[];
  readonly tokenizers: readonly Offer[];
  readonly sizes: readonly Offer[];
}

/** What a run is, once it is known. */
export interface RunFacts {
  readonly parameters: number;
  readonly vocabulary: number;
  /** Tokens to train on. */
  readonly tokens: number;
  /** The runtime, and its threads. */
  readonly device: string;
}

/** A model's files, as they are in its folder. */
export type FolderFiles = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** The model after so many steps. */
export interface SavedModel {
  readonly step: number;
  readonly facts: ModelFacts;
  readonly files: FolderFiles;
}

export type FromLab =
  | { readonly kind: "offers"; readonly offers: Offers }
  | { readonly kind: "planned"; readonly facts: RunFacts }
  | {
      readonly kind: "step";
      readonly step: number;
      /** Nats per token. */
      readonly loss: number;
      readonly seconds: number;
    }
  | { readonly kind: "validation"; readonly step: number; readonly loss: number }
  | { readonly kind: "saved"; readonly model: SavedModel }
  /** A step of the sample that is written after so many steps of training. */
  | { readonly kind: "sample"; readonly after: number; readonly frame: Omit<TextFrame, "text"> }
  | { readonly kind: "rests"; readonly step: number; readonly isFinished: boolean }
  | { readonly kind: "failed"; readonly failure: Failure };
