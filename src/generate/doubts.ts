/**
 * What a model itself doubts of a text: tokens to which it gives little probability, given all the others.
 *
 * For models whose tokens may be noise anywhere that is what they say of every place, in one look at the text.
 * Masked models say it of masked places only: exactly, each place would have to be masked alone, a pass for each.
 * Here every eighth place is masked at a time, so that eight looks do for a text of any length, and a place is judged with
 * seven of eight others in view. Texts of up to eight tokens are judged exactly.
 *
 * @module
 */
import { answering } from "../sample/answers.ts";
import { timeOfShare } from "../sample/rule.ts";
import type { UsableModel } from "./model.ts";

/** How many places apart those are that are masked together. */
const stride = 8;

/** Numbers of one answer at most: places are asked about in portions. */
const mostNumbers = 2 ** 22;

/** The probability of each token, and the forward passes that it took. */
export interface Doubts {
  /** [tokens] */
  readonly probabilities: Float64Array;
  readonly passes: number;
}

/**
 * The model's probability of each token given all others.
 *
 * @param share how much of the text may be wrong, above 0 to 1: what models that are told how much is noise are told,
 * where nothing is masked
 * @throws the signal's reason when it is aborted
 */
export async function doubtsOf(
  { denoiser: open }: Pick<UsableModel, "denoiser">,
  tokens: Int32Array,
  { share, signal }: { readonly share: number; readonly signal?: AbortSignal | undefined },
): Promise<Doubts> {
  const probabilities = new Float64Array(tokens.length);
  const { maskId, process, vocabulary } = open(tokens);
  const masks = !process || process.noise[maskId]! > 0;
  const portion = Math.max(1, Math.floor(mostNumbers / vocabulary));
  let passes = 0;
  const ask = async (canvas: Int32Array, places: Int32Array, time: number): Promise<void> => {
    const denoiser = process ? answering(open(canvas), "x0", process) : open(canvas);
    for (let from = 0; from < places.length; from += portion) {
      signal?.throwIfAborted();
      const part = places.subarray(from, from + portion);
      const rows = await denoiser.predict({ canvas, places: part, time });
      part.forEach((place, i) => {
        probabilities[place] = Math.exp(rows[i * vocabulary + tokens[place]!]!);
      });
      passes += 1;
    }
  };
  const all = Int32Array.from(tokens.keys());
  if (!masks) {
    await ask(tokens, all, share);
    return { probabilities, passes };
  }
  for (let first = 0; first < Math.min(stride, tokens.length); first++) {
    const hidden = all.filter((place) => place % stride === first);
    const canvas = tokens.map((token, place) => (place % stride === first ? maskId : token));
    const masked = hidden.length / tokens.length;
    await ask(canvas, hidden, process ? timeOfShare(process, masked) : masked);
  }
  return { probabilities, passes };
}
