/**
 * The words after a verb, read against its description.
 *
 * `node:util`'s parser splits them into tokens; what they mean and what is wrong with them is
 * decided here, so that nothing is silently accepted and every message is in the style of the house.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { UnmaskError, unknownName } from "../errors.ts";
import { flagOf } from "./flag.ts";
import { readValue } from "./option.ts";
import type { Arguments, Options, OptionValue } from "./option.ts";

export interface ParsedArguments {
  readonly values: Readonly<Record<string, OptionValue>>;
  /** Names of the options and arguments that were really typed. */
  readonly given: ReadonlySet<string>;
}

/** Flags that every verb has; they are looked for before the verb's own are checked. */
export interface CommonFlags {
  readonly help: boolean;
  readonly json: boolean;
}

const common = { help: "-h", json: undefined } as const;

function tokenize(words: readonly string[], options: Options) {
  const known = Object.entries(options).map(
    ([name, spec]) =>
      [flagOf(name).slice(2), { type: spec.type === "boolean" ? "boolean" : "string" }] as const,
  );
  return parseArgs({
    args: [...words],
    options: {
      ...Object.fromEntries(known),
      help: { type: "boolean", short: "h" },
      json: { type: "boolean" },
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  }).tokens;
}

/** Which of the common flags are there. Never fails: how errors are shown depends on them. */
export function commonFlags(words: readonly string[], options: Options): CommonFlags {
  const flags = new Set(
    tokenize(words, options).map((token) => (token.kind === "option" ? token.name : "")),
  );
  return { help: flags.has("help"), json: flags.has("json") };
}

/**
 * Reads the words after a verb.
 *
 * @throws UnmaskError `usage`, without the verb's name: unknown option, bad or missing value,
 * too many or too few arguments.
 */
export async function parseArguments(
  words: readonly string[],
  options: Options,
  args: Arguments,
): Promise<ParsedArguments> {
  const names = new Map(Object.keys(options).map((name) => [flagOf(name), name]));
  const values: Record<string, OptionValue> = {};
  const given = new Set<string>();
  const positionals: string[] = [];

  for (const token of tokenize(words, options)) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      positionals.push(token.value);
      continue;
    }
    if (Object.hasOwn(common, token.name)) continue;
    const negated = token.rawName.replace(/^--no-/, "--");
    const name = names.get(token.rawName) ?? names.get(negated);
    const spec = name === undefined ? undefined : options[name];
    if (name === undefined || spec === undefined) throw unknownOption(token.rawName, names);
    given.add(name);
    if (spec.type === "boolean") {
      const on = await readValue(name, spec, token.value ?? "true");
      values[name] = names.has(token.rawName) ? on : !on;
    } else if (!names.has(token.rawName)) throw unknownOption(token.rawName, names);
    else values[name] = await readValue(name, spec, valueOf(token, names));
  }
  takePositionals(positionals, args, values, given);
  fillIn(options, values);
  return { values, given };
}

function unknownOption(flag: string, names: ReadonlyMap<string, string>): UnmaskError {
  if (!flag.startsWith("--")) {
    const remedy = `a text that begins with "-" goes after "--"`;
    return new UnmaskError("usage", `unknown option "${flag}"; ${remedy}`);
  }
  return unknownName("option", flag, [...names.keys(), "--help", "--json"]);
}

/** The value of an option that needs one. `--out --steps 3` is a forgotten value. */
function valueOf(
  token: { rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
  names: ReadonlyMap<string, string>,
): string {
  const { rawName, value, inlineValue } = token;
  if (value === undefined) throw new UnmaskError("usage", `${rawName} needs a value`);
  const option = value.split("=", 1)[0]!;
  if (inlineValue !== true && (names.has(option) || value === "--help" || value === "--json")) {
    throw new UnmaskError("usage", `${rawName} needs a value, got the option ${option}`);
  }
  return value;
}

function takePositionals(
  words: readonly string[],
  args: Arguments,
  values: Record<string, OptionValue>,
  given: Set<string>,
): void {
  const names = Object.keys(args);
  if (words.length > names.length) {
    const limit = names.length === 0 ? "no argument" : names.map(argumentName).join(" ");
    const quoting = names.length === 0 ? "" : `; put a text of several words in quotes`;
    throw new UnmaskError(
      "usage",
      `takes ${limit}, got one more: "${words[names.length]}"${quoting}`,
    );
  }
  for (const [index, name] of names.entries()) {
    const word = words[index];
    if (word === undefined && args[name]!.required) {
      throw new UnmaskError("usage", `needs ${argumentName(name)}: ${args[name]!.doc}`);
    }
    values[name] = word;
    if (word !== undefined) given.add(name);
  }
}

/** `modelFile` -> `MODEL_FILE`. */
export function argumentName(name: string): string {
  return flagOf(name).slice(2).replaceAll("-", "_").toUpperCase();
}

function fillIn(options: Options, values: Record<string, OptionValue>): void {
  for (const [name, spec] of Object.entries(options)) {
    if (values[name] !== undefined) continue;
    if (spec.type === "boolean") values[name] = false;
    else if (spec.default !== undefined) values[name] = spec.default;
    else if (spec.required) {
      throw new UnmaskError("usage", `${flagOf(name)} is needed: ${spec.doc}`);
    } else values[name] = undefined;
  }
}
