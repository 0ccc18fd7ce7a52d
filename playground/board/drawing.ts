/**
 * Draws cells as elements of a page, and touches only those that have changed: a canvas of a thousand
 * tokens is drawn again for every picture that the screen shows.
 *
 * @module
 */
import { describe, shadeOf, shown } from "./cells.ts";
import type { Cell } from "./cells.ts";

/** What to draw. */
export interface Picture {
  readonly cells: readonly Cell[];
  /** The step just taken: what it decided is marked. */
  readonly step: number;
  /** The last step, whose shade is the darkest. */
  readonly steps: number;
  /**
   * What will stand at a place, where that is known: an open place is as wide. So nothing moves in a replay, for the
   * reader's sake, and the browser need not draw again what has not changed.
   */
  readonly ahead?: ReadonlyMap<number, string> | undefined;
}

export interface Drawing {
  draw(picture: Picture): void;
  /** The cell of an element, or of one that it lies in. */
  cellAt(target: EventTarget | null): Cell | undefined;
  elementOf(place: number): HTMLElement | undefined;
}

interface Drawn {
  readonly element: HTMLElement;
  /** The space before a word, outside its box, so that lines break between boxes. */
  readonly gap: Text;
  cell: Cell;
  look: string;
}

/**
 * Draws into an element that nobody else touches.
 *
 * @param options.role `option` where cells can be chosen
 */
export function drawingIn(parent: HTMLElement, { role }: { role?: "option" } = {}): Drawing {
  let drawn: Drawn[] = [];
  const byElement = new WeakMap<Element, Drawn>();
  const byPlace = new Map<number, Drawn>();

  const widthOf = textWidths(parent);
  const make = (cell: Cell): Drawn => {
    const element = document.createElement("span");
    element.className = "cell";
    if (role !== undefined) {
      element.setAttribute("role", role);
      element.setAttribute("aria-selected", "false");
      element.id = `${parent.id}-${cell.place}`;
    }
    const one = { element, gap: document.createTextNode(""), cell, look: "" };
    byElement.set(element, one);
    byPlace.set(cell.place, one);
    return one;
  };
  const remove = ({ element, gap, cell }: Drawn): void => {
    gap.remove();
    element.remove();
    byPlace.delete(cell.place);
  };
  const update = (one: Drawn, cell: Cell, { step, steps, ahead }: Picture): void => {
    const { kind, place } = cell;
    const comes = ahead?.get(place);
    const width = comes === undefined ? undefined : widthOf(comes);
    const text = kind === "open" && comes?.startsWith(" ") === true ? ` ${cell.text}` : cell.text;
    const isWide = width !== undefined && (kind === "open" || text === comes);
    const isDecided = kind === "decided" || (kind === "end" && cell.step > 0);
    const shade = isDecided ? shadeOf(cell.step, steps) : -1;
    const isFresh = isDecided && cell.step === step;
    const look = `${kind} ${shade} ${isFresh ? 1 : 0} ${cell.step} ${isWide ? 1 : 0} ${text}`;
    one.cell = cell;
    if (look === one.look) return;
    one.look = look;
    const { element } = one;
    const [, space, rest] = /^( (?=\S))?(.*)$/s.exec(text)!;
    one.gap.data = space ?? "";
    element.textContent = shown(rest!);
    element.dataset["kind"] = kind;
    // What can't break is a box of its own, so that a line is laid out again without shaping its texts.
    element.classList.toggle("solid", !/\s/.test(rest!));
    element.style.width = isWide ? `${width}px` : "";
    element.classList.toggle("fresh", isFresh);
    if (isDecided) {
      element.dataset["shade"] = String(shade);
      element.dataset["step"] = String(cell.step);
    } else {
      delete element.dataset["shade"];
      delete element.dataset["step"];
    }
    if (role !== undefined) element.setAttribute("aria-label", describe(cell, steps));
  };

  return {
    draw(picture) {
      const { cells } = picture;
      const next: Drawn[] = [];
      let at = 0;
      for (const cell of cells) {
        // Both are in the order of their places.
        while (at < drawn.length && drawn[at]!.cell.place < cell.place) remove(drawn[at++]!);
        const here = drawn[at];
        const isKept = here !== undefined && here.cell.place === cell.place;
        if (isKept) at += 1;
        const one = isKept ? here : make(cell);
        if (!isKept) {
          parent.insertBefore(one.gap, here?.gap ?? null);
          parent.insertBefore(one.element, here?.gap ?? null);
        }
        update(one, cell, picture);
        next.push(one);
      }
      while (at < drawn.length) remove(drawn[at++]!);
      drawn = next;
    },
    cellAt(target) {
      const element = target instanceof Element ? target.closest(".cell") : null;
      return element === null ? undefined : byElement.get(element)?.cell;
    },
    elementOf: (place) => byPlace.get(place)?.element,
  };
}

/** Widths of words in the font of an element, without the space before them; undefined for what may break. */
function textWidths(parent: HTMLElement): (text: string) => number | undefined {
  const context = document.createElement("canvas").getContext("2d")!;
  const known = new Map<string, number | undefined>();
  return (text) => {
    if (known.has(text)) return known.get(text);
    if (known.size === 0) context.font = getComputedStyle(parent).font;
    const word = text.replace(/^ (?=\S)/, "");
    const width = /\s/.test(word) ? undefined : Math.ceil(context.measureText(word).width);
    known.set(text, width);
    return width;
  };
}
