/**
 * What a system is: a network's reading of a canvas, a loss, and the way it likes to be sampled.
 *
 * @module
 */
import type { AttentionPattern } from "../nn/attention-mask.ts";
import type { Objective } from "../objective/objective.ts";

/** What a system must know of its tokens. */
export interface Vocabulary {
  /** Number of ids, the mask and the end included. */
  readonly size: number;
  readonly maskId: number;
  readonly endId: number;
}

/** What a person may choose of a system. */
export interface SystemOptions {
  /** Name of a noise schedule. */
  readonly schedule?: string | undefined;
}

/** A system at work on a vocabulary. */
export interface System {
  readonly objective: Objective;
  /**
   * - `beside`: the network sees the whole canvas; its output at a place is about that place.
   * - `before`: the network sees what lies left of a place (the canvas shifted right).
   */
  readonly sees: "beside" | "before";
}

/** One line of the table of systems. */
export interface SystemKind {
  readonly name: string;
  /** One line for people. */
  readonly summary: string;
  readonly paper: string;
  readonly attention: AttentionPattern;
  /** Whether places in the middle of a text can be filled. */
  readonly infills: boolean;
  /** The default noise schedule, for systems that have one. */
  readonly schedule: string | undefined;
  /** The reveal rule when nobody asks for another. */
  readonly rule: string;
  create(vocabulary: Vocabulary, options?: SystemOptions): System;
}
