/**
 * What a system is: a network's reading of a canvas, a loss, and the way it likes to be sampled.
 *
 * @module
 */
import type { Process } from "../diffusion/process.ts";
import type { AttentionPattern } from "../nn/attention-mask.ts";
import type { NoiseSearch } from "../objective/noise-search.ts";
import type { Objective } from "../objective/objective.ts";
import type { Answers } from "../sample/denoiser.ts";
import { variant } from "../variant.ts";
import type { OptionDocs, OptionValues, VariantDocs, VariantFactory } from "../variant.ts";

/** What a system must know of its tokens. */
export interface Vocabulary {
  /** Number of ids, the mask and the end included. */
  readonly size: number;
  readonly maskId: number;
  readonly endId: number;
  /** A point in space for each id, [size][dimension], for processes that go to near tokens. */
  readonly embeddings?: readonly Float64Array[] | undefined;
}

/** A system at work on a vocabulary. */
export interface System {
  /** What it undoes; undefined where there is no noise. */
  readonly process: Process | undefined;
  /** The loss that training follows. */
  readonly objective: Objective;
  /** What scores a text: the likelihood, or the bound of it that the paper reports. */
  readonly bound: Objective;
  /** For systems that fit their training noise to the model. */
  readonly search?: NoiseSearch | undefined;
  /**
   * - `beside`: the network sees the whole canvas; its output at a place is about that place.
   * - `before`: the network sees what lies left of a place (the canvas shifted right).
   */
  readonly sees: "beside" | "before";
  /** What the network says of a place. Default: `x0`. */
  readonly answers?: Answers | undefined;
  /** What the network is told of a time in [0, 1]; undefined if it isn't told. */
  readonly tell?: ((time: number) => number) | undefined;
  /** SEDD: what log-scores are smaller than the network's output by, at a time. */
  readonly scoreShift?: ((time: number) => number) | undefined;
}

/** What a system's file says of it, once its options are known. */
export interface SystemParts {
  readonly attention: AttentionPattern;
  /** Whether places in the middle of a text can be filled. */
  readonly infills: boolean;
  /** Whether the network is told the time. */
  readonly timed: boolean;
  /** Whether the network's output at a place is about the next one. Default: no. */
  readonly predictsNext?: boolean | undefined;
  /** Whether the network can be given what it thought before. Default: no. */
  readonly selfConditions?: boolean | undefined;
  /** Whether its process needs embeddings of the tokens. Default: no. */
  readonly embeds?: boolean | undefined;
  /** The reveal rule when nobody asks for another, as `--rule` writes it. */
  readonly rule: string;
  create(vocabulary: Vocabulary): System;
}

/** A system with its options chosen. */
export interface SystemKind extends SystemParts {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly paper: string;
  /** Every option's value, as a model's configuration keeps them. */
  readonly options: Readonly<Record<string, number | boolean | string>>;
}

/** Joins a system's documentation and its parts: a line of the table. */
export function system<const Docs extends OptionDocs>(
  docs: Omit<VariantDocs<Docs>, "kind" | "paper"> & { readonly paper: string },
  parts: (options: OptionValues<Docs>) => SystemParts,
): VariantFactory<Docs, SystemKind> {
  const { name, summary, paper } = docs;
  return variant({ kind: "system", ...docs }, (options): SystemKind => ({
    name,
    summary,
    paper,
    options,
    ...parts(options),
  }));
}
