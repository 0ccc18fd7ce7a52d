/**
 * `unmask generate`: a text, from a prompt or from nothing.
 *
 * @module
 */

import { UnmaskError } from "../../errors.ts";
import { isRemote } from "../../remote/address.ts";
import {
  machineOptions,
  modelOptions,
  planningOptions,
  refuseRemoteOptions,
  remoteOptions,
  samplingOptions,
} from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  description:
    "Writes a text that begins with PROMPT, or any text when there is none. With --chat, answers " +
    "PROMPT and every line that is typed, as a conversation.",
  examples: [
    {
      command: 'unmask generate "Once upon a time" --model runs/book --watch',
      does: "watch it being unmasked",
    },
    {
      command: "unmask generate --model runs/book --length 200 --steps 20 --seed 7",
      does: "ten tokens per pass",
    },
    {
      command: "unmask generate --chat --model runs/chat --length 64",
      does: "talk; /help says how",
    },
    {
      command: 'unmask generate "Once" --model http://127.0.0.1:8080/v1#book --watch',
      does: "a model behind a server",
    },
  ],
  arguments: {
    prompt: {
      doc: "how the text begins; these tokens stay as they are. With --chat: the first message",
    },
  },
  options: {
    ...modelOptions,
    ...remoteOptions,
    length: {
      type: "integer",
      min: 1,
      max: 65_536,
      default: 128,
      doc: "tokens to write after the prompt",
      group: "Sampling",
    },
    chat: { type: "boolean", doc: "a conversation, one line for each message", group: "Chat" },
    system: {
      type: "string",
      hint: "TEXT",
      doc: "with --chat: what the model is told before the first message",
      otherwise: "nothing",
      group: "Chat",
    },
    ...samplingOptions,
    ...planningOptions,
    ...machineOptions,
  },

  async run(context) {
    const { values, given } = context;
    checkTogether(values.chat, given);
    if (isRemote(values.model)) {
      const { generateRemote } = await import("../actions/generate-remote.ts");
      return generateRemote(context, values);
    }
    refuseRemoteOptions("generate", given);
    const { isLatentFolder } = await import("../../checkpoint/latent-folder.ts");
    if (await isLatentFolder(values.model)) {
      const { writePlans } = await import("../actions/write-plans.ts");
      return writePlans(context, values);
    }
    const [{ seedOf, useModel }, { writeTexts }, { refuseLatentFlags }] = await Promise.all([
      import("../actions/use-model.ts"),
      import("../actions/write-texts.ts"),
      import("../actions/use-latent.ts"),
    ]);
    const model = await useModel(values);
    refuseLatentFlags("generate", model.kind.name, given);
    if (values.chat) {
      const [{ chat }, { userLines }] = await Promise.all([
        import("../actions/chat.ts"),
        import("../actions/user-lines.ts"),
      ]);
      return chat(context, {
        model,
        seed: seedOf(values),
        lines: userLines(context.signal),
        values,
      });
    }
    const { prompt = "", length } = values;
    const start = { kind: "continue", prompt, length } as const;
    return writeTexts(context, { model, start, values });
  },
});

/** Refuses options that make no sense together. */
function checkTogether(chat: boolean, given: ReadonlySet<string>): void {
  if (!chat && given.has("system"))
    throw new UnmaskError("usage", "generate: --system needs --chat, got it alone; add --chat");
  if (chat && given.has("count"))
    throw new UnmaskError(
      "usage",
      "generate: --chat writes one answer at a time, got --count; leave one of them out",
    );
}
