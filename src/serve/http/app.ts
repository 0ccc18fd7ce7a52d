/**
 * The server as one function from requests to answers.
 *
 * @module
 */
import { serveStatic } from "@hono/node-server/serve-static";
import { Hono } from "hono";
import type { Context } from "hono";
import { cors } from "hono/cors";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Logger } from "pino";
import type { Engine, ServedModel } from "../engine/engine.ts";
import { readJson } from "./body.ts";
import { sameMachine, withKey } from "./doors.ts";
import { clientGone, failureBody, failureOf, refused } from "./failure.ts";
import type { KeyRing } from "./keys.ts";
import type { Limits } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { openapi } from "./openapi.ts";
import { findModel } from "./order.ts";
import type { OrderReader, WritingRoute } from "./order.ts";
import { recorded } from "./record.ts";
import type { ServerEnv } from "./record.ts";
import { chunks, reply, tally } from "./reply.ts";
import { writingRoutes } from "./routes/index.ts";
import { runsIn } from "./runs.ts";
import { eventStream } from "./sse.ts";
import { write } from "./write.ts";

export interface AppOptions {
  readonly engine: Engine;
  readonly limits: Limits;
  readonly logger: Logger;
  /** Without it, everyone may come in. */
  readonly keys?: KeyRing | undefined;
  /** Whether only this machine may come in, under one of its own names. */
  readonly sameMachineOnly: boolean;
  /** Sites whose pages may use the server; `*` for all. Default: none. */
  readonly cors?: readonly string[] | undefined;
  /** Whether requests are logged with their prompts. */
  readonly logPrompts?: boolean | undefined;
  /** A folder of files to show at `/`. */
  readonly site?: string | undefined;
  /** The folder of ONNX Runtime's files for browsers, shown at `/runtime`: what pages compute with. */
  readonly runtime?: string | undefined;
  /** A folder of runs and reports that may be read. */
  readonly runs?: string | undefined;
  /** Whether the server is about to end. */
  readonly closing: () => boolean;
}

/** Makes the server's function, with all its routes. */
export function createApp(options: AppOptions): Hono<ServerEnv> {
  const { engine, limits, keys, closing } = options;
  const metrics = createMetrics(engine);
  const app = new Hono<ServerEnv>();

  app.use(requestId(), recorded(options.logger, metrics));
  app.use(async (c, next) => {
    await next();
    if (closing()) c.header("connection", "close");
  });
  if (options.sameMachineOnly) app.use(sameMachine);
  if (options.cors !== undefined) app.use(crossOrigin(options.cors));
  app.use(methodNotAllowed({ app, onMethodNotAllowed }));
  if (keys !== undefined) app.use("/v1/*", withKey(keys)).use("/metrics", withKey(keys));

  const routes = writingRoutes.map((route) => ({ ...route, ...route.reader(limits) }));
  for (const route of routes) app.post(route.path, (c) => answer(c, route, options));

  app.get("/v1/models", (c) => c.json(listOf(engine.models().map(modelOf))));
  app.get("/v1/models/:id", (c) => c.json(modelOf(findModel(engine.models(), c.req.param("id")))));
  const runs = runsIn(options.runs);
  app.get("/v1/runs", async (c) => c.json(listOf(await runs.trainings())));
  app.get("/v1/runs/:name/metrics", async (c) => {
    const from = stepOf(c.req.query("from"));
    return c.json(listOf(await runs.metrics(c.req.param("name"), from)));
  });
  app.get("/v1/reports", async (c) => c.json(listOf(await runs.reports())));
  app.get("/v1/reports/:name", async (c) => c.json(await runs.report(c.req.param("name"))));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.get("/ready", (c) => {
    const status = closing() ? "closing" : readiness(engine.models());
    return c.json({ status }, status === "ready" ? 200 : 503);
  });
  app.get("/metrics", async (c) =>
    c.body(await metrics.text(), 200, { "content-type": metrics.contentType }),
  );
  app.get("/openapi.json", (c) => c.json(openapi(routes, { keys: keys !== undefined })));
  if (options.site !== undefined) app.use(isolated, serveStatic({ root: options.site }));
  if (options.runtime !== undefined)
    app.use(
      "/runtime/*",
      isolated,
      serveStatic({
        root: options.runtime,
        rewriteRequestPath: (path) => path.slice("/runtime".length),
      }),
    );

  app.notFound((c) => {
    const message = `there is no ${c.req.method} ${c.req.path.slice(0, 200)}; /openapi.json lists what there is`;
    return fail(c, refused(404, message, { code: "unknown_url" }));
  });
  app.onError((error, c) => fail(c, error));
  return app;
}

