/**
 * What a text costs a model: the exact negative log-likelihood, or an upper bound of it.
 *
 * @module
 */
import type { ModelContents } from "../checkpoint/model-contents.ts";
import { systemOfModel } from "../checkpoint/model-system.ts";
import { tokenLesson } from "../objective/lesson.ts";
import { score, scoreProgram } from "../objective/score.ts";
import { randomKey, splitKey } from "../tensor/index.ts";
import type { Runtime } from "../tensor/index.ts";
import { consecutive } from "../text/index.ts";
import type { CleanTokens, Consecutive, TokenSource, Tokenizer } from "../text/index.ts";
import { charactersOf, inUnits } from "./units.ts";
import type { WindowLikelihood } from "./units.ts";

export interface LikelihoodOptions {
  readonly runtime: Runtime;
  readonly model: ModelContents;
  readonly tokens: TokenSource;
  /** Tokens of a window; by default what the model was trained on. */
  readonly length?: number | undefined;
  /** Rows that are scored together. */
  readonly batch: number;
  /** Draws of the noise for each window. */
  readonly samples: number;
  /** Most windows, spread evenly over the text. */
  readonly limit?: number | undefined;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((windows: number, of: number) => void) | undefined;
}

/** Scores a text window by window; every window stands for itself, as in training. */
export async function likelihood(options: LikelihoodOptions): Promise<WindowLikelihood> {
  const { runtime, model, batch, samples, signal, progress } = options;
  const { config, weights, tokenizer } = model;
  const { length = config.length } = options;
  const lesson = tokenLesson(config.transformer, systemOfModel(model).bound);
  const windows = consecutive(options.tokens, { length, limit: options.limit });
  const setup = { lesson, batch, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  let characters = 0;
  try {
    const result = await score(setup, {
      run: (inputs) => executable.run(inputs),
      windows: counting(windows, tokenizer, (count) => (characters += count)),
      samples,
      key: splitKey(randomKey(options.seed), "likelihood"),
      signal,
      progress: (done) => progress?.(done, windows.count),
    });
    return inUnits(result, characters);
  } finally {
    await executable.dispose();
  }
}

async function* counting(
  windows: Consecutive,
  tokenizer: Tokenizer,
  add: (characters: number) => void,
): AsyncGenerator<CleanTokens> {
  for await (const window of windows) {
    add(charactersOf(window.x0, tokenizer));
    yield window;
  }
}
