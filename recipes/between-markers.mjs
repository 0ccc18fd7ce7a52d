/** What a recipe measured, on a page: between `<!-- NAME: begin -->` and `<!-- NAME: end -->`. */
import { readFileSync, writeFileSync } from "node:fs";

/** What stands before, between and behind the markers. Without them it says so, and ends the program. */
function partsOf(path, name) {
  const markers = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, rest] = readFileSync(path, "utf8").split(markers[0]);
  const [inside, after] = rest?.split(markers[1]) ?? [];
  if (after === undefined) {
    console.error(`${path}: must hold the markers ${markers.join(" and ")}`);
    process.exit(1);
  }
  return { before: `${before}${markers[0]}`, inside, after: `${markers[1]}${after}` };
}

/** What stands there. */
export const between = (path, name) => partsOf(path, name).inside;

/** Puts a text there, in place of what there was. */
export function writeBetween(path, name, body) {
  const { before, after } = partsOf(path, name);
  writeFileSync(path, `${before}\n\n${body}\n\n${after}`);
}
