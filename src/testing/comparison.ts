/**
 * A comparison of made-up models, for what is said of figures.
 *
 * @module
 */
import { tasks } from "../evaluate/tasks/index.ts";
import type { Outcome } from "../evaluate/tasks/task.ts";
import type { Comparison } from "../report/comparison/comparison.ts";

/** A made-up model, and what the one task found out about it. */
export interface MadeUp {
  readonly name: string;
  readonly outcome: Outcome;
  /** Whether it is autoregressive. */
  readonly exact?: boolean;
  /** Names its tokens. */
  readonly tokens?: string;
}

/** Models that were set one task, by its name. */
export function comparisonOf(task: string, all: readonly MadeUp[]): Comparison {
  const settings = { length: 8, samples: 4, steps: [4], lengths: [8], batch: 1, seed: 0 };
  return {
    format: 1,
    command: "unmask compare",
    made: "",
    machine: "",
    finished: true,
    settings: { ...settings, data: "x.txt", judge: undefined, device: "cpu" },
    models: all.map(({ name, exact = false, tokens = "a" }) => ({
      name,
      path: name,
      system: name,
      summary: "",
      paper: "",
      rule: "",
      parameters: 1,
      length: 8,
      vocabulary: 9,
      tokenizer: "char",
      tokens,
      exact,
    })),
    tasks: [
      {
        ...tasks[task]!,
        results: all.map(({ name, outcome }) => ({
          model: name,
          outcome,
          seconds: 1,
          commands: [],
        })),
      },
    ],
  };
}
