#!/usr/bin/env node
/**
 * The program `unmask`: connects {@link runCli} to the process.
 *
 * @module
 */

import { exitStatus, runCli } from "./run-cli.ts";

const controller = new AbortController();
let stoppedBy: "SIGINT" | "SIGTERM" | "EPIPE" | undefined;

function stop(reason: NonNullable<typeof stoppedBy>): void {
  stoppedBy ??= reason;
  controller.abort(new DOMException("interrupted", "AbortError"));
}

process.on("SIGINT", () => {
  if (stoppedBy !== undefined) process.exit(exitStatus.interrupted);
  stop("SIGINT");
  // Most verbs are gone by then.
  setTimeout(() => {
    process.stderr.write("unmask: stopping (Ctrl-C again to stop at once)\n");
  }, 500).unref();
});
process.on("SIGTERM", () => stop("SIGTERM"));

// `unmask ... | head`: whoever read has seen enough. No message, and nothing more to write.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") throw error;
    stop("EPIPE");
  });
}

const status = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: controller.signal,
});

const finalStatus = { SIGINT: 130, SIGTERM: 143, EPIPE: 0 } as const;
// Some verbs end by being stopped, and are done then.
process.exitCode =
  stoppedBy === undefined || status === exitStatus.done ? status : finalStatus[stoppedBy];
// What was written may still be on its way; a forgotten handle must not keep the program alive.
process.stdout.write("", () => process.exit());
