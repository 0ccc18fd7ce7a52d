/**
 * All forward processes by name. A new one is its own file and one line here.
 *
 * @module
 */
import { lookUp } from "../../errors.ts";
import type { Process, ProcessKind, ProcessSetting } from "../process.ts";
import { absorbingKind } from "./absorbing.ts";
import { uniformKind } from "./uniform.ts";

/** Every process that can be asked for by name. */
export const processes = {
  absorbing: absorbingKind,
  uniform: uniformKind,
} as const satisfies Readonly<Record<string, ProcessKind>>;

/** The name of a process. */
export type ProcessName = keyof typeof processes;

/** Makes a process by name. */
export function createProcess(name: string, setting: ProcessSetting): Process {
  return lookUp<ProcessKind>("process", name, processes).create(setting);
}