/** Writes what a request asks for. */
async function answer(
  c: Context<ServerEnv>,
  route: WritingRoute & OrderReader,
  { engine, limits, logPrompts = false }: AppOptions,
): Promise<Response> {
  const notes = c.get("notes");
  const asked = await readJson(c.env.incoming, limits.bodyBytes);
  if (logPrompts) notes.body = asked;
  const order = route.read(asked, engine.models());
  Object.assign(notes, {
    model: order.model.id,
    texts: order.texts.length,
    stream: order.stream,
  });
  const count = tally();
  notes.count = count;
  const told = write(engine, order, departure(c));
  if (!order.stream) return c.json(await reply(order, route.shape, told, count));
  // Until a text has been taken up, an error can still be told by its status.
  const first = await told.next();
  const events = chunks(order, route.shape, following(first, told), count);
  const body = eventStream(events, {
    onFailure: (error) => noteFailure(c, error),
    onStall: () => c.env.outgoing.destroy(),
    stallSeconds: limits.stallSeconds,
  });
  return c.body(body, 200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-cache",
    // nginx would hold chunks back.
    "x-accel-buffering": "no",
  });
}

/** Aborted when the client leaves before it has its answer. */
function departure({ env: { outgoing } }: Context<ServerEnv>): AbortSignal {
  const controller = new AbortController();
  const leave = (): void => {
    if (!outgoing.writableFinished) controller.abort(clientGone);
  };
  if (outgoing.destroyed) leave();
  else outgoing.once("close", leave);
  return controller.signal;
}

/** A generator of which the first value has been taken already. */
async function* following<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  try {
    if (first.done !== true) yield first.value;
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

function fail(c: Context<ServerEnv>, error: unknown): Response {
  const failure = failureOf(error);
  noteFailure(c, error);
  for (const [name, value] of Object.entries(failure.headers)) c.header(name, value);
  return c.json(failureBody(failure), failure.status as ContentfulStatusCode);
}

function noteFailure(c: Context<ServerEnv>, error: unknown): void {
  const { status, code } = failureOf(error);
  const notes = c.get("notes");
  notes.code = code;
  if (status === 500) notes.error = error;
}

function onMethodNotAllowed(c: Context<ServerEnv>, methods: string[]): Response {
  const allow = methods.join(", ");
  const message = `${c.req.path.slice(0, 200)}: takes ${allow}, got ${c.req.method}`;
  return fail(c, refused(405, message, { code: "method_not_allowed", headers: { allow } }));
}

const crossOrigin = (origins: readonly string[]) =>
  cors({
    origin: origins.includes("*") ? "*" : [...origins],
    allowMethods: ["GET", "HEAD", "POST"],
    allowHeaders: ["authorization", "content-type", "x-request-id"],
    exposeHeaders: ["retry-after", "x-request-id"],
    maxAge: 600,
  });

/** Pages may use threads: WebAssembly needs this for models in the tab. */
const isolated = async (c: Context<ServerEnv>, next: () => Promise<void>): Promise<void> => {
  await next();
  c.header("cross-origin-opener-policy", "same-origin");
  c.header("cross-origin-embedder-policy", "require-corp");
};

const listOf = (data: readonly object[]): object => ({ object: "list", data });

/** The step that a query names; none is the first. */
function stepOf(text = "0"): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw refused(400, `from: must be a step, a whole number, got "${text.slice(0, 100)}"`, {
    param: "from",
  });
}

function modelOf({ id, created, ...rest }: ServedModel): object {
  return { id, object: "model", created, owned_by: "unmask", unmask: rest };
}

/** A model that is idle is started by the next request, so the server is ready without it. */
function readiness(models: readonly ServedModel[]): "ready" | "starting" | "failed" {
  if (models.some(({ state }) => state === "ready" || state === "idle")) return "ready";
  return models.some(({ state }) => state === "starting") ? "starting" : "failed";
}
