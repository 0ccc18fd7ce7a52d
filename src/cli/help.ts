/**
 * What `--help` says: of the program, and of one verb.
 *
 * @module
 */

// The help is ASCII, and measuring anything else takes 50 ms to import.
import { wrapAscii as wrap } from "../report/line-break.ts";
import { styleOf } from "../report/terminal.ts";
import type { Terminal } from "../report/terminal.ts";

import { flagOf } from "./flag.ts";
import { choicesOf } from "./option.ts";
import type { Arguments, Options, OptionSpec } from "./option.ts";
import { argumentName } from "./parse-arguments.ts";
import { describeOptions } from "../variant.ts";
import type { Verb } from "./verb.ts";

/** First commands to try, shown by `unmask --help`. */
export const firstCommands = [
  { command: "unmask demo", does: "train two tiny models, then watch them write" },
  {
    command: "unmask train --data book.txt --out runs/book --minutes 5",
    does: "a model of your own",
  },
  {
    command: 'unmask generate "Once upon a time" --model runs/book --watch',
    does: "see it unmask a text",
  },
] as const;

/** The help of the program. */
export function programHelp(
  version: string,
  summaries: Readonly<Record<string, string>>,
  terminal: Terminal,
): string {
  const { bold } = styleOf(terminal);
  const columns = usableColumns(terminal);
  const verbs = Object.entries(summaries).map(([name, summary]) => [name, summary] as const);
  return [
    `${bold("unmask")} ${version}: diffusion language models beside autoregressive ones`,
    "",
    ...wrap(
      "A text is a canvas. A model proposes tokens for its open places, a rule decides what to " +
        "keep: the leftmost one (autoregressive), the most certain ones (masked diffusion), or " +
        "others. Train both kinds on the same backbone, sample, score, and watch them write.",
      columns,
    ),
    "",
    `${bold("Usage")}  unmask VERB [options]`,
    "",
    bold("Verbs"),
    ...twoColumns(verbs, columns),
    "",
    bold("First commands to try"),
    ...commandLines(firstCommands, columns),
    "",
    ...wrap(
      "Every verb has --help, and --json for one JSON object on standard output. " +
        "Exit status: 0 done, 1 it failed, 2 wrong usage.",
      columns,
    ),
    "",
  ].join("\n");
}

/** The help of one verb. */
export async function verbHelp(name: string, verb: Verb, terminal: Terminal): Promise<string> {
  const { bold } = styleOf(terminal);
  const columns = usableColumns(terminal);
  const sections: string[] = [];
  for (const [group, entries] of Object.entries(await optionEntries(verb.options))) {
    sections.push("", bold(group), ...twoColumns(entries, columns));
  }
  return [
    bold(`unmask ${name}`),
    ...wrap(verb.description, columns),
    "",
    `${bold("Usage")}  ${usageLine(name, verb)}`,
    ...argumentLines(verb.arguments, bold, columns),
    ...sections,
    ...(await variantSections(verb.options, bold, columns)),
    ...(verb.examples.length > 0
      ? ["", bold("Examples"), ...commandLines(verb.examples, columns)]
      : []),
    "",
  ].join("\n");
}

function usageLine(name: string, verb: Verb): string {
  const args = Object.entries(verb.arguments).map(([key, { required }]) =>
    required ? argumentName(key) : `[${argumentName(key)}]`,
  );
  const required = Object.entries(verb.options)
    .filter(([, spec]) => "required" in spec && spec.required)
    .map(([key, spec]) => `${flagOf(key)} ${hintOf(spec)}`);
  return ["unmask", name, ...args, ...required, "[options]"].join(" ");
}

function argumentLines(args: Arguments, bold: (text: string) => string, columns: number): string[] {
  const entries = Object.entries(args).map(([key, { doc }]) => [argumentName(key), doc] as const);
  return entries.length > 0 ? ["", bold("Arguments"), ...twoColumns(entries, columns)] : [];
}

