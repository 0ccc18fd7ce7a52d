/**
 * Texts of a remote model: what `generate`, `infill` and `edit` do with an address.
 *
 * @module
 */
import { toldSum } from "../../evaluate/author.ts";
import { inGroups } from "../../evaluate/in-groups.ts";
import type { Sampling, Start } from "../../generate/task.ts";
import { liveView } from "../../report/live-view.ts";
import { printable } from "../../report/terminal.ts";
import type { Terminal } from "../../report/terminal.ts";
import { emptyTextView, followText, settled } from "../../report/text-view.ts";
import { finishText } from "../../remote/remote-model.ts";
import type { RemoteEvent, RemoteText } from "../../remote/remote-model.ts";
import { refuseLocalOptions, remoteTitle, useRemote } from "./use-remote.ts";
import type { RemoteValues } from "./use-remote.ts";
import type { BaseContext } from "../verb.ts";

export interface WriteRemote {
  readonly verb: string;
  readonly start: Start;
  readonly values: Sampling &
    RemoteValues & {
      readonly seed?: number | undefined;
      readonly count: number;
      readonly watch: boolean;
    };
}

/** Texts of one command that a server is asked for at the same time. */
const atOnce = 4;

/** Has `count` texts written. Watched, they come one after the other. */
export async function writeRemote(
  context: BaseContext,
  { verb, start, values }: WriteRemote,
): Promise<{ model: string; seed: number | undefined; seconds: number; texts: RemoteText[] }> {
  refuseLocalOptions(verb, context.given);
  const model = await useRemote(values, context);
  const { count, watch, seed, model: address } = values;
  const begun = performance.now();
  const write = (index: number) =>
    model.write({ start, sampling: values, seed: seedOf(seed, index), frames: watch });
  const indices = Array.from({ length: count }, (_, index) => index);
  const texts = await inGroups(indices, watch ? 1 : atOnce, (index) => {
    const number = count > 1 ? ` ${index + 1}/${count}` : "";
    return watch
      ? watchText(write(index), context.terminal, remoteTitle(model) + number)
      : finishText(write(index));
  });
  if (!watch)
    for (const [index, { text }] of texts.entries()) {
      if (count > 1) context.out(`--- ${index + 1}`);
      context.out(printable(text));
    }
  const seconds = (performance.now() - begun) / 1000;
  context.note(remoteSummary(texts, seconds, seed));
  return { model: address, seed, seconds, texts };
}

/** Each text of a command has its own seed. */
export const seedOf = (seed: number | undefined, index: number): number | undefined =>
  seed === undefined ? undefined : seed + index;

/** Draws a text while it settles; what was written in the end stays on the screen. */
export async function watchText(
  events: AsyncIterable<RemoteEvent>,
  terminal: Terminal,
  title: string,
): Promise<RemoteText> {
  const screen = liveView(terminal, { lines: true });
  const begun = performance.now();
  const seconds = (): number => (performance.now() - begun) / 1000;
  let view = emptyTextView(title);
  let shown = "";
  const result = await finishText(events, (frame) => {
    view = followText(view, frame, seconds());
    shown = frame.text;
    screen.draw([view]);
  });
  const { text, passes } = result;
  if (text !== shown) {
    const places = Array.from(text).length;
    const pieces = [{ text, places, open: false, changed: true, confidence: 1 }];
    view = followText(view, { step: view.step + 1, passes, open: 0, pieces }, seconds());
  }
  screen.finish([settled(view)]);
  return result;
}

/** What it took, as far as the server tells. */
export function remoteSummary(
  texts: readonly Pick<RemoteText, "completionTokens" | "passes">[],
  seconds: number,
  seed: number | undefined,
): string {
  const tokens = toldSum(texts.map(({ completionTokens }) => completionTokens));
  const passes = toldSum(texts.map((text) => text.passes));
  const some = (count: number | undefined, one: string, many: string): string[] =>
    count === undefined ? [] : [`${count} ${count === 1 ? one : many}`];
  const facts = [
    ...some(tokens, "token", "tokens"),
    ...some(passes, "forward pass", "forward passes"),
  ];
  const what = (facts.length === 0 ? some(texts.length, "text", "texts") : facts).join(" and ");
  return `${what} in ${seconds.toFixed(2)} s${seed === undefined ? "" : `, seed ${seed}`}`;
}
