/**
 * The exact likelihood of a text under a fixed order of unmasking (DUEL, arXiv 2603.01367).
 *
 * When nothing but the canvas decides which place i is written next, writing is a chain of draws, and
 *
 * ```
 * -log p(x) = sum over steps k of -log p(x_i | canvas_k),   i = order(canvas_k)
 * ```
 *
 * is exact: the likelihood of the sampler that writes in this order, a law whose sum over all texts is
 * 1. A step that writes several places at once adds the costs of all of them.
 *
 * Two places, the surest first. On the empty canvas the model says a or b at place 0 with 1/2 each, and
 * b at place 1 with 0.9, so place 1 comes first. Is there an a at place 0 with 0.8, once place 1 holds
 * b, then p(ab) = 0.9 * 0.8. The order may not look at the text that is scored: place 1 also comes first
 * for "aa", where it costs -log 0.1.
 *
 * @module
 */
import { UnmaskError } from "../errors.ts";
import { meanAndError } from "../objective/mean.ts";
import { openCanvas } from "../sample/canvas.ts";
import type { Denoiser } from "../sample/denoiser.ts";
import { greedy } from "../sample/processor.ts";
import type { Rule } from "../sample/rule.ts";
import { orders } from "../sample/rules/index.ts";
import { sample } from "../sample/sample.ts";
import { randomKey } from "../tensor/random.ts";
import { allWindows } from "../text/index.ts";
import type { TokenSource, Tokenizer } from "../text/index.ts";
import { inGroups } from "./in-groups.ts";
import { charactersOf, inUnits } from "./units.ts";
import type { WindowLikelihood } from "./units.ts";

/** An order of writing, and the model that writes. */
export interface Ordering {
  /** A denoiser for one text; those that are `batched` share forward passes. */
  readonly denoiser: () => Denoiser;
  /** A deterministic rule. */
  readonly rule: Rule;
  /** Steps for a text. Default: one for each place. */
  readonly steps?: number | undefined;
  /** Finish so many places before the next are opened. Default: the whole text at once. */
  readonly block?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * -log p(text) in nats, under an order.
 *
 * @param text token ids, [length]
 * @param written told how many places each step has scored
 * @throws UnmaskError "usage" if the rule, or the model's process, has no fixed order.
 */
export async function costInOrder(
  text: Int32Array,
  { denoiser: make, ...ordering }: Ordering,
  written: (places: number) => void = () => {},
): Promise<number> {
  const denoiser = make();
  checkOrder(denoiser, ordering.rule);
  const canvas = openCanvas({ length: text.length, maskId: denoiser.maskId });
  // Greedy draws: what a rule sees of them is a function of the canvas. The text comes after it decided.
  const [processors, key] = [[greedy()], randomKey(0)];
  let nats = 0;
  for await (const { changed } of sample({
    ...ordering,
    denoiser,
    canvas,
    processors,
    key,
    script: text,
  })) {
    for (const { confidence } of changed) nats -= Math.log(confidence);
    written(changed.length);
  }
  return nats;
}

export interface ExactOptions extends Ordering {
  readonly tokens: TokenSource;
  readonly tokenizer: Pick<Tokenizer, "decode">;
  /** Tokens of a window. */
  readonly length: number;
  /** Windows that are scored at the same time. */
  readonly batch: number;
  /** Most windows, spread evenly over the text. */
  readonly limit?: number | undefined;
  readonly progress?: ((tokens: number, of: number) => void) | undefined;
}

/** Scores a text window by window; every window stands for itself. */
export async function exactLikelihood(options: ExactOptions): Promise<WindowLikelihood> {
  const { tokens, tokenizer, length, batch, limit, progress } = options;
  const windows = await allWindows(tokens, { length, limit });
  const total = windows.length * length;
  let done = 0;
  const written = (places: number): void => progress?.((done += places), total);
  const costs = await inGroups(windows, batch, (window) => costInOrder(window, options, written));
  const each = costs.map((cost) => cost / length);
  const { mean: nats, standardError } = meanAndError(each);
  const characters = windows.reduce((sum, window) => sum + charactersOf(window, tokenizer), 0);
  const score = { nats, standardError, windows: windows.length, tokens: total, exact: true, each };
  return inUnits(score, characters);
}

function checkOrder(denoiser: Denoiser, rule: Rule): void {
  const obstacle = obstacleOf(denoiser, rule);
  if (obstacle === undefined) return;
  throw new UnmaskError("usage", `evaluate: an exact likelihood needs ${obstacle}`);
}

function obstacleOf({ process, answers }: Denoiser, rule: Rule): string | undefined {
  if (!rule.deterministic)
    return `an order that follows from the canvas alone, got the rule ${rule.name}; use one of: ${Object.keys(orders).join(", ")}`;
  if (process?.keepsRevealed === false)
    return `tokens that stay as they are written, got the process ${process.name}, which redraws them; use --metric bound`;
  if (answers === "score")
    return `a model that answers with probabilities, got one of scores; use --metric bound`;
  return undefined;
}
