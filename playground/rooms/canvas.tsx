/**
 * Canvas: a text with holes is filled; settled tokens are opened again and written anew.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import type { Start } from "../../src/generate/task.ts";
import { flag, number, numberOrNone, text, useAddress } from "../address.ts";
import type { RoomProps } from "../app.tsx";
import { Board } from "../board/board.tsx";
import { cellsOf } from "../board/cells.ts";
import { Legend } from "../board/legend.tsx";
import { titleOf } from "../engine/engine.ts";
import { Exports } from "../export/exports.tsx";
import { Choice, NumberField, TextField } from "../parts/fields.tsx";
import { RuleField } from "../parts/rule-field.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { useTask } from "../parts/use-task.ts";
import { Counters } from "../player/counters.tsx";
import { PlayerBar } from "../player/player-bar.tsx";
import { units, viewAt } from "../player/units.ts";
import { useReplay } from "../player/use-replay.ts";
import { record } from "../recording.ts";
import type { Recording } from "../recording.ts";
import { previewOf } from "./preview.ts";
import { spansOf, textOf } from "./spans.ts";
import { tellWithLikeliest } from "./likeliest.ts";

const ranges = {
  count: { min: 1, max: 4096 },
  seed: { min: 0, max: 2 ** 32 },
  temperature: { min: 0, max: 10, step: "any" },
  guidance: { min: 0, max: 20, step: "any" },
  share: { min: 1, max: 100 },
} as const;

const fields = {
  model: text(""),
  text: text(
    "Tom the bear lived on the hill. He had a red kite, but he lost it.[[12]] Tom was not sad any more.",
  ),
  steps: numberOrNone(ranges.count),
  block: numberOrNone(ranges.count),
  rule: text(""),
  temperature: numberOrNone(ranges.temperature),
  guidance: numberOrNone(ranges.guidance),
  seed: number(0, ranges.seed),
  share: number(30, ranges.share),
  numbers: flag(false),
};

/** How many of the likeliest tokens are asked for. */
const likeliest = 5;

/** Tokens at most in a hole of the model's choice. */
const longest = 16;

