/**
 * What a verb of the command line is: a description of its options, and what it does with them.
 *
 * @module
 */

import type { Environment, Terminal } from "../report/terminal.ts";
import type { Arguments, Options, OptionValue, Values } from "./option.ts";

/** What every verb gets, besides its values. */
export interface BaseContext {
  /** Names of the options that were typed, as opposed to filled in by their defaults. */
  readonly given: ReadonlySet<string>;
  /** `--json`: standard output is for one object, the one that `run` returns. */
  readonly json: boolean;
  /** Aborted when the user wants the program to stop (Ctrl-C, SIGTERM, a closed pipe). */
  readonly signal: AbortSignal;
  readonly env: Environment;
  /** A line of the result: to standard output, or to standard error under `--json`. */
  readonly out: (text: string) => void;
  /** A line about the work: to standard error. */
  readonly note: (text: string) => void;
  /** Where `out` writes: for canvases. */
  readonly terminal: Terminal;
  /** Where `note` writes: for progress bars. */
  readonly errorTerminal: Terminal;
}

/** A context with the values of this verb. */
export type Context<O extends Options, A extends Arguments> = BaseContext & {
  readonly values: Values<O, A>;
};

/** The part of a verb that the help shows. */
export interface VerbDescription<O extends Options, A extends Arguments> {
  /** A paragraph or two for `unmask VERB --help`. */
  readonly description: string;
  /** Whole command lines, each with what it does. */
  readonly examples: readonly { readonly command: string; readonly does: string }[];
  readonly arguments: A;
  readonly options: O;
  /** It runs until it is told to stop, which is its proper end: exit status 0. */
  readonly untilStopped?: true;
}

export interface VerbDefinition<O extends Options, A extends Arguments> extends VerbDescription<
  O,
  A
> {
  /**
   * Does it. Returns what `--json` prints, if anything.
   *
   * @throws UnmaskError `usage` for exit status 2, other codes for 1.
   */
  run(context: Context<O, A>): Promise<object | void>;
}

/** A verb whose option types are forgotten: what the table and the parser deal in. */
export interface Verb extends VerbDescription<Options, Arguments> {
  start(
    values: Readonly<Record<string, OptionValue>>,
    context: BaseContext,
  ): Promise<object | void>;
}

/**
 * Makes a verb; `context.values` is typed by `options` and `arguments`.
 *
 * @example
 * ```ts
 * export const verb = defineVerb({
 *   description: "Says hello.",
 *   examples: [{ command: "unmask hello --times 2", does: "says it twice" }],
 *   arguments: { name: { doc: "whom to greet", required: true } },
 *   options: { times: { type: "integer", min: 1, default: 1, doc: "how often" } },
 *   async run({ values, out }) {
 *     for (let i = 0; i < values.times; i++) out(`hello ${values.name}`);
 *   },
 * });
 * ```
 */
export function defineVerb<const O extends Options, const A extends Arguments>(
  definition: VerbDefinition<O, A>,
): Verb {
  const { description, examples, options, untilStopped } = definition;
  return {
    description,
    examples,
    options,
    ...(untilStopped && { untilStopped }),
    arguments: definition.arguments,
    // The parser has read the values against these very options, so they have these types.
    start: (values, context) => definition.run({ ...context, values: values as Values<O, A> }),
  };
}
