/**
 * How long a request may be worked on: until its client leaves, or its time is up.
 *
 * @module
 */
import type { Context } from "hono";
import { clientGone, outOfTime } from "./failure.ts";
import type { ServerEnv } from "./record.ts";

/** Seconds in which a client must take what is left once its time is up. */
const graceSeconds = 5;

/** The signal of a request: aborted with the error that its answer would tell. */
export function lifeOf(c: Context<ServerEnv>, seconds: number): AbortSignal {
  const controller = new AbortController();
  const { outgoing } = c.env;
  let timer = setTimeout(() => {
    controller.abort(outOfTime(seconds));
    // A client that has stopped reading would hold its connection for ever.
    timer = setTimeout(() => outgoing.destroy(), graceSeconds * 1000).unref();
  }, seconds * 1000).unref();
  const end = (): void => {
    clearTimeout(timer);
    if (!outgoing.writableFinished) controller.abort(clientGone);
  };
  if (outgoing.destroyed) end();
  else outgoing.once("close", end);
  return controller.signal;
}
