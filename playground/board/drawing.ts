/**
 * Draws cells as elements of a page, and touches only those that have changed: a canvas of a thousand
 * tokens is drawn again for every picture that the screen shows.
 *
 * @module
 */
import { describe, shadeOf, shown } from "./cells.ts";
import type { Cell } from "./cells.ts";
import { fewCells, haveMisjudged, rowAt, rowsOf } from "./rows.ts";
import type { Rows } from "./rows.ts";

/** What to draw. */
export interface Picture {
  readonly cells: readonly Cell[];
  /** The step just taken: what it decided is marked. */
  readonly step: number;
  /** The last step, whose shade is the darkest. */
  readonly steps: number;
  /**
   * What will stand at a place, where that is known. Then a decision changes colours only: nothing moves before the
   * reader's eyes, and the browser lays nothing out again.
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
  readonly word: Text;
  cell: Cell;
  text: string | undefined;
  look: string;
}

/**
 * Draws into an element that nobody else touches.
 *
 * @param options.role `option` where cells can be chosen
 */
export function drawingIn(parent: HTMLElement, { role }: { role?: "option" } = {}): Drawing {
  let drawn: Drawn[] = [];
  /** While a long text is written; then cells stand in these elements instead of in the parent. */
  let rows: Rows | undefined;
  let rowElements: HTMLElement[] = [];
  const byElement = new WeakMap<Element, Drawn>();
  const byPlace = new Map<number, Drawn>();

  const make = (cell: Cell): Drawn => {
    const element = document.createElement("span");
    element.className = "cell";
    if (role !== undefined) {
      element.setAttribute("role", role);
      element.setAttribute("aria-selected", "false");
      element.id = `${parent.id}-${cell.place}`;
    }
    const [gap, word] = [document.createTextNode(""), document.createTextNode("")];
    const inner = document.createElement("span");
    inner.append(word);
    element.append(inner);
    const one = { element, gap, word, cell, text: undefined, look: "" };
    byElement.set(element, one);
    byPlace.set(cell.place, one);
    return one;
  };
  const startAnew = (next: Rows | undefined): void => {
    rows = next;
    rowElements = (next?.starts ?? []).map(() => {
      const row = document.createElement("span");
      row.className = "row-of-cells";
      return row;
    });
    parent.replaceChildren(...rowElements);
    parent.style.setProperty("--slot", `${next?.slot.toFixed(2) ?? 0}em`);
    byPlace.clear();
    drawn = [];
  };
  /** Rows for a long text of which nobody knows what will stand in its open places. */
  const arrange = ({ cells, ahead }: Picture): void => {
    const isWritten = ahead === undefined && cells.length >= fewCells;
    if (!isWritten || !cells.some(({ kind }) => kind === "open")) {
      if (rows !== undefined) startAnew(undefined);
    } else if (rows === undefined || haveMisjudged(rows, cells)) {
      const { width, fontSize, paddingInline } = getComputedStyle(parent);
      const [em, room, edge] = [fontSize, width, paddingInline].map(Number.parseFloat);
      startAnew(rowsOf(cells, (room! - 2 * edge!) / em!));
    }
  };
  const parentOf = (place: number): HTMLElement =>
    rows === undefined ? parent : rowElements[rowAt(rows, place)]!;
  const remove = ({ element, gap, cell }: Drawn): void => {
    gap.remove();
    element.remove();
    byPlace.delete(cell.place);
  };
  const update = (one: Drawn, cell: Cell, { step, steps, ahead }: Picture): void => {
    const { kind, place } = cell;
    // Laid out as what will stand there, of which only the place is seen.
    const text = (kind === "open" ? ahead?.get(place) : undefined) ?? cell.text;
    const isDecided = kind === "decided" || (kind === "end" && cell.step > 0);
    const shade = isDecided ? shadeOf(cell.step, steps) : -1;
    const isFresh = isDecided && cell.step === step;
    const look = `${kind} ${shade} ${isFresh ? 1 : 0} ${cell.step}`;
    one.cell = cell;
    if (text !== one.text) {
      const [, space, rest] = /^( (?=\S))?(.*)$/s.exec(text)!;
      one.gap.data = space ?? "";
      one.word.data = shown(rest!);
      one.text = text;
    } else if (look === one.look) return;
    one.look = look;
    const { element } = one;
    element.dataset["kind"] = kind;
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
      arrange(picture);
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
          const row = parentOf(cell.place);
          const before = here?.gap.parentNode === row ? here.gap : null;
          row.insertBefore(one.gap, before);
          row.insertBefore(one.element, before);
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
