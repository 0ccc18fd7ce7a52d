/**
 * The whole command line as one function: words in, exit status out. No process in sight, so the
 * tests call it as it is.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import { lookUp, UnmaskError, unknownName } from "../errors.ts";
import { terminalOf } from "../report/terminal.ts";
import type { Environment, OutputStream, Terminal } from "../report/terminal.ts";
import { programHelp, verbHelp } from "./help.ts";
import { commonFlags, parseArguments } from "./parse-arguments.ts";
import type { Verb } from "./verb.ts";
import { verbs } from "./verbs/index.ts";
import type { VerbEntry } from "./verbs/index.ts";

export interface CliWorld {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Environment;
  /** Aborted to make the running verb stop. */
  readonly signal: AbortSignal;
  /** Default: all of them. */
  readonly verbs?: Readonly<Record<string, VerbEntry>>;
}

/** Exit statuses. 130 is what shells expect of a program ended by Ctrl-C. */
export const exitStatus = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/**
 * Runs one command line, without the program's name.
 *
 * @returns the exit status; never throws.
 *
 * @example
 * ```ts
 * await runCli(["generate", "Once", "--model", "runs/book"], { stdout, stderr, env, signal });
 * ```
 */
export async function runCli(words: readonly string[], world: CliWorld): Promise<number> {
  const stdout = terminalOf(world.stdout, world.env);
  const stderr = terminalOf(world.stderr, world.env);
  const table = world.verbs ?? verbs;
  const line = splitLine(words);
  let json = line.json;
  const reply = (object: object): void => stdout.write(JSON.stringify(object) + "\n");
  const answer = (text: string, object: object): number => {
    if (json) reply(object);
    else stdout.write(text);
    return exitStatus.done;
  };

  try {
    if (line.stray !== undefined) throw unknownName("option", line.stray, programFlags);
    if (line.verb === undefined) {
      if (line.version) return await version().then((v) => answer(`${v}\n`, { version: v }));
      const help = programHelp(await version(), summariesOf(table), stdout);
      if (line.help) return answer(help, { help });
      if (words.length === 0) {
        stderr.write(help);
        return exitStatus.usage;
      }
      throw new UnmaskError("usage", `a verb is needed; one of: ${Object.keys(table).join(", ")}`);
    }
    // Before the verb is known, so that a misspelt one is answered in JSON as well.
    json ||= commonFlags(line.rest, {}).json;
    const { verb } = await lookUp("verb", line.verb, table).load();
    const flags = commonFlags(line.rest, verb.options);
    json = line.json || flags.json;
    if (line.help || flags.help) {
      const help = await verbHelp(line.verb, verb, stdout);
      return answer(help, { help });
    }
    const result = await startVerb(line.verb, verb, line.rest, { json, stdout, stderr }, world);
    if (json) reply(result ?? {});
    return world.signal.aborted && verb.untilStopped !== true
      ? exitStatus.interrupted
      : exitStatus.done;
  } catch (error) {
    const failure = explain(error, world.signal, world.env);
    if (json) reply({ error: { code: failure.code, message: failure.message } });
    stderr.write(`unmask: ${failure.message}\n`);
    if (failure.stack !== undefined) stderr.write(`${failure.stack}\n`);
    return failure.status;
  }
}

interface Line {
  readonly verb: string | undefined;
  /** A flag before the verb that is none of the program's. */
  readonly stray: string | undefined;
  readonly rest: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
}

/** Flags before the verb, the verb, and the rest. `unmask help train` is `unmask train --help`. */
function splitLine(words: readonly string[]): Line {
  const at = words.findIndex((word) => !word.startsWith("-"));
  const before = at < 0 ? words : words.slice(0, at);
  const line = {
    help: before.includes("--help") || before.includes("-h"),
    version: before.includes("--version"),
    json: before.includes("--json"),
  };
  if (at >= 0 && words[at] === "help") {
    const inner = splitLine(words.slice(at + 1));
    return { ...inner, help: true, json: line.json || inner.json };
  }
  const stray = before.find((word) => !programFlags.includes(word));
  return { ...line, stray, verb: words[at], rest: at < 0 ? [] : words.slice(at + 1) };
}

const programFlags: readonly string[] = ["--help", "-h", "--version", "--json"];

async function startVerb(
  name: string,
  verb: Verb,
  words: readonly string[],
  { json, stdout, stderr }: { json: boolean; stdout: Terminal; stderr: Terminal },
  world: CliWorld,
): Promise<object | void> {
  const { values, given } = await parseArguments(words, verb.options, verb.arguments).catch(
    (error: unknown) => {
      if (!UnmaskError.is(error)) throw error;
      throw new UnmaskError(error.code, `${name}: ${error.message}`, { cause: error });
    },
  );
  const target = json ? stderr : stdout;
  return verb.start(values, {
    given,
    json,
    signal: world.signal,
    env: world.env,
    out: (text) => stderr.withoutStatus(() => target.write(`${text}\n`)),
    note: (text) => stderr.write(`${text}\n`),
    terminal: target,
    errorTerminal: stderr,
  });
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly status: number;
  readonly stack?: string | undefined;
}

/** What to say about something that was thrown. */
function explain(error: unknown, signal: AbortSignal, env: Environment): Failure {
  const debug = env["UNMASK_DEBUG"] !== undefined && env["UNMASK_DEBUG"] !== "0";
  const stack = debug && error instanceof Error ? (error.stack ?? String(error)) : undefined;
  if (UnmaskError.is(error)) {
    const status = error.code === "usage" ? exitStatus.usage : exitStatus.failed;
    return { code: error.code, message: oneLine(error.message), status, stack };
  }
  if (signal.aborted) {
    return { code: "interrupted", message: "interrupted", status: exitStatus.interrupted, stack };
  }
  const message = oneLine(error instanceof Error ? error.message : String(error));
  if (isSystemError(error)) {
    // A full disk or a missing permission is the machine's, not a bug of ours.
    return { code: "unavailable", message, status: exitStatus.failed, stack };
  }
  const remedy = debug ? "" : " (set UNMASK_DEBUG=1 for the stack)";
  const text = `internal error: ${message}${remedy}`;
  return { code: "internal", message: text, status: exitStatus.failed, stack };
}

/** Errors that the operating system answered with: `ENOSPC: no space left on device, write`. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && "errno" in error;
}

/** One line, in which nothing is left that a terminal would obey: a message may quote a file. */
function oneLine(text: string): string {
  const line = text.trim().replace(/\s*\n\s*/g, "; ");
  // oxlint-disable-next-line no-control-regex
  return line.replace(/[\u0000-\u001f\u007f-\u009f]/g, "?");
}

function summariesOf(table: Readonly<Record<string, VerbEntry>>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).map(([name, { summary }]) => [name, summary]));
}

async function version(): Promise<string> {
  // Two folders up both from src/cli and from dist/cli.
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  const content: unknown = JSON.parse(text);
  const found =
    typeof content === "object" && content !== null && "version" in content
      ? content.version
      : undefined;
  return typeof found === "string" ? found : "unknown";
}
