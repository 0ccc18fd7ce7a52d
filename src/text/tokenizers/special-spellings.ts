/**
 * Texts in which some spellings stand for ids: added tokens everywhere, special tokens where a template
 * writes them.
 *
 * @module
 */

import { replacement } from "../tokenizer.ts";
import type { Template } from "../tokenizer.ts";

/** Cuts a text at the given spellings, which become their ids; the rest is encoded. */
export function splitAt(
  spellings: ReadonlyMap<string, number>,
  encode: (text: string) => Int32Array,
  expression: RegExp | undefined = anyOf(spellings.keys()),
): (text: string) => Int32Array {
  if (expression === undefined) return encode;
  return (text) => {
    const parts = text.split(expression);
    if (parts.length === 1) return encode(text);
    const ids = parts.map((part, i) =>
      i % 2 === 1 ? Int32Array.of(spellings.get(part)!) : encode(part),
    );
    const joined = new Int32Array(ids.reduce((sum, { length }) => sum + length, 0));
    let place = 0;
    for (const some of ids) {
      joined.set(some, place);
      place += some.length;
    }
    return joined;
  };
}

/** Unicode's first noncharacter: no text holds it. */
const guard = "\uFDD0";

/**
 * Cuts a filled-in template at the special spellings that the template wrote.
 *
 * What a person wrote gets a {@link guard} before each character of such a spelling, so that it is
 * not found, and loses it again before it is encoded. So a template may trim, split and compare what
 * it is given, and tokens form across the border of the two as they do in any text.
 */
export function templateEncoder(
  special: ReadonlyMap<string, number>,
  encode: (text: string) => Int32Array,
): (template: Template) => Int32Array {
  const expression = anyOf(special.keys(), `(?<!${guard})`);
  const split = splitAt(special, (text) => encode(text.replaceAll(guard, "")), expression);
  const found = expression && new RegExp(expression, "g");
  const plain = (text: string): string => {
    const written = text.replaceAll(guard, replacement);
    return found === undefined
      ? written
      : written.replace(found, (token) => token.replace(/./gsu, `${guard}$&`));
  };
  return (template) => split(typeof template === "string" ? template : template(plain));
}

/** Finds the longest of some spellings; `undefined` where there are none. */
function anyOf(spellings: Iterable<string>, before = ""): RegExp | undefined {
  const longestFirst = [...spellings].filter(Boolean).toSorted((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return undefined;
  const escaped = longestFirst.map((spelling) => spelling.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`${before}(${escaped.join("|")})`);
}
