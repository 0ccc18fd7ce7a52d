/**
 * Examples to fine-tune on: a prompt that is given, an answer to learn, and windows of them.
 *
 * The answer ends with the end token, and what is left of the window behind it is filled with end
 * tokens. They belong to the answer and to the loss, as in LLaDA (Nie et al. 2025, section 2.3): so a
 * model that fills a canvas learns how long an answer is.
 *
 * ```
 * x0     U  s  e  r  :  ...  :  _  4  <end>  <end>  <end>
 * given  1  1  1  1  1  ...  1  0  0  0      0      0
 * ```
 *
 * @module
 */
import { permutation, randomStream, splitKey } from "../tensor/random.ts";
import type { Key } from "../tensor/random.ts";
import { evenly } from "./batches.ts";
import type { CleanTokens, WindowSource } from "./batches.ts";
import type { Turn } from "./dialogue.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** A prompt and an answer as ids, not longer than a window. */
export interface Example {
  /** The prompt, then the answer with its end token. */
  readonly tokens: Int32Array;
  /** Tokens of the prompt. */
  readonly given: number;
}

/**
 * A turn as an example for windows of `length` tokens: a prompt that is too long loses its beginning.
 * Undefined where the answer alone doesn't fit.
 */
export function encodeTurn(
  { prompt, answer }: Turn,
  tokenizer: Tokenizer,
  length: number,
): Example | undefined {
  const learned = tokenizer.encode(answer);
  const room = length - learned.length - 1;
  if (room < 0) return undefined;
  const asked = tokenizer.encode(prompt);
  const kept = asked.subarray(Math.max(0, asked.length - room));
  return { tokens: Int32Array.of(...kept, ...learned, tokenizer.endId), given: kept.length };
}

/**
 * The windows of examples, one each. Training sees all of them, in a new random order, before it sees
 * one again.
 */
export function exampleWindows(
  examples: readonly Example[],
  { length, endId }: { readonly length: number; readonly endId: number },
): WindowSource {
  const rowsOf = (chosen: readonly Example[]): CleanTokens => {
    const x0 = new Int32Array(chosen.length * length).fill(endId);
    const given = new Uint8Array(x0.length);
    for (const [row, example] of chosen.entries()) {
      x0.set(example.tokens, row * length);
      given.fill(1, row * length, row * length + example.given);
    }
    return { x0, given };
  };
  return {
    length,
    tokens: examples.reduce((sum, { tokens }) => sum + tokens.length, 0),
    count: examples.length,
    random({ batch, key }) {
      const order = shuffledRounds(examples.length, key);
      return {
        rows: batch,
        length,
        batch: async (step) =>
          rowsOf(Array.from({ length: batch }, (_, row) => examples[order(step * batch + row)]!)),
      };
    },
    consecutive: ({ limit }) =>
      evenly({ count: examples.length, length, limit }, async (index) =>
        rowsOf([examples[index]!]),
      ),
  };
}

/** Item `index` of endless rounds through `count` items, each round in an order of its own. */
function shuffledRounds(count: number, key: Key): (index: number) => number {
  // The last round's order is kept: it is asked for many times in a row.
  let held: { round: number; order: Int32Array } = { round: -1, order: new Int32Array(0) };
  return (index) => {
    const round = Math.floor(index / count);
    if (round !== held.round)
      held = { round, order: permutation(randomStream(splitKey(key, round)), count) };
    return held.order[index % count]!;
  };
}