type Entry = readonly [name: string, doc: string];

/** For options that take a variant: which options each of them has. */
async function variantSections(
  options: Options,
  bold: (text: string) => string,
  columns: number,
): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, spec] of Object.entries(options)) {
    if (spec.type !== "spec") continue;
    const { variants } = await spec.table();
    const entries = Object.values(variants).map(({ docs }): Entry => {
      const more = describeOptions(docs);
      return [docs.name, more === "" ? docs.summary : `${docs.summary}; ${more}`];
    });
    const title = `${flagOf(name)} NAME, or NAME:option=value,option=value`;
    lines.push("", bold(title), ...twoColumns(entries, columns));
  }
  return lines;
}

/** Options by group, in the order of their declaration; the common flags last. */
async function optionEntries(options: Options): Promise<Record<string, Entry[]>> {
  const groups: Record<string, Entry[]> = {};
  for (const [name, spec] of Object.entries(options)) {
    const left = [flagOf(name), hintOf(spec)].filter((part) => part !== "").join(" ");
    (groups[spec.group ?? "Options"] ??= []).push([left, await explain(spec)]);
  }
  const output = groups["Output"] ?? [];
  delete groups["Output"];
  output.push(
    ["--json", "one JSON object on standard output, everything else on standard error"],
    ["-h, --help", "this text"],
  );
  return { ...groups, Output: output };
}

function hintOf(spec: OptionSpec): string {
  if (spec.hint !== undefined) return spec.hint;
  switch (spec.type) {
    case "boolean":
      return "";
    case "integer":
      return "N";
    case "number":
      return "X";
    case "choice":
    case "spec":
      return "NAME";
    case "list":
    case "models":
      return "A,B";
    case "model":
      return "MODEL";
    case "string":
      return "TEXT";
  }
}

async function namesOf(spec: OptionSpec): Promise<readonly string[]> {
  if (spec.type === "choice" || spec.type === "list") return choicesOf(spec);
  return spec.type === "spec" ? Object.keys((await spec.table()).variants) : [];
}

async function explain(spec: OptionSpec): Promise<string> {
  const names = await namesOf(spec);
  const choices = names.length > 0 ? `: ${names.join(", ")}` : "";
  const notes: string[] = [];
  if ("required" in spec && spec.required) notes.push("needed");
  if ("default" in spec && spec.default !== undefined) notes.push(`default ${spec.default}`);
  else if (spec.otherwise !== undefined) notes.push(`default: ${spec.otherwise}`);
  return spec.doc + choices + (notes.length > 0 ? ` (${notes.join(", ")})` : "");
}

function twoColumns(entries: readonly Entry[], columns: number): string[] {
  const left = Math.min(24, Math.max(...entries.map(([name]) => name.length))) + 2;
  // Too narrow for two columns: the text goes below the name.
  const beside = columns - left - 2 >= 30;
  return entries.flatMap(([name, doc]) => {
    if (!beside) return [`  ${name}`, ...wrap(doc, columns - 6).map((line) => `      ${line}`)];
    const lines = wrap(doc, columns - left - 2);
    const first =
      name.length < left - 1 ? [`  ${name.padEnd(left)}${lines.shift()}`] : [`  ${name}`];
    return [...first, ...lines.map((line) => `  ${" ".repeat(left)}${line}`)];
  });
}

/** Commands are never broken: they are there to be copied. */
function commandLines(
  commands: readonly { readonly command: string; readonly does: string }[],
  columns: number,
): string[] {
  const left = Math.max(...commands.map(({ command }) => command.length)) + 3;
  return commands.flatMap(({ command, does }) =>
    left + does.length + 2 <= columns
      ? [`  ${command.padEnd(left)}${does}`]
      : [`  ${command}`, `      ${does}`],
  );
}

function usableColumns(terminal: Terminal): number {
  return Math.max(24, Math.min(100, terminal.columns));
}
