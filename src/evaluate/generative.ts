/**
 * Generative perplexity: what a judge thinks of the texts that a model writes, with the entropy of
 * their tokens, since a judge alone is easily flattered: texts that repeat themselves score best.
 *
 * ```
 * perplexity = exp( (sum over texts of -log p_judge(text)) / (sum over texts of the judge's tokens) )
 * ```
 *
 * Two texts of 2 and 6 of the judge's tokens that cost it 4 and 12 nats: exp(16 / 8) = 7.4.
 *
 * @module
 */
import { finish } from "../sample/frame.ts";
import type { Frame } from "../sample/frame.ts";
import { sample } from "../sample/sample.ts";
import type { SampleOptions } from "../sample/sample.ts";
import { endOfText } from "../sample/stop.ts";
import { allWindows } from "../text/index.ts";
import type { TokenSource, Tokenizer } from "../text/index.ts";
import { inGroups } from "./in-groups.ts";
import { judgeTexts } from "./judge.ts";
import type { Judge, JudgedText, Verdict } from "./judge.ts";
import { entropyOfTexts } from "./unigram-entropy.ts";
import type { UnigramEntropy } from "./unigram-entropy.ts";

/** What it took to write texts; undefined is what a server doesn't tell. */
export interface Effort {
  readonly tokens: number | undefined;
  /** Forward passes, counted for each text; texts that are written together may share them. */
  readonly passes: number | undefined;
  readonly tokensPerPass: number | undefined;
  readonly seconds: number;
  readonly tokensPerSecond: number | undefined;
}

/** Texts as tokens, and what it took to write them. */
export interface Written extends Effort {
  /** Up to their first end token, which is the last. */
  readonly texts: readonly Int32Array[];
  readonly passesOfTexts: readonly number[];
}

/** What the judge and the counts say of texts. */
export interface Quality {
  readonly texts: number;
  /** exp(nats) */
  readonly perplexity: number;
  /** Standard error over texts. */
  readonly perplexityError: number;
  /** Mean nats per token of the judge. */
  readonly nats: number;
  /** Standard error over texts. */
  readonly standardError: number;
  readonly judgeTokens: number;
  /** Mean tokens of a text, of the model that wrote it. */
  readonly meanLength: number;
  /** Of the tokens of the model that wrote them, in nats. */
  readonly entropy: UnigramEntropy;
}

export interface CollectOptions {
  /** Starts one text. */
  readonly start: (index: number) => AsyncIterable<Frame>;
  readonly count: number;
  /** Texts that are written at the same time. */
  readonly batch: number;
  readonly endIds: readonly number[];
  readonly progress?: ((texts: number) => void) | undefined;
}

/** Writes texts and takes the time. */
export async function collectTexts(options: CollectOptions): Promise<Written> {
  const { start, count, batch, endIds, progress } = options;
  const begun = performance.now();
  let done = 0;
  const indices = Array.from({ length: count }, (_, index) => index);
  const frames = await inGroups(indices, batch, async (index) => {
    const frame = await finish(start(index));
    progress?.((done += 1));
    return frame;
  });
  const seconds = (performance.now() - begun) / 1000;
  const texts = frames.map(({ canvas }) => untilEnd(canvas, endIds));
  const tokens = texts.reduce((sum, { length }) => sum + length, 0);
  const passesOfTexts = frames.map((frame) => frame.passes);
  const passes = passesOfTexts.reduce((sum, taken) => sum + taken, 0);
  return {
    texts,
    tokens,
    passes,
    passesOfTexts,
    tokensPerPass: tokens / passes,
    seconds,
    tokensPerSecond: tokens / seconds,
  };
}

export interface WriteOptions extends Omit<CollectOptions, "start"> {
  /** What `sample()` takes for text number `index`. */
  readonly sampling: (index: number) => SampleOptions;
  readonly signal?: AbortSignal | undefined;
}

/** Has a model write texts, each up to its end. */
export const writeTexts = ({ sampling, signal, ...rest }: WriteOptions): Promise<Written> =>
  collectTexts({
    ...rest,
    start: (index) => sample({ ...sampling(index), stop: [endOfText(rest.endIds)], signal }),
  });

/** The tokens of a text up to its first end token, which is kept. */
export function untilEnd(tokens: Int32Array, endIds: readonly number[]): Int32Array {
  const end = tokens.findIndex((token) => endIds.includes(token));
  return end < 0 ? tokens : tokens.slice(0, end + 1);
}

/** Judges texts, which reach the judge as characters. */
export async function qualityOf(
  texts: readonly Int32Array[],
  { decode, endIds }: Pick<Tokenizer, "decode" | "endIds">,
  judge: Judge,
): Promise<Quality> {
  const judged = texts.map((tokens) => ({
    text: decode(tokens),
    ended: endIds.includes(tokens.at(-1)!),
  }));
  return qualityOfTexts(judged, texts, judge);
}

/** Judges texts; lengths and entropies are those of the tokens. */
export async function qualityOfTexts(
  judged: readonly JudgedText[],
  tokens: readonly Int32Array[],
  judge: Judge,
): Promise<Quality> {
  const verdicts = await judgeTexts(judged, judge);
  const { nats, standardError } = natsPerToken(verdicts);
  const perplexity = Math.exp(nats);
  return {
    texts: judged.length,
    perplexity,
    perplexityError: perplexity * standardError,
    nats,
    standardError,
    judgeTokens: verdicts.reduce((sum, verdict) => sum + verdict.tokens, 0),
    meanLength: tokens.reduce((sum, { length }) => sum + length, 0) / tokens.length,
    entropy: entropyOfTexts(tokens),
  };
}

/** Mean nats per token of texts of different lengths. */
export function natsPerToken(verdicts: readonly Verdict[]): {
  nats: number;
  standardError: number;
} {
  const costs = verdicts.map(({ nats, tokens }) => [nats, tokens] as const);
  const { ratio: nats, standardError } = ratioAndError(costs);
  return { nats, standardError };
}

/**
 * The ratio of two sums, such as mean nats per token of texts of different lengths, with the standard
 * error of a ratio (texts are drawn, not tokens); 0 for a single pair.
 *
 * Two texts of 2 and 6 tokens that cost 4 and 12 nats: 16 / 8 = 2, and no error, since both have 2.
 */
export function ratioAndError(pairs: readonly (readonly [part: number, whole: number])[]): {
  ratio: number;
  standardError: number;
} {
  const count = pairs.length;
  const total = pairs.reduce((sum, [, whole]) => sum + whole, 0);
  const ratio = pairs.reduce((sum, [part]) => sum + part, 0) / total;
  const squares = pairs.reduce((sum, [part, whole]) => sum + (part - ratio * whole) ** 2, 0);
  const spread = count > 1 ? Math.sqrt((squares * count) / (count - 1)) : 0;
  return { ratio, standardError: spread / total };
}

/** Windows of a text, each up to its first end token, to compare written texts with. */
export async function realTexts(
  tokens: TokenSource,
  { length, count, endIds }: { length: number; count: number; endIds: readonly number[] },
): Promise<Int32Array[]> {
  const windows = await allWindows(tokens, { length, limit: count });
  return windows.map((window) => untilEnd(window, endIds));
}
