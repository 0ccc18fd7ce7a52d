/**
 * Texts of any length, scored by an autoregressive model: the judge of generative perplexity.
 *
 * The judge reads a text as its own tokens, in windows of its training length that stand for
 * themselves; the last window of a text is shorter, and is filled up with places that cost nothing.
 *
 * @module
 */
import type { ModelContents } from "../checkpoint/model-contents.ts";
import { systemOfModel } from "../checkpoint/model-system.ts";
import { UnmaskError } from "../errors.ts";
import { tokenLesson } from "../objective/lesson.ts";
import type { Batch } from "../objective/objective.ts";
import { scoreProgram } from "../objective/score.ts";
import { randomKey } from "../tensor/index.ts";
import type { Runtime } from "../tensor/index.ts";

export interface Judge {
  readonly runtime: Runtime;
  readonly model: ModelContents;
  /** Windows that are scored together. */
  readonly batch: number;
  readonly signal?: AbortSignal | undefined;
}

/** A text to judge. */
export interface JudgedText {
  readonly text: string;
  /** Whether its writer ended it: then the judge's end token is part of it. */
  readonly ended: boolean;
}

/** What a text costs the judge. */
export interface Verdict {
  readonly nats: number;
  /** The judge's tokens. */
  readonly tokens: number;
}

/**
 * Refuses a judge that has no likelihood.
 *
 * @throws UnmaskError "usage"
 */
export function checkJudge(model: ModelContents, where = "evaluate"): void {
  if (systemOfModel(model).bound.exact) return;
  throw new UnmaskError(
    "usage",
    `${where}: --judge must be an autoregressive model, got one of ${model.config.system}; train one with --system autoregressive`,
  );
}

/** -log p of each text under the judge. */
export async function judgeTexts(
  texts: readonly JudgedText[],
  { runtime, model, batch, signal }: Judge,
): Promise<Verdict[]> {
  checkJudge(model);
  const { tokenizer, config, weights } = model;
  const encoded = texts.map(({ text, ended }) =>
    Int32Array.from([...tokenizer.encode(text), ...(ended ? [tokenizer.endId] : [])]),
  );
  const longest = encoded.reduce((most, { length }) => Math.max(most, length), 1);
  const length = Math.min(config.length, longest);
  const lesson = tokenLesson(config.transformer, systemOfModel(model).bound);
  const setup = { lesson, batch, length };
  const executable = await runtime.compile(scoreProgram(setup), { constants: weights });
  const nats = new Float64Array(texts.length);
  const pieces = encoded.flatMap((tokens, text) => piecesOf(tokens, length, text));
  try {
    for (let start = 0; start < pieces.length; start += batch) {
      signal?.throwIfAborted();
      const group = pieces.slice(start, start + batch);
      const inputs = lesson.draw(batchOf(group, batch, length), randomKey(0));
      const { losses } = await executable.run(inputs);
      // A window with given places counts as if the others filled it.
      group.forEach(({ text, tokens }, row) => {
        nats[text]! += (losses!.data[row]! * tokens.length) / length;
      });
    }
  } finally {
    await executable.dispose();
  }
  return encoded.map(({ length: count }, text) => ({ nats: nats[text]!, tokens: count }));
}

/** A window's worth of a text. */
interface Piece {
  readonly text: number;
  readonly tokens: Int32Array;
}

function piecesOf(tokens: Int32Array, length: number, text: number): Piece[] {
  return Array.from({ length: Math.ceil(tokens.length / length) }, (_, i) => ({
    text,
    tokens: tokens.subarray(i * length, (i + 1) * length),
  }));
}

/** Pieces as rows. What fills a row up stands to the right, where a causal network doesn't look. */
function batchOf(pieces: readonly Piece[], batch: number, length: number): Batch {
  const x0 = new Int32Array(batch * length);
  const given = new Uint8Array(batch * length).fill(1);
  pieces.forEach(({ tokens }, row) => {
    x0.set(tokens, row * length);
    given.fill(0, row * length, row * length + tokens.length);
  });
  return { x0, batch, length, given };
}
