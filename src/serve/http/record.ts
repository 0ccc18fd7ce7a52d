/**
 * What is known of a request when it is over: one line of the log, and the metrics.
 *
 * @module
 */
import type { HttpBindings } from "@hono/node-server";
import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { Logger } from "pino";
import type { Metrics } from "./metrics.ts";
import type { Tally } from "./reply.ts";

/** What routes note down about the request they answer. */
export interface Notes {
  key?: string | undefined;
  model?: string;
  /** Texts that were asked for. */
  texts?: number;
  stream?: boolean;
  /** What has been written. */
  count?: Tally;
  /** What went wrong, in a few words for machines. */
  code?: string | null;
  /** A bug of ours. */
  error?: unknown;
  /** The request itself, where prompts may be logged. */
  body?: unknown;
}

/** What middleware and routes find in a context. */
export interface ServerEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; notes: Notes };
}

/** Routes that probes ask all the time. */
const quiet = new Set(["/health", "/ready", "/metrics"]);

/** Records each request once its answer has left, or its client has. */
export function recorded(logger: Logger, metrics: Metrics): MiddlewareHandler<ServerEnv> {
  return async (c, next) => {
    const began = performance.now();
    const notes: Notes = {};
    c.set("notes", notes);
    const { outgoing } = c.env;
    outgoing.once("close", () => {
      const seconds = (performance.now() - began) / 1000;
      const gone = !outgoing.writableFinished;
      // The status that proxies log for a client that left.
      const status = gone ? 499 : c.res.status;
      const route = matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "other";
      metrics.request({ method: c.req.method, route, status, seconds });
      const { count, error, ...rest } = notes;
      const usage = count?.usage();
      const line = {
        id: c.get("requestId"),
        method: c.req.method,
        route: route === "other" ? c.req.path.slice(0, 200) : route,
        status,
        ms: Math.round(seconds * 1000),
        ...rest,
        ...(usage && {
          prompt_tokens: usage.prompt_tokens,
          tokens: usage.completion_tokens,
          passes: usage.forward_passes,
        }),
      };
      if (error !== undefined) logger.error({ ...line, err: error }, "failed");
      else logger[quiet.has(route) ? "debug" : "info"](line, gone ? "left" : "answered");
    });
    await next();
  };
}
