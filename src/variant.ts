/**
 * Variants: things that are chosen by name from a table (schedules, reveal rules) and that say
 * themselves which options they take, so that the command line, the server and the documentation
 * learn of them from the table.
 *
 * @example
 * ```ts
 * const polynomial = variant(
 *   {
 *     kind: "schedule",
 *     name: "polynomial",
 *     summary: "alpha = 1 - t^power",
 *     options: { power: { type: "number", default: 2, above: 0, summary: "the exponent" } },
 *   },
 *   ({ power }) => ({ alpha: (t: number) => 1 - t ** power }),
 * );
 * polynomial({ power: 3 }); // in code: checked by the compiler
 * polynomial.parse({ power: "3" }); // from a flag or a request: checked here
 * ```
 *
 * @module
 */
import { lookUp, unknownName, UnmaskError } from "./errors.ts";
import { shown, shownText } from "./shown.ts";

/** What one option is: its type, default, range and meaning. */
export type OptionDoc = NumberDoc | FlagDoc | ChoiceDoc;

/** A number, or a whole number. */
export interface NumberDoc {
  readonly type: "number" | "integer";
  readonly summary: string;
  readonly default: number;
  /** The smallest value that is allowed. */
  readonly minimum?: number;
  /** The value must be greater than this. */
  readonly above?: number;
  /** The greatest value that is allowed. */
  readonly maximum?: number;
}

/** Yes or no. */
export interface FlagDoc {
  readonly type: "flag";
  readonly summary: string;
  readonly default: boolean;
}

/** A name out of a list. */
export interface ChoiceDoc {
  readonly type: "choice";
  readonly summary: string;
  readonly default: string;
  readonly choices: readonly string[];
}

/** The options of one variant, by name. */
export type OptionDocs = Readonly<Record<string, OptionDoc>>;

/** The values that a variant gets: every option has one. */
export type OptionValues<Docs extends OptionDocs> = {
  readonly [Name in keyof Docs]: Docs[Name] extends NumberDoc
    ? number
    : Docs[Name] extends FlagDoc
      ? boolean
      : string;
};

/** The values that a caller gives: any of them, the others take their defaults. */
export type OptionInput<Docs extends OptionDocs> = {
  readonly [Name in keyof Docs]?: OptionValues<Docs>[Name] | undefined;
};

/** What a variant says of itself. */
export interface VariantDocs<Docs extends OptionDocs = OptionDocs> {
  /** The table it belongs to, in the singular: "schedule", "rule". */
  readonly kind: string;
  /** The name people type; also the name of its file. */
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Where it comes from, if anywhere. */
  readonly paper?: string;
  readonly options: Docs;
}

/** One line of a table: documented, and makes its thing out of values of unknown origin. */
export interface Variant<Made> {
  readonly docs: VariantDocs;
  /** Checks names, types and ranges, and makes the thing. Numbers may come as text. */
  parse(values?: Readonly<Record<string, unknown>>): Made;
}

/** A factory to call from code, which is a line of a table at the same time. */
export type VariantFactory<Docs extends OptionDocs, Made> = Variant<Made> &
  ((options?: OptionInput<Docs>) => Made);

/** Joins documentation and factory; the factory gets checked and complete options. */
export function variant<const Docs extends OptionDocs, Made>(
  docs: VariantDocs<Docs>,
  make: (options: OptionValues<Docs>) => Made,
): VariantFactory<Docs, Made> {
  const where = `${docs.kind} ${docs.name}`;
  return Object.assign(
    (options: OptionInput<Docs> = {}): Made => make(readOptions(where, docs.options, options)),
    {
      docs,
      parse: (values: Readonly<Record<string, unknown>> = {}): Made =>
        make(readOptions(where, docs.options, values)),
    },
  );
}

/** Makes the variant that a text asks for, `name` or `name:option=value,...`. */
export function makeFromSpec<Made>(
  kind: string,
  text: string,
  table: Readonly<Record<string, Variant<Made>>>,
): Made {
  const { name, values } = parseSpec(kind, text);
  return makeVariant(kind, name, table, values);
}

