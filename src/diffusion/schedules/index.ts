/**
 * All noise schedules by name. A new one is its own file and one line here.
 *
 * @module
 */
import type { Schedule } from "../schedule.ts";
import { makeVariant } from "../../variant.ts";
import type { Variant } from "../../variant.ts";
import { cosine } from "./cosine.ts";
import { cosineSquared } from "./cosine-squared.ts";
import { geometric } from "./geometric.ts";
import { linear } from "./linear.ts";
import { log } from "./log.ts";
import { logLinear } from "./log-linear.ts";
import { polynomial } from "./polynomial.ts";

/** Every schedule that can be asked for by name. */
export const schedules = {
  "log-linear": logLinear,
  linear,
  geometric,
  cosine,
  "cosine-squared": cosineSquared,
  polynomial,
  log,
} as const satisfies Readonly<Record<string, Variant<Schedule>>>;

/** The name of a schedule. */
export type ScheduleName = keyof typeof schedules;

/** The names, for choices of options. */
export const scheduleNames: readonly string[] = Object.keys(schedules);

/**
 * Makes a schedule by name.
 *
 * @example
 * ```ts
 * createSchedule("log-linear").alpha(0.25); // 0.75025
 * createSchedule("polynomial", { power: 3 });
 * ```
 */
export function createSchedule(
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): Schedule {
  return makeVariant<Schedule>("schedule", name, schedules, options);
}
