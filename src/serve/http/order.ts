/**
 * From a request's body to what the engine is asked to write, and the table line that says how.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import type { z } from "zod";
import type { Start, Task } from "../../generate/task.ts";
import type { ServedModel } from "../engine/engine.ts";
import { readBody } from "./body.ts";
import { refused } from "./failure.ts";
import { samplingOf } from "./fields.ts";
import type { WritingBody } from "./fields.ts";
import type { Limits } from "./limits.ts";
import type { Shape } from "./shapes.ts";

/** One of the texts of a request. */
export interface Text {
  /** Its place among the choices. */
  readonly index: number;
  /** Which prompt it belongs to. */
  readonly prompt: number;
  readonly task: Task;
}

/** What a request wants. */
export interface Order {
  readonly model: ServedModel;
  readonly texts: readonly Text[];
  readonly stream: boolean;
  /** In a stream: whether steps are told, not text. */
  readonly diffusing: boolean;
  /** In a stream: whether the last chunk tells the usage. */
  readonly usage: boolean;
  /** Whether a text that has filled its room is complete, as a filled hole is. */
  readonly fits: boolean;
}

/** What a route makes of its own fields. */
export interface Wish {
  /** One for each prompt. */
  readonly starts: readonly Start[];
  readonly stop?: readonly string[] | undefined;
  readonly alternatives?: number | undefined;
  readonly echo?: boolean | undefined;
  readonly fits?: boolean | undefined;
}

/** A route that writes texts: a line of the table. */
export interface WritingRoute {
  readonly path: string;
  /** One line for the documentation. */
  readonly summary: string;
  readonly shape: Shape;
  schema(limits: Limits): z.ZodObject;
  /** @throws a refusal with status 400 or 404 */
  order(value: unknown, limits: Limits, models: readonly ServedModel[]): Order;
}

interface RouteDefinition<S extends z.ZodObject> extends Pick<
  WritingRoute,
  "path" | "summary" | "shape"
> {
  schema(limits: Limits): S;
  wish(body: z.output<S>, context: { model: ServedModel; limits: Limits }): Wish;
}

/** Makes a line of the table; `wish` gets a body that has been checked. */
export function writingRoute<S extends z.ZodObject<z.ZodRawShape>>(
  definition: z.output<S> extends WritingBody ? RouteDefinition<S> : never,
): WritingRoute {
  return {
    ...definition,
    order(value, limits, models) {
      const body = readBody(definition.schema(limits), value);
      const model = chosen(models, body.model);
      const wish = definition.wish(body, { model, limits });
      return { model, ...orderOf(body, wish, limits) };
    },
  };
}

function chosen(models: readonly ServedModel[], id: string | undefined): ServedModel {
  const model = id === undefined && models.length === 1 ? models[0] : findModel(models, id);
  if (model !== undefined) return model;
  throw refused(400, `model: is needed; one of: ${models.map((each) => each.id).join(", ")}`, {
    param: "model",
  });
}

/** The model of that name. */
export function findModel(
  models: readonly ServedModel[],
  id: string | undefined,
): ServedModel | undefined {
  const model = models.find((each) => each.id === id);
  if (model !== undefined || id === undefined) return model;
  const names = models.map((each) => each.id).join(", ");
  throw refused(404, `model: there is no "${id.slice(0, 100)}" here; one of: ${names}`, {
    param: "model",
    code: "model_not_found",
  });
}

function orderOf(body: WritingBody, wish: Wish, limits: Limits): Omit<Order, "model"> {
  const { starts, stop = [], alternatives, echo = false, fits = false } = wish;
  const total = starts.length * body.n;
  if (total > limits.texts)
    throw refused(
      400,
      `n: a request may ask for ${limits.texts} texts, got ${starts.length} prompts times ${body.n}`,
      { param: "n" },
    );
  const diffusing = body.stream && body.diffusing;
  if (diffusing && echo)
    throw refused(400, "echo: steps are told without the prompt; leave echo or diffusing out", {
      param: "echo",
    });
  const seed = body.seed ?? randomInt(2 ** 32);
  const sampling = samplingOf(body);
  const texts = starts.flatMap((start, prompt) =>
    Array.from({ length: body.n }, (_, i): Text => {
      const task = {
        start,
        sampling,
        // A text depends on its own prompt and its place among that prompt's alone.
        seed: seed + i,
        stop,
        alternatives,
        echo,
        frames: diffusing,
      };
      return { index: prompt * body.n + i, prompt, task };
    }),
  );
  const usage = body.stream_options?.include_usage ?? false;
  return { texts, stream: body.stream, diffusing, usage, fits };
}
