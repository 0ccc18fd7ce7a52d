/**
 * `unmask serve`: OpenAI's API for models of any kind.
 *
 * @module
 */

import { findModel, machineOptions } from "./shared-options.ts";
import { defineVerb } from "../verb.ts";

export const verb = defineVerb({
  description:
    "Serves models through OpenAI's API, with fill-in-the-middle, infilling, editing, and streams that show " +
    "a text being unmasked. Runs until it is stopped (ctrl-C, SIGTERM); then it finishes what it has begun.",
  examples: [
    { command: "unmask serve --model runs/book", does: "one model, for this machine" },
    { command: "unmask serve --model runs/book,runs/ar --port 0", does: "two, at any free port" },
    { command: "unmask serve --new-key", does: "makes an API key and the line that lets it in" },
    {
      command: "unmask serve --model runs/book --host 0.0.0.0 --api-key-file keys.txt",
      does: "for everyone with a key",
    },
  ],
  arguments: {},
  options: {
    model: {
      type: "models",
      find: findModel,
      doc: "models that ship, by their names, or model folders; requests call each by the name of its folder",
      otherwise: "all that ship",
      group: "Models",
    },
    batch: {
      type: "integer",
      min: 1,
      max: 1024,
      default: 16,
      doc: "texts of a model that are written at the same time",
      group: "Models",
    },
    queue: {
      type: "integer",
      min: 1,
      max: 100_000,
      default: 256,
      doc: "texts of a model that may wait; more are refused with status 429",
      group: "Models",
    },
    memory: {
      type: "integer",
      min: 1,
      hint: "MIB",
      doc: "memory that all models may hold together; the longest unused one makes room",
      otherwise: "no limit",
      group: "Models",
    },
    requestSeconds: {
      type: "integer",
      min: 1,
      max: 86_400,
      default: 300,
      doc: "how long one request may take",
      group: "Models",
    },
    host: {
      type: "string",
      default: "127.0.0.1",
      doc: "the address to listen at",
      group: "Address",
    },
    port: {
      type: "integer",
      min: 0,
      max: 65_535,
      default: 8080,
      doc: "the port; 0 is any free one, which is printed",
      group: "Address",
    },
    site: {
      type: "string",
      hint: "DIR",
      doc: "a folder of web pages to show at /",
      otherwise: "the playground",
      group: "Address",
    },
    runs: {
      type: "string",
      hint: "DIR",
      doc: "a folder of runs and reports that may be read: the playground shows their curves",
      otherwise: "none",
      group: "Address",
    },
    apiKeyFile: {
      type: "string",
      hint: "PATH",
      doc: "SHA-256 hashes of API keys, one per line; needed when others reach the address",
      otherwise: "no keys",
      group: "Doors",
    },
    noAuth: { type: "boolean", doc: "let everyone in who reaches the address", group: "Doors" },
    newKey: { type: "boolean", doc: "make an API key, print it, and end", group: "Doors" },
    cors: {
      type: "string",
      hint: "ORIGIN,ORIGIN",
      doc: "sites whose pages may use the server, https://example.org; * for all",
      otherwise: "none",
      group: "Doors",
    },
    logLevel: {
      type: "choice",
      choices: ["debug", "info", "warn", "error", "silent"],
      default: "info",
      doc: "what is logged, as lines of JSON on standard error",
      group: "Logs",
    },
    logPrompts: { type: "boolean", doc: "log requests with their texts", group: "Logs" },
    stopSeconds: {
      type: "integer",
      min: 0,
      max: 86_400,
      default: 20,
      doc: "when it is stopped: how long what has begun may take",
      group: "Address",
    },
    ...machineOptions,
  },
  untilStopped: true,

  async run(context) {
    const { makeKey, runServer } = await import("../actions/run-server.ts");
    if (context.values.newKey) return makeKey(context);
    const { startEngine } = await import("../../serve/engine/index.ts");
    return runServer(context, context.values, startEngine);
  },
});
