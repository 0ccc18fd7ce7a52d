/** What a recipe measured, on a page: between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. */
import { readFileSync, writeFileSync } from "node:fs";

/** Puts a text there, in place of what there was. Without the markers it says so, and ends the program. */
export function writeBetween(path, name, body) {
  const markers = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const page = readFileSync(path, "utf8");
  const [before, rest] = page.split(markers[0]);
  const after = rest?.split(markers[1])[1];
  if (after === undefined) {
    console.error(`${path}: must hold the markers ${markers.join(" and ")}`);
    process.exit(1);
  }
  writeFileSync(path, `${before}${markers[0]}\n\n${body}\n\n${markers[1]}${after}`);
}
