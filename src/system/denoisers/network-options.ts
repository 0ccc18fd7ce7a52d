/**
 * A network and what a denoiser must know to ask it.
 *
 * @module
 */
import { canvasProgram, surveyWidth } from "../../model/network.ts";
import type { TransformerConfig } from "../../model/transformer.ts";
import { timeFeatures } from "../../nn/time.ts";
import type { Belief, DenoiserTraits } from "../../sample/denoiser.ts";
import { floats } from "../../tensor/index.ts";
import type { Constant, Executable, Runtime, Value } from "../../tensor/index.ts";
import type { System } from "../system.ts";

/** How a network's answers are to be read. */
export type NetworkReading = Pick<System, "process" | "sees" | "answers" | "tell" | "scoreShift">;

export interface NetworkOptions {
  readonly runtime: Runtime;
  readonly system: NetworkReading;
  readonly config: TransformerConfig;
  readonly weights: Readonly<Record<string, Constant>>;
  readonly maskId: number;
  /** Tokens of a window in training. */
  readonly window: number;
}

/** What every denoiser of a network says of itself; those of scores give no surveys. */
export function networkTraits({ config, system, maskId }: NetworkOptions): DenoiserTraits {
  const { process, answers } = system;
  return {
    vocabulary: Math.max(config.vocabulary, maskId + 1),
    maskId,
    maxLength: undefined,
    process,
    answers,
    surveyWidth: answers === "score" ? undefined : surveyWidth(config),
  };
}

/** The network as a program that is ready to run, its weights inside. */
export function compileCanvas(
  { runtime, system, config, weights, maskId }: NetworkOptions,
  { cache }: { cache: boolean },
): Promise<Executable> {
  const program = canvasProgram(config, { maskId, scores: system.answers === "score", cache });
  return runtime.compile(program, { constants: weights });
}

/** What a network with a time condition is told; one that isn't told has the condition of no noise. */
export function timeInputs(
  { config, system }: Pick<NetworkOptions, "config" | "system">,
  times: readonly number[],
): Record<string, Value> {
  if (config.conditionWidth === 0) return {};
  return { time: timeFeatures(times.map((time) => system.tell?.(time) ?? 0)) };
}

/**
 * What self-conditioned networks are told of the `length` places of each canvas: beliefs whose places are
 * counted from the first of them, and 0 where there is none.
 */
export function beliefInputs(
  { config }: Pick<NetworkOptions, "config">,
  length: number,
  beliefs: readonly (Belief | undefined)[],
): Record<string, Value> {
  if (!config.selfConditions) return {};
  const { vocabulary } = config;
  const data = new Float32Array(beliefs.length * length * vocabulary);
  beliefs.forEach((belief, canvas) => {
    if (!belief) return;
    const { places, rows } = belief;
    // Its rows may have a column for a mask that the network doesn't know.
    const width = rows.length / places.length;
    places.forEach((place, i) => {
      if (place < 0 || place >= length) return;
      const row = rows.subarray(i * width, i * width + vocabulary);
      data.set(row, (canvas * length + place) * vocabulary);
    });
  });
  return { belief: floats([beliefs.length, length, vocabulary], data) };
}

/** The output that is about a place. */
export const rowOf = ({ predictsNext }: TransformerConfig, place: number): number =>
  predictsNext ? Math.max(0, place - 1) : place;
