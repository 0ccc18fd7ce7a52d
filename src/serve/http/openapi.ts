/**
 * `/openapi.json`: the whole interface, made of the schemas that requests are checked with.
 *
 * @module
 */
import { z } from "zod";
import type { OrderReader, WritingRoute } from "./order.ts";
import { errorReply, modelReply, modelsReply, stateReply } from "./replies.ts";

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

/** What is read: no body, one kind of answer. */
const readings = {
  "/v1/models": { summary: "the models", reply: modelsReply },
  "/v1/models/{id}": { summary: "one model", reply: modelReply },
  "/health": { summary: "whether the server runs", reply: stateReply },
  "/ready": { summary: "whether it takes requests: status 503 if not", reply: stateReply },
} as const;

const idParameter = { name: "id", in: "path", required: true, schema: { type: "string" } };

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
  const read = Object.entries(readings).map(([path, { summary, reply }]) => {
    const parameters = path.includes("{id}") ? { parameters: [idParameter] } : {};
    return [path, { get: { summary, ...parameters, responses: answers(json(reply, "output")) } }];
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