/** The room. */
export function CanvasRoom({ models, engine }: RoomProps): JSX.Element {
  const able = models.filter(({ infills }) => infills);
  const [settings, change] = useAddress("canvas", fields);
  const model = able.find(({ id }) => id === settings.model) ?? able[0];
  /** What was written, and what it replaced. */
  const [past, setPast] = useState<readonly Recording[]>([]);
  const [chosen, choose] = useState<ReadonlySet<number>>(new Set());
  const recording = past.at(-1);
  const unit = units.passes;
  const shownRecordings = useMemo(() => (recording === undefined ? [] : [recording]), [recording]);
  const { player, ...bar } = useReplay(shownRecordings, unit);
  const task = useTask();
  const picture = useRef<HTMLDivElement>(null);
  const preview = useMemo(() => previewOf(settings.text), [settings.text]);

  const final = recording?.views.at(-1);
  const view =
    final === undefined
      ? preview.view
      : task.isRunning
        ? final
        : viewAt(recording!.views, unit, player.position)!;
  const canChoose = !task.isRunning && (final === undefined ? !preview.hasHoles : final.open === 0);

  const ask = (start: Start, steps: number, seed: number): void =>
    task.run(async (signal) => {
      choose(new Set());
      const { rule, block, temperature, guidance } = settings;
      const one = await record({
        title: titleOf(model!),
        engine,
        request: {
          model: model!.id,
          start,
          sampling: {
            steps: settings.steps,
            rule: rule || undefined,
            block,
            temperature,
            guidance,
          },
          seed,
          alternatives: likeliest,
        },
        steps: settings.steps ?? steps,
        signal,
        onChange: (soFar) => setPast([...past, soFar]),
      });
      setPast([...past, one]);
      player.seek(Infinity);
    });
  const fill = (): void =>
    ask({ kind: "fill", text: settings.text, longest }, preview.open, settings.seed);
  const current = final ?? preview.view;
  /** The same places opened twice shall not give the same text twice. */
  const seed = settings.seed + past.length;
  const refine = (): void => {
    const cells = cellsOf(current.stretches);
    const opened = spansOf(cells, chosen);
    ask({ kind: "edit", text: textOf(cells), opened }, chosen.size, seed);
  };
  const loosen = (): void => {
    const whole = textOf(cellsOf(current.stretches));
    ask({ kind: "edit", text: whole, opened: settings.share / 100 }, whole.length, seed);
  };
  const tell = useMemo(() => tellWithLikeliest(recording), [recording]);

  if (model === undefined)
    return (
      <>
        <h1>Canvas</h1>
        <p class="lead">
          Filling needs a model that sees both sides of a hole, and there is none here: serve a
          diffusion model, or train one in the Lab.
        </p>
      </>
    );
  return (
    <>
      <h1>Canvas</h1>
      <p class="lead">
        Write a text with holes, <code>[[12]]</code> for twelve tokens, and have them filled with
        both sides in view. Then open any token again and let the model reconsider.
      </p>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          setPast([]);
          fill();
        }}
      >
        <TextField
          label="Text"
          rows={3}
          value={settings.text}
          onChange={(next) => {
            change({ text: next });
            setPast([]);
            choose(new Set());
          }}
        />
        <div class="row">
          <Choice
            label="Model"
            value={model.id}
            choices={able.map(({ id }) => ({ value: id, name: id }))}
            onChange={(next) => change({ model: next })}
          />
          <NumberField
            label="Steps"
            value={settings.steps}
            range={ranges.count}
            otherwise="model's own"
            onChange={(steps) => change({ steps })}
          />
          <NumberField
            label="Temperature"
            value={settings.temperature}
            range={ranges.temperature}
            otherwise="model's own"
            onChange={(temperature) => change({ temperature })}
          />
          <div class="actions">
            {task.isRunning ? (
              <button type="button" class="primary" onClick={task.stop}>
                Stop
              </button>
            ) : (
              <button type="submit" class="primary" disabled={!preview.hasHoles}>
                Fill the holes
              </button>
            )}
          </div>
        </div>
        <details>
          <summary>Rule, block, guidance, seed</summary>
          <div class="row">
            <RuleField value={settings.rule} onChange={(rule) => change({ rule })} />
            <NumberField
              label="Block"
              doc="finish so many open places before the next"
              value={settings.block}
              range={ranges.count}
              otherwise="model's own"
              onChange={(block) => change({ block })}
            />
            <NumberField
              label="Guidance"
              doc="above 0, the given text counts for more"
              value={settings.guidance}
              range={ranges.guidance}
              otherwise="0"
              onChange={(guidance) => change({ guidance })}
            />
            <NumberField
              label="Seed"
              value={settings.seed}
              range={ranges.seed}
              onChange={(next) => change({ seed: next! })}
            />
          </div>
        </details>
      </form>
      <Trouble message={task.trouble} />

      <div class={settings.numbers ? "canvas numbered" : "canvas"} ref={picture}>
        <Board
          label="Text; chosen tokens are opened again"
          view={view}
          steps={recording?.steps ?? 0}
          ahead={task.isRunning ? undefined : final?.stretches}
          hint={canChoose ? "Click tokens, or draw over them, to open them again." : ""}
          tell={tell}
          chosen={chosen}
          onChoose={canChoose ? choose : ignore}
        />
        <Counters view={view} />
      </div>
      <div class="row below">
        <button
          type="button"
          class="primary"
          disabled={!canChoose || chosen.size === 0}
          onClick={refine}
        >
          {chosen.size === 0 ? "Refine what is chosen" : `Refine ${chosen.size} chosen`}
        </button>
        <button type="button" class="quiet" disabled={!canChoose} onClick={loosen}>
          Open {settings.share} % at random
        </button>
        <input
          type="range"
          aria-label="Share of the tokens to open, in percent"
          min={5}
          max={100}
          step={5}
          value={settings.share}
          onInput={(event) => change({ share: event.currentTarget.valueAsNumber })}
        />
        <button
          type="button"
          class="quiet"
          disabled={task.isRunning || past.length === 0}
          onClick={() => {
            setPast(past.slice(0, -1));
            choose(new Set());
            player.seek(Infinity);
          }}
        >
          Undo
        </button>
      </div>

      <PlayerBar
        player={player}
        {...bar}
        tell={unit.tell}
        speeds={unit.speeds}
        disabled={task.isRunning || recording === undefined}
      />
      <div class="row below">
        <Legend
          open="open"
          early="decided early"
          late="late"
          fresh="in this step"
          plain="given"
          numbers={settings.numbers}
          onNumbers={(numbers) => change({ numbers })}
        />
      </div>
      <Exports
        name="canvas"
        part={picture}
        recordings={shownRecordings}
        onTrouble={task.setTrouble}
      />
    </>
  );
}

const ignore = (): void => {};
