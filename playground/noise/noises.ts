/**
 * The kinds of noise that the page shows, made of the project's own processes.
 *
 * @module
 */
import type { Process } from "../../src/diffusion/process.ts";
import { createProcess } from "../../src/diffusion/processes/index.ts";
import { createRates } from "../../src/diffusion/rates/index.ts";
import type { Schedule } from "../../src/diffusion/schedule.ts";
import type { States } from "../../src/diffusion/transition.ts";

/** Steps from clean to noise, for all of them. */
export const noiseSteps = 100;

export interface NoiseSetting {
  readonly states: States;
  readonly schedule: Schedule;
  /** Places of the sentence, and of a block. */
  readonly length: number;
  readonly block: number;
}

/** A process, and the time at which each place is when the whole text is at t. */
export interface Noise {
  readonly process: Process;
  timeOf(place: number, t: number): number;
}

interface NoiseKind {
  readonly name: string;
  readonly doc: string;
  /** Whether it runs by a schedule. */
  readonly hasSchedule: boolean;
  readonly hasBlocks: boolean;
  create(setting: NoiseSetting): Noise;
}

const everywhere = (_: number, t: number): number => t;

/** All kinds by name. */
export const noises = {
  absorbing: {
    name: "Absorbing",
    doc: "Each token falls silent once and for ever. MDLM, LLaDA and D3PM learn to undo this.",
    hasSchedule: true,
    hasBlocks: false,
    create: (setting) => ({ process: createProcess("absorbing", setting), timeOf: everywhere }),
  },
  uniform: {
    name: "Uniform",
    doc: "Each token is replaced by any other, again and again. UDLM and SEDD learn to undo this; no token is ever final.",
    hasSchedule: true,
    hasBlocks: false,
    create: (setting) => ({ process: createProcess("uniform", setting), timeOf: everywhere }),
  },
  gaussian: {
    name: "Gaussian",
    doc: "Each token walks to tokens with near numbers, by a bell curve that widens (D3PM). Characters and bytes are numbered as in Unicode, words by how often they occur.",
    hasSchedule: false,
    hasBlocks: false,
    create: ({ states }) => ({
      process: createProcess("gaussian", {
        states,
        steps: noiseSteps,
        // Wide enough that every token is about as likely as any other in the end.
        rates: createRates("linear", { low: 1e-4, high: 0.03 }),
      }),
      timeOf: everywhere,
    }),
  },
  block: {
    name: "Block",
    doc: "Absorbing noise, the last block first: what BD3-LM undoes block after block from the left.",
    hasSchedule: true,
    hasBlocks: true,
    create(setting) {
      const { length, block } = setting;
      const count = Math.ceil(length / block);
      return {
        process: createProcess("absorbing", setting),
        timeOf(place, t) {
          const later = count - 1 - Math.floor(place / block);
          return Math.min(1, Math.max(0, t * count - later));
        },
      };
    },
  },
} as const satisfies Readonly<Record<string, NoiseKind>>;

export type NoiseName = keyof typeof noises;
