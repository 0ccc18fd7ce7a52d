/**
 * What a model itself doubts of a text: tokens to which it gives little probability, given all the others.
 *
 * For models whose tokens may be noise anywhere that is what they say of every place, in one look at the text; for
 * models that only continue as well, given what stands before. Masked models say it of masked places only:
 * exactly, each place would have to be masked alone, a pass for each.
 * Here every eighth place is masked at a time, so that eight looks do for a text of any length, and a place is judged with
 * seven of eight others in view. Texts of up to eight tokens are judged exactly. Models of blocks, which never read
 * masks in finished text, are asked block by block.
 *
 * @module
 */
import type { Process } from "../diffusion/process.ts";
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
  { denoiser: open, kind }: Pick<UsableModel, "denoiser" | "kind">,
  tokens: Int32Array,
  { share, signal }: { readonly share: number; readonly signal?: AbortSignal | undefined },
): Promise<Doubts> {
  const probabilities = new Float64Array(tokens.length);
  const { maskId, process, vocabulary } = open(tokens);
  const masks = kind.infills && (!process || process.noise[maskId]! > 0);
  // With one cache for all blocks, as for a text of which nothing is given.
  const inBlocks = kind.attention.kind === "block" ? open(tokens.map(() => maskId)) : undefined;
  const turnOf = inBlocks?.turnOf ?? (() => 0);
  const portion = Math.max(1, Math.floor(mostNumbers / vocabulary));
  let passes = 0;
  const ask = async (canvas: Int32Array, places: Int32Array, time: number): Promise<void> => {
    const own = inBlocks ?? open(canvas);
    const denoiser = process ? answering(own, "x0", process) : own;
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
    await ask(tokens, all, process ? timeOfChange(process, share) : 1);
    return { probabilities, passes };
  }
  for (const turn of new Set(Array.from(all, turnOf))) {
    const places = all.filter((place) => turnOf(place) === turn);
    for (let first = 0; first < Math.min(stride, places.length); first++) {
      const hidden = places.filter((_, i) => i % stride === first);
      const canvas = tokens.slice();
      for (const place of hidden) canvas[place] = maskId;
      const masked = hidden.length / places.length;
      await ask(canvas, hidden, process ? timeOfShare(process, masked) : masked);
    }
  }
  return { probabilities, passes };
}

/** When a process has changed this share of a text. */
function timeOfChange(process: Process, share: number): number {
  const token = process.states.maskId === 0 ? 1 : 0;
  let [low, high] = [0, 1];
  for (let i = 0; i < 30; i++) {
    const middle = (low + high) / 2;
    if (1 - process.marginal(token, middle)[token]! < share) low = middle;
    else high = middle;
  }
  return high;
}
