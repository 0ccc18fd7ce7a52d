/**
 * A remote model as an author: what can be measured of it, its texts and what they cost.
 *
 * @module
 */
import type { Author } from "../evaluate/author.ts";
import type { Sampling } from "../generate/task.ts";
import { finishText } from "./remote-model.ts";
import type { RemoteModel } from "./remote-model.ts";
import { scoreText } from "./score.ts";

/** What its texts have in common. */
export interface Commission {
  /** What they go on from. */
  readonly prompt: string;
  readonly sampling: Sampling;
  /** That of text number `index`; without one the server takes one of its own. */
  readonly seed: (index: number) => number | undefined;
}

export const remoteAuthor = (
  model: RemoteModel,
  { prompt, sampling, seed }: Commission,
): Author => ({
  async write(index, length) {
    const start = { kind: "continue", prompt, length } as const;
    const task = { start, sampling, seed: seed(index), frames: false };
    const { text, reason, completionTokens, passes } = await finishText(model.write(task));
    return { text, tokens: completionTokens, passes, ended: reason === "stop" };
  },
  cost: (text) => scoreText(model, text),
});
