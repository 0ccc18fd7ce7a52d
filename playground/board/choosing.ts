/**
 * Cells are chosen with the pointer, by a click or by drawing over several, and with the keyboard.
 *
 * @module
 */
import type { Cell } from "./cells.ts";
import type { Drawing } from "./drawing.ts";

export interface ChoosingOptions {
  readonly drawing: () => Drawing;
  readonly cells: readonly Cell[];
  readonly chosen: ReadonlySet<number>;
  readonly onChoose: (chosen: ReadonlySet<number>) => void;
  /** Where the keyboard is. */
  readonly pointed: Cell | undefined;
  readonly pointAt: (cell: Cell | undefined) => void;
}

const moves: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowRight: (at) => at + 1,
  ArrowDown: (at) => at + 1,
  ArrowLeft: (at) => at - 1,
  ArrowUp: (at) => at - 1,
  Home: () => 0,
  End: (_, last) => last,
};

/** What a board listens to. */
export function choosing(options: ChoosingOptions) {
  const { drawing, cells, chosen, onChoose, pointed, pointAt } = options;
  const set = (cell: Cell, isIn: boolean): void => {
    if (cell.kind === "end" || chosen.has(cell.place) === isIn) return;
    const next = new Set(chosen);
    if (isIn) next.add(cell.place);
    else next.delete(cell.place);
    onChoose(next);
  };
  const toggle = (cell: Cell): void => set(cell, !chosen.has(cell.place));
  return {
    onPointerDown(event: PointerEvent) {
      const cell = drawing().cellAt(event.target);
      if (cell !== undefined && event.button === 0) toggle(cell);
    },
    onPointerOver(event: PointerEvent) {
      const cell = drawing().cellAt(event.target);
      if (cell === undefined) return;
      pointAt(cell);
      // Drawn over with the button held: all get what the first one got, which is still pointed at.
      if (event.buttons === 1 && pointed !== undefined) set(cell, chosen.has(pointed.place));
    },
    onPointerLeave: () => pointAt(undefined),
    onKeyDown(event: KeyboardEvent) {
      const at = cells.findIndex(({ place }) => place === pointed?.place);
      const move = moves[event.key];
      if (move !== undefined) {
        const next = Math.max(0, Math.min(cells.length - 1, move(at, cells.length - 1)));
        const cell = cells[next];
        if (cell === undefined) return;
        pointAt(cell);
        drawing().elementOf(cell.place)?.scrollIntoView({ block: "nearest" });
        if (event.shiftKey) set(cell, true);
      } else if ((event.key === " " || event.key === "Enter") && pointed !== undefined)
        toggle(pointed);
      else if (event.key === "Escape") onChoose(new Set());
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  };
}
