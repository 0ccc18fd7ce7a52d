/**
 * A part of the page drawn as SVG, from where its words stand: boxes with a background, and text.
 *
 * @module
 */

export interface Drawing {
  readonly source: string;
  readonly width: number;
  readonly height: number;
}

/** Around the drawing, in pixels. */
const margin = 16;

/** What is drawn: cells, and whatever says that it belongs to the picture. */
const drawnParts = ".cell, [data-drawn]";

/** Draws an element's cells and captions where they stand, in the colours that they have. */
export function svgOf(part: HTMLElement): Drawing {
  const frame = part.getBoundingClientRect();
  const width = Math.ceil(frame.width) + 2 * margin;
  const height = Math.ceil(frame.height) + 2 * margin;
  const paper = getComputedStyle(document.body).backgroundColor;
  const soft = getComputedStyle(part.querySelector(".readout") ?? part).color;
  const shapes = [...part.querySelectorAll<HTMLElement>(drawnParts)].flatMap((element) =>
    shapesOf(element, { x: frame.left - margin, y: frame.top - margin }),
  );
  const source = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    openPattern(rgb(soft)),
    `<rect width="${width}" height="${height}" fill="${rgb(paper)}"/>`,
    ...shapes,
    "</svg>",
  ].join("\n");
  return { source, width, height };
}

function shapesOf(element: HTMLElement, origin: { x: number; y: number }): string[] {
  const style = getComputedStyle(element);
  const boxes = [...element.getClientRects()].filter(({ width }) => width > 0);
  const isOpen = element.dataset["kind"] === "open";
  const fill = isOpen ? "url(#open)" : rgb(style.backgroundColor);
  const boxed = boxes.map(({ left, top, width, height }) =>
    fill === "none"
      ? ""
      : `<rect x="${fixed(left - origin.x)}" y="${fixed(top - origin.y)}" width="${fixed(width)}" height="${fixed(height)}" rx="3" fill="${fill}"/>`,
  );
  const texts = isOpen ? [] : textsOf(element, style, origin);
  return [...boxed.filter((shape) => shape !== ""), ...texts];
}

/** The dots of open places. */
const openPattern = (color: string): string =>
  `<defs><pattern id="open" width="4" height="4" patternUnits="userSpaceOnUse"><circle cx="2" cy="2" r="0.9" fill="${color}"/></pattern></defs>`;

/** The lines of an element's text, each at its place. */
function textsOf(
  element: HTMLElement,
  style: CSSStyleDeclaration,
  origin: { x: number; y: number },
): string[] {
  const size = Number.parseFloat(style.fontSize);
  const look = [
    `font-family="${escaped(style.fontFamily)}"`,
    `font-size="${fixed(size)}"`,
    `font-weight="${style.fontWeight}"`,
    `fill="${rgb(style.color)}"`,
    ...(style.textDecorationLine === "none" ? [] : ['text-decoration="underline"']),
  ].join(" ");
  return linesOf(element).map(
    ({ text, left, middle }) =>
      `<text x="${fixed(left - origin.x)}" y="${fixed(middle - origin.y + size * 0.35)}" xml:space="preserve" ${look}>${escaped(text)}</text>`,
  );
}

interface Line {
  text: string;
  readonly left: number;
  readonly middle: number;
}

/** The text of an element, cut where it breaks. */
function linesOf(element: HTMLElement): Line[] {
  const lines: Line[] = [];
  const range = document.createRange();
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode() !== null) {
    const node = walker.currentNode as Text;
    let at = 0;
    for (const character of node.data) {
      range.setStart(node, at);
      range.setEnd(node, (at += character.length));
      const box = range.getBoundingClientRect();
      if (box.width === 0) continue;
      const middle = (box.top + box.bottom) / 2;
      const line = lines.at(-1);
      if (line !== undefined && Math.abs(line.middle - middle) < box.height / 2)
        line.text += character;
      else lines.push({ text: character, left: box.left, middle });
    }
  }
  return lines.filter(({ text }) => text.trim() !== "");
}

const fixed = (x: number): string => x.toFixed(1).replace(/\.0$/, "");

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => entities[sign]!);

/** A colour as drawing programs know it; `none` for what can't be seen. */
function rgb(color: string): string {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = color;
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
  return alpha === 0 ? "none" : `rgb(${red},${green},${blue})`;
}
