/**
 * The table of verbs. A new verb is its own file and one line here; only the chosen one is imported.
 *
 * @module
 */

import type { Verb } from "../verb.ts";

export interface VerbEntry {
  /** One line for `unmask --help`. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

export const verbs: Readonly<Record<string, VerbEntry>> = {
  demo: {
    summary: "one prompt, an autoregressive and a diffusion model, live side by side",
    load: () => import("./demo.ts"),
  },
  import: {
    summary: "bring a published model into a folder",
    load: () => import("./import.ts"),
  },
  train: {
    summary: "train a model on a text",
    load: () => import("./train.ts"),
  },
  generate: {
    summary: "write a text, from a prompt or from nothing",
    load: () => import("./generate.ts"),
  },
  infill: {
    summary: "fill the holes of a text",
    load: () => import("./infill.ts"),
  },
  edit: {
    summary: "open part of a text again and refine it",
    load: () => import("./edit.ts"),
  },
  evaluate: {
    summary: "score a model: bound, exact likelihood, its texts, speed",
    load: () => import("./evaluate.ts"),
  },
  compare: {
    summary: "models side by side: one table, and a report with pictures",
    load: () => import("./compare.ts"),
  },
  serve: {
    summary: "models behind OpenAI's API",
    load: () => import("./serve.ts"),
  },
  inspect: {
    summary: "what is inside a model folder or a safetensors file",
    load: () => import("./inspect.ts"),
  },
};
