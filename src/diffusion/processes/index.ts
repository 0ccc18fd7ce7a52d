/**
 * All forward processes by name. A new one is its own file and one line here.
 *
 * @module
 */
import { lookUp } from "../../errors.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import { absorbingGaussianKind } from "./absorbing-gaussian.ts";
import { absorbingNearestKind } from "./absorbing-nearest.ts";
import { absorbingUniformKind } from "./absorbing-uniform.ts";
import { absorbingKind } from "./absorbing.ts";
import { bandKind } from "./band.ts";
import { gaussianKind } from "./gaussian.ts";
import { nearestSinkhornKind } from "./nearest-sinkhorn.ts";
import { nearestKind } from "./nearest.ts";
import { uniformKind } from "./uniform.ts";

/** Every process that can be asked for by name. */
export const processes = {
  absorbing: absorbingKind,
  uniform: uniformKind,
  "absorbing-uniform": absorbingUniformKind,
  band: bandKind,
  gaussian: gaussianKind,
  "absorbing-gaussian": absorbingGaussianKind,
  nearest: nearestKind,
  "nearest-sinkhorn": nearestSinkhornKind,
  "absorbing-nearest": absorbingNearestKind,
} as const satisfies Readonly<Record<string, ProcessKind>>;

/** The names, for choices of options. */
export const processNames: readonly string[] = Object.keys(processes);

/** The name of a process. */
export type ProcessName = keyof typeof processes;

/** Makes a process by name. */
export function createProcess(name: string, setting: ProcessSetting): Process {
  return lookUp<ProcessKind>("process", name, processes).create(setting);
}
