/**
 * Options and arguments of a verb, described as data: from one description come the parser, the
 * checks with their messages, the help, and the static types of the values.
 *
 * @module
 */

import { UnmaskError, unknownName } from "../errors.ts";
import { flagOf } from "./flag.ts";
import type { Variant } from "../variant.ts";

interface Described {
  /** One line: what it means. Units, if any. */
  readonly doc: string;
  /** The heading in the help under which it stands. */
  readonly group?: string;
  /** What stands for the value in the help: `PATH`. Default by type. */
  readonly hint?: string;
  /** For options without a `default`: what happens when it is not given. */
  readonly otherwise?: string;
}

type StringSpec = Described & {
  readonly type: "string";
  readonly default?: string;
  readonly required?: true;
};

/** A model, or several with a comma between them: folders, names of models that ship, addresses. */
type ModelSpec = Described & {
  readonly type: "model" | "models";
  /** The folder that a name means. */
  readonly find: (name: string) => Promise<string>;
  readonly default?: string;
  readonly required?: true;
};

type NumberSpec = Described & {
  readonly type: "number" | "integer";
  readonly default?: number;
  readonly required?: true;
  /** The bounds: `min` and `max` are allowed values, `above` is not. */
  readonly min?: number;
  readonly max?: number;
  readonly above?: number;
};

type BooleanSpec = Described & { readonly type: "boolean" };

type ChoiceSpec = Described & {
  readonly type: "choice";
  /** A function is for names that live in a table which is slow to import. */
  readonly choices: readonly string[] | (() => Promise<readonly string[]>);
  readonly default?: string;
  readonly required?: true;
};

type ListSpec = Described & {
  /** Some names of a table, with a comma between them. */
  readonly type: "list";
  /** What one of them is called: "task". */
  readonly item: string;
  readonly choices: () => Promise<readonly string[]>;
  readonly default?: string;
  readonly required?: true;
};

/** What a table of variants looks like from here. */
export interface SpecTable {
  readonly variants: Readonly<Record<string, Pick<Variant<unknown>, "docs">>>;
  /** Makes the variant that a text asks for, or throws a usage error. */
  readonly read: (text: string) => unknown;
}

type SpecSpec = Described & {
  /** `name`, or `name:option=value,...`: a variant with values for its options. */
  readonly type: "spec";
  readonly table: () => Promise<SpecTable>;
  readonly default?: string;
  readonly required?: true;
};

/** One `--option`. Its key in {@link Options} is the name in camel case: `minLr` is `--min-lr`. */
export type OptionSpec =
  | StringSpec
  | ModelSpec
  | NumberSpec
  | BooleanSpec
  | ChoiceSpec
  | ListSpec
  | SpecSpec;
export type Options = Readonly<Record<string, OptionSpec>>;

/** A word without a flag, taken in the order of the keys. */
export interface ArgumentSpec {
  readonly doc: string;
  readonly required?: true;
}
export type Arguments = Readonly<Record<string, ArgumentSpec>>;

export type OptionValue = string | number | boolean | undefined;

type ValueOf<S> = S extends { type: "boolean" }
  ? boolean
  : S extends { type: "number" | "integer" }
    ? number
    : S extends { type: "choice"; choices: readonly (infer C)[] }
      ? C
      : string;

/** What is there whether or not it was typed. */
type Certain = { default: unknown } | { required: true } | { type: "boolean" };

/** The values of options and arguments, typed by their descriptions. */
export type Values<O extends Options, A extends Arguments> = {
  readonly [K in keyof O]: O[K] extends Certain ? ValueOf<O[K]> : ValueOf<O[K]> | undefined;
} & {
  readonly [K in keyof A]: A[K] extends Certain ? string : string | undefined;
};

/** The choices of an option, wherever they live. */
export async function choicesOf(spec: ChoiceSpec | ListSpec): Promise<readonly string[]> {
  return typeof spec.choices === "function" ? spec.choices() : spec.choices;
}

/**
 * The value that a text means, or a usage error: `--steps must be an integer >= 1, got "0"`.
 */
export async function readValue(
  name: string,
  spec: OptionSpec,
  text: string,
): Promise<Exclude<OptionValue, undefined>> {
  switch (spec.type) {
    case "boolean":
      return readBoolean(name, text);
    case "number":
    case "integer":
      return readNumber(name, spec, text);
    case "choice": {
      const choices = await choicesOf(spec);
      if (!choices.includes(text)) throw unknownName(flagOf(name).slice(2), text, choices);
      return text;
    }
    case "list": {
      const choices = await choicesOf(spec);
      const strange = listed(text).find((one) => !choices.includes(one));
      if (strange !== undefined) throw unknownName(spec.item, strange, choices);
      return text;
    }
    case "spec":
      (await spec.table()).read(text);
      return text;
    case "models": {
      const names = listed(text).map((one) => readText(name, one));
      return (await Promise.all(names.map(spec.find))).join(",");
    }
    case "model":
      return spec.find(readText(name, text));
    case "string":
      return readText(name, text);
  }
}

function readText(name: string, text: string): string {
  if (text === "") throw new UnmaskError("usage", `${flagOf(name)} must not be empty`);
  return text;
}

/** The names of a list, `a,b`. */
export const listed = (text: string): string[] => text.split(",").map((one) => one.trim());

function readBoolean(name: string, text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw new UnmaskError("usage", `${flagOf(name)} is a switch and takes no value, got "${text}"`);
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function readNumber(name: string, spec: NumberSpec, text: string): number {
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  const fits =
    (spec.type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= (spec.min ?? -Infinity) &&
    value <= (spec.max ?? Infinity) &&
    value > (spec.above ?? -Infinity);
  if (!fits) {
    throw new UnmaskError("usage", `${flagOf(name)} must be ${wanted(spec)}, got "${text}"`);
  }
  return value;
}

function wanted(spec: NumberSpec): string {
  const bounds = [
    ...(spec.above === undefined ? [] : [`> ${spec.above}`]),
    ...(spec.min === undefined ? [] : [`>= ${spec.min}`]),
    ...(spec.max === undefined ? [] : [`<= ${spec.max}`]),
  ];
  return [spec.type === "integer" ? "an integer" : "a number", bounds.join(" and ")]
    .filter((part) => part !== "")
    .join(" ");
}
