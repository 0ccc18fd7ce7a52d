/**
 * Options that mean the same in several systems.
 *
 * @module
 */
import { scheduleNames } from "../diffusion/schedules/index.ts";

/** `schedule`: how fast the noise comes. */
export const scheduleOption = <const Name extends string>(name: Name) =>
  ({
    type: "choice",
    default: name,
    choices: scheduleNames,
    summary: "how fast the noise comes",
  }) as const;
