/** The figures in the tables of a section: those that have an error, but those of time. */

/**
 * By their rows and columns. How far one model is behind another is found by both, whoever is ahead.
 *
 * @param {string} section
 * @returns {Map<string, { column: string, value: number, error: number }>}
 */
export function figuresOf(section) {
  const figures = new Map();
  let header;
  for (const line of section.split("\n")) {
    if (!line.startsWith("|")) {
      header = undefined;
      continue;
    }
    const cells = line.split("|").slice(1, -1);
    header ??= cells.map((cell) => cell.trim());
    for (const [at, cell] of cells.entries()) {
      const figure = figureIn(cell);
      if (figure === undefined || header[at].endsWith("/s")) continue;
      const [key, told] = placeOf(header, cells, at, figure);
      figures.set(key, { column: header[at], ...told });
    }
  }
  return figures;
}

function figureIn(cell) {
  const [, value, error] = cell.match(/(-?[\d.]+)[ %]*± ([\d.]+)/) ?? [];
  return error === undefined
    ? undefined
    : { value: +value, error: +error, isRatio: cell.includes(" times") };
}

/** What a figure is called, and the figure. */
function placeOf(header, cells, at, { value, error, isRatio }) {
  const [, ahead] = header[at].match(/^behind (.*)$/) ?? [];
  if (ahead === undefined) {
    const named = (cell, i) => !cell.includes("±") && header[i] !== "n";
    const row = cells.filter(named).join(" ").trim().replaceAll(/\s+/g, " ");
    return [`${row}|${header[at]}`, { value, error }];
  }
  const behind = cells[0].trim();
  const [first, second] = behind < ahead ? [behind, ahead] : [ahead, behind];
  const key = `${first} behind ${second}|${header[0]}`;
  if (behind === first) return [key, { value, error }];
  const turned = isRatio
    ? { value: 1 / value, error: error / value ** 2 }
    : { value: -value, error };
  return [key, turned];
}
