/**
 * The thread that reads what the user opens.
 *
 * @module
 */
import { failureOf } from "../../src/serve/engine/messages.ts";
import type { FromOpener, Picked } from "./open-files.ts";
import { openedModel } from "./opened-model.ts";

const answerTo = (picked: Picked): Promise<FromOpener> =>
  openedModel(picked).then(
    (model) => ({ kind: "opened", model }),
    (error: unknown) => ({ kind: "refused", failure: failureOf(error) }),
  );

addEventListener(
  "message",
  ({ data }: MessageEvent<Picked>) => void answerTo(data).then((answer) => postMessage(answer)),
  { once: true },
);
