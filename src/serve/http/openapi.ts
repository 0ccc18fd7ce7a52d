/**
 * `/openapi.json`: the whole interface, made of the schemas that requests are checked with.
 *
 * @module
 */
import { z } from "zod";
import type { OrderReader, WritingRoute } from "./order.ts";
import {
  errorReply,
  metricsReply,
  modelReply,
  modelsReply,
  reportReply,
  reportsReply,
  runsReply,
  stateReply,
} from "./replies.ts";

const json = (schema: z.ZodType, io: "input" | "output") => ({
  "application/json": { schema: schemaOf(schema, io) },
});

const schemaOf = (schema: z.ZodType, io: "input" | "output"): object => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
};

const answers = (content: object) => ({
  "200": { description: "done", content },
  default: { description: "it was not", content: json(errorReply, "output") },
});

interface Reading {
  readonly summary: string;
  readonly reply: z.ZodType;
  readonly query?: Readonly<
    Record<string, { readonly description: string; readonly schema: object }>
  >;
}

/** What is read: no body, one kind of answer. */
const readings: Readonly<Record<string, Reading>> = {
  "/v1/models": { summary: "the models", reply: modelsReply },
  "/v1/models/{id}": { summary: "one model", reply: modelReply },
  "/v1/runs": { summary: "what trains, or has trained, in the folder of --runs", reply: runsReply },
  "/v1/runs/{name}/metrics": {
    summary: "the metrics of a run so far",
    reply: metricsReply,
    query: {
      from: { description: "leave out earlier steps", schema: { type: "integer", minimum: 0 } },
    },
  },
  "/v1/reports": {
    summary: "the reports of unmask compare in the folder of --runs",
    reply: reportsReply,
  },
  "/v1/reports/{name}": { summary: "one report", reply: reportReply },
  "/health": { summary: "whether the server runs", reply: stateReply },
  "/ready": { summary: "whether it takes requests: status 503 if not", reply: stateReply },
};

/** The parameters of a reading: those in braces in its path, and those behind it. */
function parametersOf(path: string, { query = {} }: Reading): object[] {
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  return [
    ...inPath,
    ...Object.entries(query).map(([name, docs]) => ({ name, in: "query", ...docs })),
  ];
}

/** The document, in OpenAPI 3.1. */
export function openapi(
  routes: readonly (WritingRoute & OrderReader)[],
  options: { readonly keys: boolean },
): object {
  const written = routes.map(({ path, summary, shape, schema }) => {
    const content = {
      ...json(shape.reply, "output"),
      "text/event-stream": { schema: schemaOf(shape.chunk, "output") },
    };
    const requestBody = { required: true, content: json(schema, "input") };
    const operationId = path.slice(1).replace(/\W+/g, "_");
    return [path, { post: { summary, operationId, requestBody, responses: answers(content) } }];
  });
  const read = Object.entries(readings).map(([path, reading]) => {
    const { summary, reply } = reading;
    const parameters = parametersOf(path, reading);
    return [path, { get: { summary, parameters, responses: answers(json(reply, "output")) } }];
  });
  return {
    openapi: "3.1.0",
    info: {
      title: "unmask",
      version: "1",
      description:
        "OpenAI's API for diffusion language models. A field that is null counts as left out.",
    },
    paths: Object.fromEntries([...written, ...read]) as object,
    components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    ...(options.keys && { security: [{ key: [] }] }),
  };
}
