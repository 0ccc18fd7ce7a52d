/**
 * A model of which only its texts are seen, as one behind a server, or one that has no canvas of tokens: what it is asked for,
 * and what its answers are worth.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { natsPerToken, qualityOfTexts } from "./generative.ts";
import type { Effort, Quality } from "./generative.ts";
import { inGroups } from "./in-groups.ts";
import type { Judge } from "./judge.ts";
import { inUnits } from "./units.ts";
import type { WindowLikelihood } from "./units.ts";

/** A text, and what its author tells of it; what it doesn't tell is undefined. */
export interface AuthoredText {
  readonly text: string;
  /** Tokens that the author wrote, of its own kind. */
  readonly tokens: number | undefined;
  /** Forward passes. */
  readonly passes: number | undefined;
  /** Whether the author came to an end, rather than to the last token it was allowed. */
  readonly ended: boolean;
}

/** What a text costs its reader, without its first tokens where nothing predicts them. */
export interface TextCost {
  /** -log p of the scored tokens together. */
  readonly nats: number;
  /** Scored tokens, of the reader's tokenizer. */
  readonly tokens: number;
  /** Code points of the scored tokens. */
  readonly characters: number;
  /** Where the nats are no more than an upper bound. */
  readonly atMost?: true;
}

export interface Author {
  /** Writes text number `index`, of at most `length` of its own tokens. */
  write(index: number, length: number): Promise<AuthoredText>;
  /**
   * How likely it finds a text, read from the left; or a bound of that.
   *
   * @throws UnmaskError "missing" where it doesn't tell
   */
  cost(text: string): Promise<TextCost>;
}

/** Texts, and what it took to get them. */
export interface Authored {
  readonly texts: readonly AuthoredText[];
  readonly effort: Effort;
}

/** Has `count` texts written, `batch` of them at a time. */
export async function collectAuthored(
  author: Author,
  {
    count,
    batch,
    length,
    progress,
  }: {
    readonly count: number;
    readonly batch: number;
    readonly length: number;
    readonly progress?: ((texts: number) => void) | undefined;
  },
): Promise<Authored> {
  const begun = performance.now();
  let done = 0;
  const indices = Array.from({ length: count }, (_, index) => index);
  const texts = await inGroups(indices, batch, async (index) => {
    const text = await author.write(index, length);
    progress?.((done += 1));
    return text;
  });
  return { texts, effort: effortOf(texts, (performance.now() - begun) / 1000) };
}

/** A text of which it is known how long it took to come. */
export interface TimedText extends AuthoredText {
  readonly seconds: number;
}

/**
 * Has texts written one after the other, and takes the time. One before them, which loads and connects, is not
 * counted.
 */
export async function timeAuthored(
  author: Author,
  { length, repeats }: { readonly length: number; readonly repeats: number },
): Promise<{ readonly texts: readonly TimedText[]; readonly effort: Effort }> {
  await author.write(0, length);
  const texts: TimedText[] = [];
  for (let index = 1; index <= repeats; index++) {
    const begun = performance.now();
    const text = await author.write(index, length);
    texts.push({ ...text, seconds: (performance.now() - begun) / 1000 });
  }
  const seconds = texts.reduce((sum, text) => sum + text.seconds, 0);
  return { texts, effort: effortOf(texts, seconds) };
}

/** The sum of what was told of each text; undefined where it wasn't told of one. */
export const toldSum = (values: readonly (number | undefined)[]): number | undefined =>
  values.reduce<number | undefined>(
    (sum, value) => (sum === undefined || value === undefined ? undefined : sum + value),
    0,
  );

function effortOf(texts: readonly AuthoredText[], seconds: number): Effort {
  const tokens = toldSum(texts.map((text) => text.tokens));
  const passes = toldSum(texts.map((text) => text.passes));
  return {
    tokens,
    passes,
    tokensPerPass: tokens === undefined || passes === undefined ? undefined : tokens / passes,
    seconds,
    tokensPerSecond: tokens === undefined ? undefined : tokens / seconds,
  };
}

/** What a judge thinks of texts. The author's own tokens are not seen: the judge's are counted. */
export async function qualityOfAuthored(
  texts: readonly AuthoredText[],
  judge: Judge,
): Promise<Quality> {
  const { encode, endId } = judge.model.tokenizer;
  const tokens = texts.map(({ text, ended }) =>
    Int32Array.from([...encode(text), ...(ended ? [endId] : [])]),
  );
  return qualityOfTexts(texts, tokens, judge);
}

/**
 * What texts cost a reader, who sees each of them for itself.
 *
 * @throws UnmaskError "missing" where it doesn't tell, "corrupt" where nothing was scored
 */
export async function costOfTexts(
  author: Author,
  texts: readonly string[],
  { batch, progress }: { readonly batch: number; readonly progress?: (texts: number) => void },
): Promise<WindowLikelihood> {
  let done = 0;
  const costs = await inGroups(texts, batch, async (text) => {
    const cost = await author.cost(text);
    progress?.((done += 1));
    return cost;
  });
  const sum = (figure: "tokens" | "characters"): number =>
    costs.reduce((total, cost) => total + cost[figure], 0);
  const tokens = sum("tokens");
  if (tokens === 0)
    throw new UnmaskError(
      "corrupt",
      "evaluate: needed log-probabilities of tokens, got none; use longer windows",
    );
  const each = costs.map((cost) => (cost.tokens === 0 ? 0 : cost.nats / cost.tokens));
  const exact = costs.every(({ atMost }) => !atMost);
  const score = { ...natsPerToken(costs), windows: costs.length, tokens, exact, each };
  return inUnits(score, sum("characters"));
}