/** Makes the named variant of a table; unknown names and bad options are usage errors. */
export function makeVariant<Made>(
  kind: string,
  name: string,
  table: Readonly<Record<string, Variant<Made>>>,
  values: Readonly<Record<string, unknown>> = {},
): Made {
  return lookUp(kind, name, table).parse(values);
}

/** A variant as people write it down: a name, and values for some of its options. */
export interface VariantSpec {
  readonly name: string;
  readonly values: Readonly<Record<string, string>>;
}

/**
 * Takes `name:option=value,option=value` apart; the values are checked when the variant is made.
 *
 * @example
 * ```ts
 * parseSpec("threshold:tau=0.8"); // { name: "threshold", values: { tau: "0.8" } }
 * ```
 */
export function parseSpec(kind: string, text: string): VariantSpec {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: text, values: {} };
  const name = text.slice(0, colon);
  const values: Record<string, string> = {};
  for (const part of text.slice(colon + 1).split(",")) {
    const [option, value, ...more] = part.split("=");
    if (!option || !value || more.length > 0 || Object.hasOwn(values, option))
      throw new UnmaskError(
        "usage",
        `${kind} ${shownText(text)}: options must be name=value, each once, with commas between, got ${shownText(part)}`,
      );
    values[option] = value;
  }
  return { name, values };
}

/** The options of a variant in one line: `tau=0.9 (the confidence), ...`; empty if there are none. */
export function describeOptions({ options }: VariantDocs): string {
  return Object.entries(options)
    .map(([name, doc]) => `${name}=${doc.default} (${doc.summary})`)
    .join(", ");
}

/** Fills in defaults and checks every value against its documentation. `undefined` = not given. */
export function readOptions<const Docs extends OptionDocs>(
  where: string,
  docs: Docs,
  given: Readonly<Record<string, unknown>>,
): OptionValues<Docs> {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(docs, name)) {
      if (Object.keys(docs).length === 0) {
        throw new UnmaskError("usage", `${where}: takes no options, got ${shownText(name)}`);
      }
      throw unknownName(`option of ${where}`, name, Object.keys(docs));
    }
  }
  const entries = Object.entries(docs).map(([name, doc]) => [
    name,
    given[name] === undefined ? doc.default : readOption(where, name, doc, given[name]),
  ]);
  // The loop above built exactly the keys of `docs`, each with the type its doc states.
  return Object.fromEntries(entries) as OptionValues<Docs>;
}

function readOption(
  where: string,
  name: string,
  doc: OptionDoc,
  value: unknown,
): number | boolean | string {
  switch (doc.type) {
    case "number":
    case "integer":
      return readNumber(`${where}: ${name}`, doc, value);
    case "flag": {
      const flag = value === "true" ? true : value === "false" ? false : value;
      if (typeof flag === "boolean") return flag;
      throw new UnmaskError(
        "usage",
        `${where}: ${name} must be true or false, got ${shown(value)}`,
      );
    }
    case "choice":
      if (typeof value === "string" && doc.choices.includes(value)) return value;
      throw unknownName(`${name} of ${where}`, String(value), doc.choices);
    default:
      return doc satisfies never;
  }
}

function readNumber(where: string, doc: NumberDoc, value: unknown): number {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  const { minimum, above, maximum } = doc;
  const fits =
    typeof number === "number" &&
    Number.isFinite(number) &&
    (doc.type === "number" || Number.isInteger(number)) &&
    (minimum === undefined || number >= minimum) &&
    (above === undefined || number > above) &&
    (maximum === undefined || number <= maximum);
  if (fits) return number;
  const bounds = [
    minimum === undefined ? "" : ` >= ${minimum}`,
    above === undefined ? "" : ` > ${above}`,
    maximum === undefined ? "" : ` <= ${maximum}`,
  ].filter((bound) => bound !== "");
  const kind = doc.type === "integer" ? "an integer" : "a number";
  throw new UnmaskError(
    "usage",
    `${where} must be ${kind}${bounds.join(" and")}, got ${shown(value)}`,
  );
}
