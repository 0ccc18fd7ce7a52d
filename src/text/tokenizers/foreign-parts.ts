/**
 * The parts of a foreign `tokenizer.json` that change and cut a text: what the library would follow
 * without end is found before it is used.
 *
 * @module
 */
import { shown } from "../../shown.ts";
import { patternFault } from "./pattern-fault.ts";

/** Objects that describe a part, one inside another; the longest in use have about ten. */
const mostObjects = 1000;
/** How many characters all replacements together may make of one. */
const mostGrowth = 1024;

/** Names under which parts hold what they put in place of a character. */
const replacements = ["content", "prepend", "replacement", "str_rep"];

/** What is wrong with the description of a part, in words; undefined if it may be opened. */
export function partFault(description: unknown): string | undefined {
  let [count, growth] = [0, 1];
  for (const part of within(description)) {
    if (++count > mostObjects) return `it may have ${mostObjects} parts, got more`;
    const type = part["type"];
    if (type === "FixedLength" && !(Number.isInteger(part["length"]) && Number(part["length"]) > 0))
      return `FixedLength: length must be an integer >= 1, got ${shown(part["length"])}`;
    if ((type === "Split" || type === "Replace") && !isPattern(part["pattern"]))
      return `${type}: pattern must be a Regex or a String, got ${shown(part["pattern"])}`;
    for (const name of replacements)
      if (typeof part[name] === "string") growth *= Math.max(1, part[name].length);
    if (growth > mostGrowth)
      return `its replacements may make ${mostGrowth} characters of one, got more`;
  }
  return undefined;
}

/** What is wrong with the regular expressions of an opened part; undefined if they may be run. */
export function expressionFault(opened: unknown): string | undefined {
  for (const part of within(opened))
    for (const value of Object.values(part)) {
      const fault = value instanceof RegExp ? patternFault(value) : undefined;
      if (fault !== undefined) return fault;
    }
  return undefined;
}

const isPattern = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  ["Regex", "String"].some((kind) => typeof Reflect.get(value, kind) === "string");

/** A part, and all objects that it holds, each once. */
function* within(root: unknown): Generator<Readonly<Record<string, unknown>>> {
  const found = new Set<object>();
  const add = (value: unknown): void => {
    // The library's parts are functions.
    if ((typeof value === "object" || typeof value === "function") && value !== null)
      found.add(value);
  };
  add(root);
  // A set is walked to what was added meanwhile.
  for (const object of found) {
    yield object as Readonly<Record<string, unknown>>;
    Object.values(object).forEach(add);
  }
}
