/**
 * A canvas as it is drawn: the one component in which all rooms show texts.
 *
 * @module
 */
import type { JSX } from "preact";
import { useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Stretch, TextView } from "../../src/report/text-view.ts";
import { cellsOf, describe } from "./cells.ts";
import type { Cell } from "./cells.ts";
import { drawingIn } from "./drawing.ts";
import type { Drawing } from "./drawing.ts";
import { choosing } from "./choosing.ts";

export interface BoardProps {
  /** What it shows, for those who can't see it. */
  readonly label: string;
  readonly view: Pick<TextView, "stretches" | "step">;
  /** Steps of the whole text. */
  readonly steps: number;
  /** What the text will be, in a replay. */
  readonly ahead?: readonly Stretch[] | undefined;
  /** What is said while no cell is pointed at. */
  readonly hint?: string;
  /** Words for a cell. */
  readonly tell?: (cell: Cell, steps: number) => string;
  /** Places that are chosen; without it cells can't be. */
  readonly chosen?: ReadonlySet<number>;
  readonly onChoose?: (chosen: ReadonlySet<number>) => void;
}

/** Draws a view, and tells of the cell that is pointed at. */
export function Board({
  label,
  view,
  steps,
  ahead,
  hint = "",
  tell = describe,
  chosen,
  onChoose,
}: BoardProps): JSX.Element {
  const id = useId();
  const parent = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing>(undefined);
  const [pointed, point] = useState<Cell>();
  const canChoose = chosen !== undefined;

  useLayoutEffect(() => {
    drawing.current = drawingIn(parent.current!, canChoose ? { role: "option" } : {});
    return () => parent.current?.replaceChildren();
  }, [canChoose]);
  const cells = useMemo(() => cellsOf(view.stretches), [view.stretches]);
  const known = useMemo(
    () => ahead && new Map(cellsOf(ahead).map(({ place, text }) => [place, text])),
    [ahead],
  );
  useLayoutEffect(
    () => drawing.current!.draw({ cells, step: view.step, steps, ahead: known }),
    [cells, view.step, steps, known, canChoose],
  );
  useLayoutEffect(() => {
    if (chosen === undefined) return;
    for (const { place } of cells)
      drawing.current!.elementOf(place)?.setAttribute("aria-selected", String(chosen.has(place)));
  }, [cells, chosen]);

  const pointAt = (cell: Cell | undefined): void => {
    if (cell?.place !== pointed?.place || cell?.text !== pointed?.text) point(cell);
  };
  const handlers =
    chosen !== undefined && onChoose !== undefined
      ? choosing({ drawing: () => drawing.current!, cells, chosen, onChoose, pointed, pointAt })
      : {
          onPointerOver: (event: PointerEvent) => pointAt(drawing.current!.cellAt(event.target)),
          onPointerLeave: () => pointAt(undefined),
        };
  const isActive = pointed !== undefined && drawing.current?.elementOf(pointed.place) !== undefined;
  return (
    <div class="board">
      <div
        id={`board${id}`}
        class="cells"
        ref={parent}
        aria-label={label}
        {...(canChoose
          ? {
              role: "listbox",
              tabIndex: 0,
              "aria-multiselectable": "true",
              "aria-activedescendant": isActive ? `board${id}-${pointed.place}` : undefined,
            }
          : { role: "group", tabIndex: 0 })}
        {...handlers}
      />
      <p class="readout">{pointed === undefined ? hint : tell(pointed, steps)}</p>
    </div>
  );
}
