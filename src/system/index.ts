/**
 * All systems by name. A new one is its own file and one line here.
 *
 * @module
 */
import { makeFromSpec, makeVariant, parseSpec } from "../variant.ts";
import type { Variant } from "../variant.ts";
import { autoregressive } from "./autoregressive.ts";
import { bd3lm } from "./bd3lm.ts";
import { d3pm } from "./d3pm.ts";
import { dream } from "./dream.ts";
import { llada } from "./llada.ts";
import type { LatentSystemKind } from "./latent-system.ts";
import { mdlm } from "./mdlm.ts";
import { planner } from "./planner.ts";
import { renoise } from "./renoise.ts";
import { sedd } from "./sedd.ts";
import type { SystemKind } from "./system.ts";
import { udlm } from "./udlm.ts";

export const systems = {
  autoregressive,
  bd3lm,
  d3pm,
  dream,
  llada,
  mdlm,
  renoise,
  sedd,
  udlm,
} as const satisfies Readonly<Record<string, Variant<SystemKind>>>;

/** The system of this name with these options, or an error that lists the choices. */
export const systemOf = (
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): SystemKind => makeVariant<SystemKind>("system", name, systems, options);

/** The system that `--system` asks for: `mdlm`, or `mdlm:timesteps=1000,schedule=cosine`. */
export const systemFromSpec = (spec: string): SystemKind =>
  makeFromSpec<SystemKind>("system", spec, systems);

/** The systems whose canvas is vectors. A new one is its own file and one line here. */
export const latentSystems = {
  planner,
} as const satisfies Readonly<Record<string, Variant<LatentSystemKind>>>;

/** Whether a name, or a spec that begins with it, is that of a latent system. */
export const isLatent = (spec: string): boolean =>
  Object.hasOwn(latentSystems, parseSpec("system", spec).name);

/** The latent system of this name with these options. */
export const latentSystemOf = (
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): LatentSystemKind => makeVariant<LatentSystemKind>("system", name, latentSystems, options);

/** The latent system that `--system` asks for: `planner:latents=8`. */
export const latentSystemFromSpec = (spec: string): LatentSystemKind =>
  makeFromSpec<LatentSystemKind>("system", spec, latentSystems);

/** The system of either kind that `--system` asks for. */
export const anySystemFromSpec = (spec: string): SystemKind | LatentSystemKind =>
  makeFromSpec<SystemKind | LatentSystemKind>("system", spec, { ...systems, ...latentSystems });
