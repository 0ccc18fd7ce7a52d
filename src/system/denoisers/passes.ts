/**
 * Forward passes over the new places of several canvases, each with a past of its own.
 *
 * @module
 */
import { cachedInputs } from "../../model/network.ts";
import type { Belief } from "../../sample/denoiser.ts";
import { integers } from "../../tensor/index.ts";
import type { Executable, Value } from "../../tensor/index.ts";
import { freshOutputs } from "./key-values.ts";
import { beliefInputs, timeInputs } from "./network-options.ts";
import type { NetworkOptions } from "./network-options.ts";
import { sharedPast } from "./shared-past.ts";
import type { PastOf, SharedPast } from "./shared-past.ts";

/** New places of one canvas, behind those that its cache holds. */
export interface Pass extends PastOf {
  /** Their tokens. */
  readonly tokens: Int32Array;
  /** The asked places among them. */
  readonly rows: Int32Array;
  readonly time: number;
  /** What was thought of new places before, counted from the first of them. */
  readonly belief?: Belief | undefined;
  /** How many of the new places the cache is to keep, the first ones. */
  readonly keeps: number;
}

/** What the program said of one pass: its rows begin at `from`. */
export interface PassResult {
  readonly results: Readonly<Record<string, Value>>;
  readonly from: number;
}

/** How many numbers of new places have a mirror of their pasts: canvases in different phases differ. */
const mostMirrors = 3;

/**
 * Carries passes out together, those with equally many new places in one run: a sum is then the same,
 * whoever else takes part.
 */
export function passRunner(
  executable: Executable,
  options: NetworkOptions,
): (passes: readonly Pass[], outputs: readonly string[]) => Promise<PassResult[]> {
  const { config } = options;
  const fresh = freshOutputs(config);
  const mirrors = new Map<number, SharedPast>();

  /** The mirror of passes over so many new places; the one that was used last stays longest. */
  const mirrorOf = (length: number): SharedPast => {
    const mirror = mirrors.get(length) ?? sharedPast(config);
    mirrors.delete(length);
    mirrors.set(length, mirror);
    for (const old of mirrors.keys()) if (mirrors.size > mostMirrors) mirrors.delete(old);
    return mirror;
  };

  const runEqual = async (
    passes: readonly Pass[],
    outputs: readonly string[],
  ): Promise<Map<Pass, PassResult>> => {
    const length = passes[0]!.tokens.length;
    const { rows: ordered, inputs } = mirrorOf(length)(passes);
    const rows = ordered.flatMap((pass, i) => Array.from(pass.rows, (row) => i * length + row));
    const stores = ordered.some(({ keeps }) => keeps > 0);
    const results = await executable.run(
      {
        tokens: integers(
          [ordered.length, length],
          ordered.flatMap(({ tokens }) => [...tokens]),
        ),
        rows: integers([rows.length], rows),
        ...cachedInputs(
          config,
          length,
          ordered.map(({ cache, offset }) => ({ start: cache.length, offset })),
        ),
        ...timeInputs(
          options,
          ordered.map(({ time }) => time),
        ),
        ...beliefInputs(
          options,
          length,
          ordered.map(({ belief }) => belief),
        ),
        ...inputs,
      },
      { outputs: stores ? [...outputs, ...fresh] : outputs },
    );
    let from = 0;
    const answers = new Map<Pass, PassResult>();
    ordered.forEach((pass, i) => {
      if (pass.keeps > 0) pass.cache.append(results, i, pass.keeps);
      answers.set(pass, { results, from });
      from += pass.rows.length;
    });
    return answers;
  };

  return async (passes, outputs) => {
    const groups = new Map<number, Pass[]>();
    for (const pass of passes)
      groups.set(pass.tokens.length, [...(groups.get(pass.tokens.length) ?? []), pass]);
    const answers = new Map<Pass, PassResult>();
    for (const group of groups.values())
      for (const [pass, answer] of await runEqual(group, outputs)) answers.set(pass, answer);
    return passes.map((pass) => answers.get(pass)!);
  };
}
