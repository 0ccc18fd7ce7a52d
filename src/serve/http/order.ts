/**
 * From a request's body to what the engine is asked to write, and the table line that says how.
 *
 * @module
 */
import { randomInt } from "node:crypto";
import { z } from "zod";
import type { Start, Task } from "../../generate/task.ts";
import type { ServedModel } from "../engine/engine.ts";
import { readBody } from "./body.ts";
import { refused } from "./failure.ts";
import { samplingOf, writingFields } from "./fields.ts";
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
  /** Made once for a server: a schema takes longer to make than to use. */
  reader(limits: Limits): OrderReader;
}

/** Reads the bodies of a route's requests. */
export interface OrderReader {
  readonly schema: z.ZodObject;
  /** @throws a refusal with status 400 or 404 */
  read(value: unknown, models: readonly ServedModel[]): Order;
}

interface RouteDefinition<F extends z.ZodRawShape> extends Pick<
  WritingRoute,
  "path" | "summary" | "shape"
> {
  /** The fields that this route has beside those of all. */
  fields(limits: Limits): F;
  wish(body: z.output<z.ZodObject<F>>, context: { model: ServedModel; limits: Limits }): Wish;
}

/** Makes a line of the table; `wish` gets fields that have been checked. */
export function writingRoute<F extends z.ZodRawShape>(
  definition: RouteDefinition<F>,
): WritingRoute {
  const { path, summary, shape, fields, wish } = definition;
  return {
    path,
    summary,
    shape,
    reader(limits) {
      const schema: z.ZodObject = z.strictObject({ ...writingFields(limits), ...fields(limits) });
      return {
        schema,
        read(value, models) {
          // The schema is made of both.
          const body = readBody(schema, value) as WritingBody & z.output<z.ZodObject<F>>;
          const model = chosen(models, body.model);
          const wanted = wish(body, { model, limits });
          checkSight(model, wanted);
          return { model, ...orderOf(body, wanted, limits) };
        },
      };
    },
  };
}

function chosen(models: readonly ServedModel[], id: string | undefined): ServedModel {
  if (id !== undefined) return findModel(models, id);
  if (models.length === 1) return models[0]!;
  throw refused(400, `model: is needed; one of: ${models.map((each) => each.id).join(", ")}`, {
    param: "model",
  });
}

/**
 * The model of that name.
 *
 * @throws a refusal with status 404
 */
export function findModel(models: readonly ServedModel[], id: string): ServedModel {
  const model = models.find((each) => each.id === id);
  if (model !== undefined) return model;
  const names = models.map((each) => each.id).join(", ");
  throw refused(404, `model: there is no "${id.slice(0, 100)}" here; one of: ${names}`, {
    param: "model",
    code: "model_not_found",
  });
}

/** Refuses what the model can't do before it is brought to work for it. */
function checkSight({ id, system, infills }: ServedModel, { starts }: Wish): void {
  if (infills || starts.every(({ kind }) => kind === "continue" || kind === "answer")) return;
  throw refused(
    400,
    `model: must see both sides of what it writes, got "${id}" (${system}), which only continues; use a diffusion model`,
    { param: "model" },
  );
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
