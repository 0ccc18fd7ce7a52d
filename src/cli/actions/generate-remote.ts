/**
 * `unmask generate` with a remote model: a text, or a conversation. The server knows the chat template.
 *
 * @module
 */
import { printable } from "../../report/terminal.ts";
import { finishText } from "../../remote/remote-model.ts";
import type { RemoteText } from "../../remote/remote-model.ts";
import type { Message } from "../../text/index.ts";
import { converse } from "./chat.ts";
import type { Chat } from "./chat.ts";
import { refuseLocalOptions, remoteTitle, useRemote } from "./use-remote.ts";
import { userLines } from "./user-lines.ts";
import { remoteSummary, seedOf, watchText, writeRemote } from "./write-remote.ts";
import type { WriteRemote } from "./write-remote.ts";
import type { BaseContext } from "../verb.ts";

type Values = Chat["values"] & WriteRemote["values"] & { readonly chat: boolean };

/** A message of the assistant, as `--json` tells it. */
interface RemoteAnswer extends Message, Omit<RemoteText, "text"> {
  readonly role: "assistant";
}

export async function generateRemote(context: BaseContext, values: Values): Promise<object> {
  if (values.chat) return chatRemote(context, values, userLines(context.signal));
  const { prompt = "", length } = values;
  const start = { kind: "continue", prompt, length } as const;
  return writeRemote(context, { verb: "generate", start, values });
}

async function chatRemote(
  context: BaseContext,
  values: Values,
  lines: AsyncIterable<string>,
): Promise<object> {
  refuseLocalOptions("generate", context.given);
  const model = await useRemote(values, context);
  const { seed, watch, length } = values;
  const answer = async (messages: readonly Message[], index: number): Promise<RemoteAnswer> => {
    const said = messages.map(({ role, content }) => ({ role, content }));
    const written = model.write({
      start: { kind: "answer", messages: said, length },
      sampling: values,
      seed: seedOf(seed, index),
      frames: watch,
    });
    const { text, ...rest } = watch
      ? await watchText(written, context.terminal, remoteTitle(model))
      : await finishText(written);
    const content = text.trim();
    if (!watch) context.out(printable(content));
    return { role: "assistant", content, ...rest };
  };
  const { messages, answers, seconds } = await converse(context, { lines, values, answer });
  if (answers.length > 0) context.note(remoteSummary(answers, seconds, seed));
  return { model: values.model, seed, seconds, messages };
}
