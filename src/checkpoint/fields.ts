/**
 * JSON files field by field: what a configuration may say, and one line about what it may not.
 *
 * @module
 */
import { z } from "zod";
import { UnmaskError } from "../errors.ts";
import { shownIssue, shownMessage } from "../shown.ts";

/** JSON, or an error that names the file. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const reason = shownMessage((cause as Error).message);
    throw new UnmaskError("corrupt", `${where}: not JSON: ${reason}`, { cause });
  }
}

/**
 * A value by its schema.
 *
 * @param where how errors name the file
 * @param remedy what errors advise, if there is advice
 * @throws UnmaskError `corrupt` with the first field that doesn't fit, and what it holds
 */
export function readFields<T>(
  schema: z.ZodType<T>,
  value: unknown,
  where: string,
  remedy?: string,
): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = shownIssue(parsed.error.issues, value);
  throw new UnmaskError("corrupt", `${where}: ${issue}${remedy ? `; ${remedy}` : ""}`);
}

/** What is wrong with a name or a number in a file is the file's fault. */
export function inFile<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!UnmaskError.is(cause)) throw cause;
    throw new UnmaskError("corrupt", `${where}: ${cause.message}`, { cause });
  }
}

/** Tokens, places, heads or a width: no model has so many of any. */
export const size = z
  .int()
  .min(1)
  .max(2 ** 24);
/** Layers and experts, of which each is a part of the program. */
export const count = z.int().min(1).max(1024);
/** A token. */
export const id = z
  .int()
  .min(0)
  .max(2 ** 24);
/** What norms add before they divide. */
export const epsilon = z.number().positive().max(1);
/** The base of rotary angles, or by how much they are stretched. */
export const stretch = z
  .number()
  .min(1)
  .max(2 ** 40);
