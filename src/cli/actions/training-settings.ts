/**
 * The flags of `unmask train` as the settings of a run, new or gone on with.
 *
 * @module
 */
import { totalmem } from "node:os";
import { UnmaskError } from "../../errors.ts";
import type { Size } from "../../model/sizes.ts";
import { formatBytes } from "../../report/number-format.ts";
import type { Settings } from "../../train/planned-run.ts";
import { settingsFrom, usual } from "../../train/recipe.ts";
import type { RunSettings } from "../../train/run-folder.ts";
import { flagsLine } from "../command-line.ts";
import type { Values } from "../option.ts";
import type { Context } from "../verb.ts";
import type { trainOptions } from "../verbs/train.ts";

export type TrainContext = Context<typeof trainOptions, Record<never, never>>;
export type TrainValues = Values<typeof trainOptions, Record<never, never>>;

/** Settings of a new run of so many steps, at the learning rate that suits its size. */
export const settingsOf =
  ({ values, given }: TrainContext, { learningRate }: Size) =>
  (steps: number): Settings => ({
    ...settings(values, learningRate, steps),
    command: `unmask train ${commandLine(values, given)}`,
  });

/** The shape of the networks: a named size, or what the flags say of it. */
export const shapeOf = (
  { layers, heads, width }: TrainValues,
  size: Size,
): Pick<Size, "layers" | "heads" | "width"> => ({
  layers: layers ?? size.layers,
  heads: heads ?? size.heads,
  width: width ?? size.width,
});

/** Flags that would be ignored beside `--init` are refused instead. */
export function checkInit({ values: { init }, given }: TrainContext): void {
  const shaping = ["size", "layers", "heads", "width", "tokenizer"].find((name) => given.has(name));
  if (init !== undefined && shaping !== undefined)
    throw new UnmaskError(
      "usage",
      `train: --init ${init} brings its own backbone and tokenizer; leave out --${shaping}`,
    );
}

/** How long: steps, or minutes. */
export const stepsOf = ({
  minutes,
  steps = usual.steps,
}: TrainValues): number | { minutes: number } => (minutes === undefined ? steps : { minutes });

/**
 * Refuses a batch whose attention weights alone, which the backward pass needs, don't fit into this
 * machine: the system would end the program without a word.
 */
export function checkMemory(
  { layers, heads }: Pick<Size, "layers" | "heads">,
  { batch, length }: TrainValues,
  places: number,
): void {
  const needed = 4 * layers * heads * batch * places ** 2;
  if (needed > totalmem())
    throw new UnmaskError(
      "usage",
      `train: --batch ${batch} of --length ${length ?? places} must fit into memory, got ` +
        `${formatBytes(needed)} for attention alone, this machine has ${formatBytes(totalmem())}; ` +
        `use a smaller one, and --accumulate`,
    );
}

function settings(values: TrainValues, sizeRate: number, steps: number): Omit<Settings, "command"> {
  const { data, valid, lr: peak = sizeRate, minLr: floor } = values;
  return { data: data!, valid, ...settingsFrom({ ...values, peak, floor }, steps) };
}

/** The flags that were given, as they could be typed again. */
const commandLine = (values: TrainValues, given: ReadonlySet<string>): string =>
  flagsLine(Object.fromEntries(Object.entries(values).filter(([name]) => given.has(name))));

/** Flags that a resumed run may change; everything else would make it another run. */
const changeable = new Set([
  "out",
  "resume",
  "steps",
  "evalEvery",
  "saveEvery",
  "device",
  "threads",
  "data",
  "valid",
]);

/** What a resumed run may change of its settings. */
export function extend({ values, given }: TrainContext): (settings: RunSettings) => RunSettings {
  const fixed = [...given].find((name) => !changeable.has(name));
  if (fixed !== undefined)
    throw new UnmaskError(
      "usage",
      `train: --resume goes on with the run as it was begun; --${fixed} can't change. ` +
        `Begin a new run in another --out, with --init ${values.out} if its weights are wanted`,
    );
  return (old) => ({
    ...old,
    steps: values.steps ?? old.steps,
    evalEvery: values.evalEvery ?? old.evalEvery,
    saveEvery: values.saveEvery ?? old.saveEvery,
    data: values.data ?? old.data,
    valid: values.valid ?? old.valid,
  });
}
