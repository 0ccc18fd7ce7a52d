/**
 * All systems by name. A new one is its own file and one line here.
 *
 * @module
 */
import { lookUp } from "../errors.ts";
import { autoregressive } from "./autoregressive.ts";
import { mdlm } from "./mdlm.ts";
import type { SystemKind } from "./system.ts";

export const systems: Readonly<Record<string, SystemKind>> = { autoregressive, mdlm };

/** The system of this name, or an error that lists them. */
export const systemOf = (name: string): SystemKind => lookUp("system", name, systems);
