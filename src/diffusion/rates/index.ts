/**
 * All rates of chains by name. A new one is its own file and one line here.
 *
 * @module
 */
import type { ChainRates } from "../chain-rates.ts";
import { makeVariant } from "../../variant.ts";
import type { Variant } from "../../variant.ts";
import { cosine } from "./cosine.ts";
import { linear } from "./linear.ts";
import { mutualInformation } from "./mutual-information.ts";
import { standard } from "./standard.ts";

/** Every kind of rates that can be asked for by name. */
export const rates = {
  standard,
  linear,
  cosine,
  "mutual-information": mutualInformation,
} as const satisfies Readonly<Record<string, Variant<ChainRates>>>;

/** The names, for choices of options. */
export const rateNames: readonly string[] = Object.keys(rates);

/**
 * Makes the rates of a chain by name.
 *
 * @example
 * ```ts
 * createRates("standard").betas(4, undefined); // [1/4, 1/3, 1/2, 1]
 * ```
 */
export const createRates = (
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): ChainRates => makeVariant<ChainRates>("rates", name, rates, options);
