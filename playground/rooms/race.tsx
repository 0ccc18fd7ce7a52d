/**
 * Race: one prompt, several models side by side.
 *
 * Texts are written one after the other, so that each model has the machine for itself, and then replayed
 * beside each other.
 *
 * @module
 */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { choice, flag, list, number, numberOrNone, text, useAddress } from "../address.ts";
import type { RoomProps } from "../app.tsx";
import { Legend } from "../board/legend.tsx";
import { titleOf } from "../engine/engine.ts";
import type { Model, Request } from "../engine/engine.ts";
import { Exports } from "../export/exports.tsx";
import { NumberField, Switch, TextField } from "../parts/fields.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { useTask } from "../parts/use-task.ts";
import { PlayerBar } from "../player/player-bar.tsx";
import { prefersStillness } from "../player/use-player.ts";
import { useReplay } from "../player/use-replay.ts";
import { units, viewAt } from "../player/units.ts";
import type { Unit, UnitName } from "../player/units.ts";
import { record } from "../recording.ts";
import type { Recording } from "../recording.ts";
import { Column, LaneSettings } from "./lane.tsx";
import type { Lane } from "./lane.tsx";

const ranges = {
  length: { min: 1, max: 4096 },
  seed: { min: 0, max: 2 ** 32 },
  steps: { min: 1, max: 4096 },
  temperature: { min: 0, max: 10, step: "any" },
} as const;

const laneFields = {
  model: text(""),
  steps: numberOrNone(ranges.steps),
  block: numberOrNone(ranges.steps),
  rule: text(""),
};

const fields = {
  prompt: text("Mia the fox lived by the river."),
  length: number(48, ranges.length),
  seed: number(0, ranges.seed),
  temperature: numberOrNone(ranges.temperature),
  unit: choice(Object.keys(units) as UnitName[], "seconds"),
  numbers: flag(false),
  lanes: list<Lane>(laneFields),
};

const mostLanes = 4;

type Settings = { readonly [K in keyof typeof fields]: (typeof fields)[K]["usual"] };

/** An autoregressive model beside a diffusion model that takes half the steps, where there are both. */
function usualLanes(models: readonly Model[], length: number): Lane[] {
  const of = (model: Model, steps?: number): Lane => ({
    model: model.id,
    steps,
    block: undefined,
    rule: "",
  });
  const causal = models.find(({ system }) => system === "autoregressive");
  const diffusing = models.filter((model) => model !== causal);
  const [first, second = first] = diffusing;
  if (first === undefined || second === undefined) return causal === undefined ? [] : [of(causal)];
  const half = of(first, Math.ceil(length / 2));
  return causal === undefined ? [of(second, length), half] : [of(causal), half];
}

/** What is asked of a model; chat models answer the prompt, others go on from it. */
function requestOf(
  { id, infills, paced, chats }: Model,
  { steps, block, rule }: Lane,
  {
    prompt,
    length,
    seed,
    temperature,
  }: Pick<Settings, "prompt" | "length" | "seed" | "temperature">,
): Request {
  return {
    model: id,
    start: chats
      ? { kind: "answer", messages: [{ role: "user", content: prompt }], length }
      : { kind: "continue", prompt, length },
    sampling: {
      temperature,
      ...(paced ? { steps } : {}),
      ...(infills ? { block, rule: rule || undefined } : {}),
    },
    seed,
  };
}

