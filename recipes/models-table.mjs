/**
 * The scores of recipes/models.sh as a Markdown table, written between the markers of a page.
 *
 *     node recipes/models-table.mjs --scores DIR --page FILE --table MARKERS NAME ...
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeBetween } from "./between-markers.mjs";
import { tableLines } from "./table.mjs";
import { withError } from "./with-error.mjs";

const text = { type: "string" };
const { values, positionals: names } = parseArgs({
  options: { scores: text, page: text, table: text },
  allowPositionals: true,
});

const scoresOf = (name, what) =>
  JSON.parse(readFileSync(join(values.scores, `${name}.${what}.json`), "utf8"));

const rows = names
  .filter((name) => existsSync(join(values.scores, `${name}.generative.json`)))
  .map((name) => {
    const bound = scoresOf(name, "bound");
    const written = ["usual", "generative"].map((what) => scoresOf(name, what));
    return [
      `\`${name}\``,
      withError(bound.bitsPerCharacter, bound.bitsPerCharacterError, 2, bound),
      ...written.flatMap(({ perplexity, perplexityError, entropy }) => [
        withError(perplexity, perplexityError, 0),
        entropy.perText.toFixed(2),
      ]),
    ];
  });
const header = [
  "",
  "bits per character",
  "perplexity of its texts",
  "entropy",
  "perplexity, by its system's rule",
  "entropy",
];
writeBetween(values.page, values.table, tableLines(header, rows).join("\n"));
