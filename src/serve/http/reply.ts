/**
 * Answers to an order: one JSON object, or the chunks of a stream.
 *
 * @module
 */
import { randomUUID } from "node:crypto";
import type { Written, WrittenToken } from "../../generate/task.ts";
import type { Order, Text } from "./order.ts";
import type { Finish, Told as ToldOf, Usage } from "./replies.ts";
import type { Shape } from "./shapes.ts";
import type { Told } from "./write.ts";

/** What has been written for an order so far, for its usage. */
export interface Tally {
  add(text: Text, written: Written): void;
  usage(): Usage;
}

/** Counts tokens: those of a prompt once, however many texts go on from it. */
export function tally(): Tally {
  const prompts = new Map<number, number>();
  let written = 0;
  let passes = 0;
  return {
    add({ prompt }, result) {
      prompts.set(prompt, result.promptTokens);
      written += result.tokens;
      passes += result.passes;
    },
    usage() {
      const given = [...prompts.values()].reduce((sum, tokens) => sum + tokens, 0);
      return {
        prompt_tokens: given,
        completion_tokens: written,
        total_tokens: given + written,
        forward_passes: passes,
      };
    },
  };
}

function headOf(order: Order, shape: Shape, object: string) {
  const { id, system, created } = order.model;
  return {
    id: `${shape.prefix}-${randomUUID().replaceAll("-", "")}`,
    object,
    created: Math.floor(Date.now() / 1000),
    model: id,
    system_fingerprint: `${system}-${created.toString(36)}`,
  };
}

const finishOf = ({ fits }: Order, { ending }: Written): Finish =>
  ending === "stop" || (fits && ending === "length") ? "stop" : "length";

const toldOf = ({ task }: Text, { steps, passes }: Written): ToldOf => ({
  seed: task.seed,
  steps,
  passes,
});

/** Tokens are told where they were asked for. */
const tokensOf = (
  { task }: Text,
  written: readonly WrittenToken[] | undefined,
): readonly WrittenToken[] | undefined => (task.alternatives === undefined ? undefined : written);

/** Waits for all texts, and tells them at once. */
export async function reply(
  order: Order,
  shape: Shape,
  told: AsyncIterable<Told>,
  count: Tally,
): Promise<object> {
  const choices: object[] = [];
  for await (const { text, event } of told) {
    if (event.kind !== "done") continue;
    const { result } = event;
    count.add(text, result);
    choices[text.index] = {
      index: text.index,
      ...shape.choice().whole(result.text, tokensOf(text, result.written)),
      finish_reason: finishOf(order, result),
      unmask: toldOf(text, result),
    };
  }
  return { ...headOf(order, shape, shape.names.reply), choices, usage: count.usage() };
}

/** Tells the texts as they are written. */
export async function* chunks(
  order: Order,
  shape: Shape,
  told: AsyncIterable<Told>,
  count: Tally,
): AsyncGenerator<object> {
  const head = headOf(order, shape, shape.names.chunk);
  const choices = order.texts.map(() => shape.choice());
  const withUsage = order.usage ? { usage: null } : {};
  const chunk = (index: number, said: object, finish: Finish | null, unmask?: object): object => ({
    ...head,
    choices: [{ index, ...said, finish_reason: finish, ...(unmask && { unmask }) }],
    ...withUsage,
  });
  for await (const { text, event } of told) {
    const { index } = text;
    const choice = choices[index]!;
    switch (event.kind) {
      case "begun":
        if (choice.opening !== undefined) yield chunk(index, choice.opening, null);
        break;
      case "text":
        if (!order.diffusing)
          yield chunk(index, choice.part(event.text, tokensOf(text, event.written)), null);
        break;
      case "frame": {
        const { text: shown, ...rest } = event.frame;
        yield chunk(index, choice.part(shown, undefined), null, rest);
        break;
      }
      case "done": {
        const { result } = event;
        count.add(text, result);
        // Steps are replaced by the text as it is in the end, with what follows a stop string cut off.
        const last = order.diffusing
          ? choice.part(result.text, tokensOf(text, result.written))
          : choice.part(undefined, undefined);
        yield chunk(index, last, finishOf(order, result), toldOf(text, result));
        break;
      }
      default:
        event satisfies never;
    }
  }
  if (order.usage) yield { ...head, choices: [], usage: count.usage() };
}
