/**
 * The server on a port: it starts, answers, and ends when what it has begun is done.
 *
 * @module
 */
import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Logger } from "pino";
import { UnmaskError } from "../../errors.ts";
import type { Engine } from "../engine/engine.ts";
import { createApp } from "./app.ts";
import { isLoopback } from "./doors.ts";
import { failureBody, failureOf, refused } from "./failure.ts";
import type { KeyRing } from "./keys.ts";
import { defaultLimits } from "./limits.ts";
import type { Limits } from "./limits.ts";

export interface ServerOptions {
  readonly engine: Engine;
  readonly logger: Logger;
  /** Default: `127.0.0.1`, this machine only. */
  readonly host?: string | undefined;
  /** Default: 0, any free one. */
  readonly port?: number | undefined;
  readonly limits?: Partial<Limits> | undefined;
  readonly keys?: KeyRing | undefined;
  /** Let everyone in who reaches the address. */
  readonly open?: boolean | undefined;
  readonly cors?: readonly string[] | undefined;
  readonly logPrompts?: boolean | undefined;
  readonly site?: string | undefined;
  readonly runtime?: string | undefined;
  readonly runs?: string | undefined;
}

export interface RunningServer {
  /** `http://127.0.0.1:8080` */
  readonly url: string;
  readonly port: number;
  /**
   * Takes no more connections, and resolves when everything that runs has been answered, or has been
   * stopped after `seconds`. The engine is closed too.
   */
  close(seconds: number): Promise<void>;
}

/** Seconds for answers to leave once their texts are written. */
const leavingSeconds = 2;

/**
 * Starts a server.
 *
 * @throws UnmaskError "usage" for an address that others reach without keys; "unavailable" for one that
 * can't be had
 * @example
 * ```ts
 * const server = await startServer({ engine, logger: pino() });
 * await fetch(`${server.url}/v1/models`);
 * await server.close(10);
 * ```
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { engine, keys, open = false, host = "127.0.0.1", port = 0 } = options;
  if (!isLoopback(host) && keys === undefined && !open)
    throw new UnmaskError(
      "usage",
      `serve: others reach ${host}, which needs API keys; give --api-key-file, or --no-auth to let everyone in`,
    );
  const limits = { ...defaultLimits, ...options.limits };
  let closing = false;
  const app = createApp({
    ...options,
    limits,
    sameMachineOnly: isLoopback(host) && keys === undefined && !open,
    closing: () => closing,
  });
  const listener = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    errorHandler: badRequest,
  });
  const server = createServer(
    {
      headersTimeout: limits.headSeconds * 1000,
      requestTimeout: limits.arrivalSeconds * 1000,
      connectionsCheckingInterval: 1000,
      // Longer than balancers keep an idle connection, so that they close it, not we.
      keepAliveTimeout: 75_000,
    },
    (incoming, outgoing) => void listener(incoming, outgoing),
  );
  server.maxConnections = limits.connections;
  const bound = await listen(server, host, port);
  return {
    port: bound,
    url: `http://${host.includes(":") ? `[${host.replace(/[[\]]/g, "")}]` : host}:${bound}`,
    async close(seconds) {
      closing = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      await engine.close(seconds);
      // Connections that were in use are idle once their answers have left.
      const sweep = setInterval(() => server.closeIdleConnections(), 20);
      const timer = setTimeout(() => server.closeAllConnections(), leavingSeconds * 1000);
      await closed;
      clearInterval(sweep);
      clearTimeout(timer);
    },
  };
}

/** What can't be read as a request at all: no host, an impossible path. */
function badRequest(): Response {
  const failure = failureOf(refused(400, "this is not a request that can be read"));
  return Response.json(failureBody(failure), { status: failure.status });
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const remedy =
        error.code === "EADDRINUSE" ? "choose another with --port, or --port 0 for a free one" : "";
      const why = error.code === "EADDRINUSE" ? "it is taken" : error.message;
      const message = `serve: can't listen at ${host}, port ${port}: ${why}`;
      reject(
        new UnmaskError("unavailable", remedy === "" ? message : `${message}; ${remedy}`, {
          cause: error,
        }),
      );
    });
    server.listen(port, host.replace(/[[\]]/g, ""), () =>
      resolve((server.address() as AddressInfo).port),
    );
  });
}
