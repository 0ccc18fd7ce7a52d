/**
 * A lane of the race: a model with its settings, and its text.
 *
 * @module
 */
import type { ComponentChildren, JSX } from "preact";
import type { Range } from "../address.ts";
import { Board } from "../board/board.tsx";
import { Choice, NumberField } from "../parts/fields.tsx";
import { RuleField } from "../parts/rule-field.tsx";
import { Counters } from "../player/counters.tsx";
import type { TextView } from "../../src/report/text-view.ts";
import type { Recording } from "../recording.ts";
import type { Model } from "../engine/engine.ts";

export interface Lane {
  readonly model: string;
  readonly steps: number | undefined;
  readonly block: number | undefined;
  /** A spec; empty for the model's own. */
  readonly rule: string;
}

const nothing = { stretches: [], step: 0, passes: 0, written: 0, open: 0, seconds: 0 } as const;

/** A lane's text with its counters, below whatever heads it. */
export function Column({
  title,
  recording,
  view,
  isNext,
  isReplay,
  children,
}: {
  readonly title: string;
  readonly recording: Recording | undefined;
  readonly view: TextView | undefined;
  /** Whether its first step is being waited for. */
  readonly isNext: boolean;
  readonly isReplay: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section class="column" aria-label={title === "" ? "Not run yet" : title}>
      {children}
      <h2 data-drawn>{title}</h2>
      <Board
        label={`Text of ${title === "" ? "a model that has not run yet" : title}`}
        view={view ?? nothing}
        steps={recording?.steps ?? 0}
        ahead={isReplay ? recording?.views.at(-1)?.stretches : undefined}
        hint={view === undefined ? hintOf(isNext) : ""}
      />
      <Counters view={view ?? nothing} />
    </section>
  );
}

const hintOf = (isNext: boolean): string =>
  isNext
    ? "Waiting for the first step; a model that was not used before is loaded first."
    : "The text appears here.";

/** Which model, and how it is sampled. */
export function LaneSettings({
  models,
  lane,
  number,
  range,
  onChange,
  onRemove,
}: {
  readonly models: readonly Model[];
  readonly lane: Lane;
  /** Of the lane, from 1. */
  readonly number: number;
  readonly range: Range;
  onChange(lane: Lane): void;
  readonly onRemove: (() => void) | undefined;
}): JSX.Element {
  // Autoregressive models take one token after the other, whatever is asked; planners have steps, but no places to choose.
  const { paced = false, infills = false } = models.find(({ id }) => id === lane.model) ?? {};
  const { steps, block, rule } = lane;
  const said = [
    steps === undefined ? "own steps" : `${steps} steps`,
    ...(infills ? [rule === "" ? "own rule" : rule] : []),
  ];
  return (
    <div class="lane">
      <div class="lane-head">
        <Choice
          label={`Model ${number}`}
          value={lane.model}
          choices={models.map(({ id }) => ({ value: id, name: id }))}
          onChange={(model) => onChange({ ...lane, model })}
        />
        {onRemove !== undefined && (
          <button
            type="button"
            class="quiet"
            aria-label={`Remove model ${number}`}
            onClick={onRemove}
          >
            ×
          </button>
        )}
      </div>
      {paced ? (
        <details>
          <summary>{said.join(" · ")}</summary>
          <div class="stack">
            <NumberField
              label="Steps"
              value={steps}
              range={range}
              otherwise="model's own"
              onChange={(next) => onChange({ ...lane, steps: next })}
            />
            {infills && (
              <>
                <NumberField
                  label="Block"
                  doc="finish so many tokens before the next are begun"
                  value={block}
                  range={range}
                  otherwise="model's own"
                  onChange={(next) => onChange({ ...lane, block: next })}
                />
                <RuleField value={rule} onChange={(next) => onChange({ ...lane, rule: next })} />
              </>
            )}
          </div>
        </details>
      ) : (
        <p class="aside">one token a pass</p>
      )}
    </div>
  );
}
