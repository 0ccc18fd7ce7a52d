/**
 * The runs of a folder: which are drawn, how far they are, and what their last losses were.
 *
 * @module
 */
import type { JSX } from "preact";
import { formatNumber } from "../../src/report/number-format.ts";
import type { Curves } from "./curves.ts";
import type { Run } from "./local-runs.ts";
import { Swatch } from "./report-view.tsx";

export interface ListedRun {
  readonly run: Run;
  readonly isDrawn: boolean;
  /** Of those that are drawn. */
  readonly curves: Curves | undefined;
}

/** Seconds without a new line after which a run counts as stopped. */
const patience = 60;

/** A row for each run. */
export function RunList({
  runs,
  onDraw,
}: {
  readonly runs: readonly ListedRun[];
  onDraw(run: Run, isDrawn: boolean): void;
}): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Runs: table">
      <table>
        <thead>
          <tr>
            <th scope="col">run</th>
            <th scope="col" class="number">
              step
            </th>
            <th scope="col" class="number">
              training loss
            </th>
            <th scope="col" class="number">
              validation
            </th>
            <th scope="col">state</th>
          </tr>
        </thead>
        <tbody>
          {runs.map(({ run, isDrawn, curves }, index) => {
            const last = curves?.training.at(-1);
            const valid = curves?.validation.at(-1);
            const step = Math.max(last?.x ?? 0, valid?.x ?? 0);
            return (
              <tr key={run.id}>
                <th scope="row">
                  <label class="check">
                    <input
                      type="checkbox"
                      checked={isDrawn}
                      onChange={(event) => onDraw(run, event.currentTarget.checked)}
                    />
                    <Swatch index={index} />
                    {run.id}
                  </label>
                </th>
                <td class="number">
                  {curves === undefined ? "–" : step} of {run.steps}
                </td>
                <td class="number">{last === undefined ? "–" : formatNumber(last.y)}</td>
                <td class="number">
                  {valid === undefined
                    ? "–"
                    : `${curves!.isBound ? "≤ " : ""}${formatNumber(valid.y)}`}
                </td>
                <td>{curves === undefined ? "" : stateOf(run, step)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

function stateOf({ steps, updated }: Run, step: number): string {
  if (step >= steps) return "finished";
  return Date.now() / 1000 - updated < patience ? "training now" : "stopped";
}