/** The room. */
export function RaceRoom({ models, engine }: RoomProps): JSX.Element {
  const [settings, change] = useAddress("race", fields);
  const { prompt, length, seed, temperature, unit: unitName, numbers } = settings;
  const known = settings.lanes.filter((lane) => models.some(({ id }) => id === lane.model));
  const lanes = known.length > 0 ? known : usualLanes(models, length);
  const unit: Unit = units[unitName];
  const [recordings, setRecordings] = useState<readonly Recording[]>([]);
  /** Whether they come from a file. */
  const [isOpened, setOpened] = useState(false);
  const task = useTask();
  const { player, ...bar } = useReplay(recordings, unit);
  const picture = useRef<HTMLDivElement>(null);

  const race = (): void =>
    task.run(async (signal) => {
      setOpened(false);
      setRecordings([]);
      const done: Recording[] = [];
      for (const lane of lanes) {
        const model = models.find(({ id }) => id === lane.model)!;
        const recording = await record({
          title: titleOf(model),
          engine,
          request: requestOf(model, lane, settings),
          before: model.chats ? "" : prompt,
          steps: (model.paced ? lane.steps : undefined) ?? length,
          signal,
          onChange: (soFar) => setRecordings([...done, soFar]),
        });
        done.push(recording);
        setRecordings([...done]);
      }
      player.seek(0);
      if (!prefersStillness()) player.play();
    });
  const open = (opened: readonly Recording[]): void => {
    task.stop();
    setRecordings(opened);
    setOpened(true);
    player.seek(0);
  };
  const setLanes = (next: readonly Lane[]): void => change({ lanes: next });
  const columns = isOpened ? recordings.length : lanes.length;

  return (
    <>
      <h1>Race</h1>
      <p class="lead">
        One prompt, several models. An autoregressive model writes one token with each forward pass,
        from left to right; a diffusion model starts from open places and decides several at once,
        wherever it is sure. One that plans says a whole paragraph with each of its guesses.
      </p>
      <form
        class="panel"
        onSubmit={(event) => {
          event.preventDefault();
          race();
        }}
      >
        <TextField label="Prompt" value={prompt} onChange={(next) => change({ prompt: next })} />
        <div class="row">
          <NumberField
            label="Tokens"
            value={length}
            range={ranges.length}
            onChange={(next) => change({ length: next! })}
          />
          <NumberField
            label="Temperature"
            value={temperature}
            range={ranges.temperature}
            otherwise="model's own"
            onChange={(next) => change({ temperature: next })}
          />
          <NumberField
            label="Seed"
            value={seed}
            range={ranges.seed}
            onChange={(next) => change({ seed: next! })}
          />
          <div class="actions">
            {task.isRunning ? (
              <button type="button" class="primary" onClick={task.stop}>
                Stop
              </button>
            ) : (
              <button type="submit" class="primary" disabled={lanes.length === 0}>
                Race
              </button>
            )}
          </div>
        </div>
      </form>
      <Trouble message={task.trouble} />

      <div class={numbers ? "columns numbered" : "columns"} ref={picture} data-count={columns}>
        {Array.from({ length: columns }, (_, i) => {
          const recording = recordings[i];
          const view = task.isRunning
            ? recording?.views.at(-1)
            : recording && viewAt(recording.views, unit, player.position);
          return (
            <Column
              key={i}
              title={recording?.title ?? ""}
              recording={recording}
              view={view}
              isNext={task.isRunning && i === recordings.length}
              isReplay={!task.isRunning}
            >
              {!isOpened && (
                <LaneSettings
                  models={models}
                  lane={lanes[i]!}
                  number={i + 1}
                  range={ranges.steps}
                  onChange={(lane) => setLanes(lanes.with(i, lane))}
                  onRemove={lanes.length > 1 ? () => setLanes(lanes.toSpliced(i, 1)) : undefined}
                />
              )}
            </Column>
          );
        })}
      </div>
      {!isOpened && lanes.length > 0 && lanes.length < mostLanes && (
        <button type="button" class="quiet add" onClick={() => setLanes([...lanes, lanes.at(-1)!])}>
          + Another model
        </button>
      )}

      <PlayerBar
        player={player}
        {...bar}
        tell={unit.tell}
        speeds={unit.speeds}
        disabled={task.isRunning || recordings.length === 0}
      />
      <div class="row below">
        <Switch
          label="Beside each other"
          value={unitName}
          choices={Object.entries(units).map(([value, { name, doc }]) => ({
            value: value as UnitName,
            name,
            doc,
          }))}
          onChange={(next) => change({ unit: next })}
        />
        <Legend
          open="open"
          early="decided early"
          late="late"
          fresh="in this step"
          plain="given"
          numbers={numbers}
          onNumbers={(next) => change({ numbers: next })}
        />
      </div>
      <Exports
        name="race"
        part={picture}
        recordings={recordings}
        onOpen={open}
        onTrouble={task.setTrouble}
      />
      <p class="note">
        The models write in turn, so that each has the machine for itself; then all are played
        together. Seconds count from the first frame of each.
      </p>
    </>
  );
}
