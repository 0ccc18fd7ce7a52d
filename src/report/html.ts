/**
 * HTML as text, in which everything that is put in is escaped.
 *
 * @module
 */

/** Text that is markup already. */
export interface Html {
  readonly markup: string;
}

type Part = string | number | Html | readonly Html[] | undefined;

/**
 * A template whose values are escaped, unless they are markup themselves. Undefined is nothing.
 *
 * @example
 * ```ts
 * html`<td>${"a < b"}</td>`.markup; // "<td>a &lt; b</td>"
 * ```
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const texts = strings.map((string, i) => string + (i < parts.length ? markupOf(parts[i]) : ""));
  return { markup: texts.join("") };
}

/** Markup from elsewhere, taken as it is. */
export const trusted = (markup: string): Html => ({ markup });

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return "markup" in part ? part.markup : part.map(({ markup }) => markup).join("");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text in which nothing is markup; control characters, which HTML has no place for, become U+FFFD. */
export const escaped = (text: string): string =>
  text
    // oxlint-disable-next-line no-control-regex -- control characters are what this is about
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g, "\uFFFD")
    .replace(/[&<>"']/g, (character) => entities[character]!);
