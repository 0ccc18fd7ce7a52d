/**
 * Regular expressions that would never end are told from those that published tokenizers have.
 */
import { expect, test } from "vitest";
import { gpt2Pattern, qwen2Pattern } from "./pattern.ts";
import { patternFault } from "./pattern-fault.ts";

const inUse = [
  gpt2Pattern,
  // Qwen2's and Llama 3's, without the inline flag that this engine may lack.
  qwen2Pattern.replace("(?i:", "(?:"),
  // GPT-4o's.
  "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{M}]*[\\p{Ll}\\p{M}]+(?:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  // DeepSeek's, and digits in threes from the right.
  "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*",
  "\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))",
  "(?:\\r?\\n){1,3}",
  // Our own words.
  " ?(?:(?!\\p{Script=Han})[\\p{L}\\p{M}])+(?:['\u2019](?:(?!\\p{Script=Han})[\\p{L}\\p{M}])+)*",
  "[(a+)+]+",
  "\\(a+\\)+",
];
test.each(inUse)("%s is let through", (pattern) => {
  expect(patternFault(new RegExp(pattern, "gu"))).toBeUndefined();
});

const endless = [
  "(a+)+b",
  "(?:a*)*b",
  "(a|a)*b",
  "(?:a|ab?)+c",
  "(?:(?:a?)b?){2,}",
  "(?:a+){9}b",
  "(?:\\p{L}+['x]?)*$",
  "[\\]](a+)+",
  "(?:ba*b*)*c",
  "(?:xa*x?)*c",
  "(?:\\wa+)*c",
  "(?:$a+)*c",
  "(?:ba+|c)*d",
];
test.each(endless)("%s is refused", (pattern) => {
  expect(patternFault(new RegExp(pattern, "gu"))).toContain("may take for ever");
});
