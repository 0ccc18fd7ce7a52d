/**
 * Noise: the forward process on any sentence, in the page itself.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { createSchedule, scheduleNames, schedules } from "../../src/diffusion/schedules/index.ts";
import type { ScheduleName } from "../../src/diffusion/schedules/index.ts";
import { choice, flag, number, text, useAddress } from "../address.ts";
import { Board } from "../board/board.tsx";
import type { Cell } from "../board/cells.ts";
import { Legend } from "../board/legend.tsx";
import { Exports } from "../export/exports.tsx";
import { sentenceOf, unitsOfText } from "../noise/alphabets.ts";
import type { Sentence, TextUnit } from "../noise/alphabets.ts";
import { Curve } from "../noise/curve.tsx";
import { noises, noiseSteps } from "../noise/noises.ts";
import type { NoiseName } from "../noise/noises.ts";
import { intact, pathOf, survival } from "../noise/path.ts";
import { Choice, NumberField, Switch, TextField } from "../parts/fields.tsx";
import { Trouble } from "../parts/trouble.tsx";
import { PlayerBar } from "../player/player-bar.tsx";
import { usePlayer } from "../player/use-player.ts";
import { replay } from "../recording.ts";
import type { Recording, TimedFrame } from "../recording.ts";

const examples = [
  "파이썬은 배우기 쉬운 언어다",
  "AI가 미래를 바꿀 것이다",
  "Once upon a time there was a fox.",
];

const fields = {
  text: text(examples[0]!),
  unit: choice(Object.keys(unitsOfText) as TextUnit[], "characters"),
  noise: choice(Object.keys(noises) as NoiseName[], "absorbing"),
  schedule: choice(scheduleNames as ScheduleName[], "log-linear"),
  block: number(4, { min: 1, max: 256 }),
  seed: number(1, { min: 0, max: 2 ** 32 }),
  t: number(0.5, { min: 0, max: 1, step: "any" }),
  numbers: flag(false),
};
type Settings = { readonly [K in keyof typeof fields]: (typeof fields)[K]["usual"] };

/** Characters of a sentence that are shown. */
const longest = 2000;

const speeds = [
  { value: 0.2, name: "forward" },
  { value: 0.05, name: "slowly" },
  { value: -0.2, name: "backward" },
];
const marks = Array.from({ length: noiseSteps + 1 }, (_, step) => step / noiseSteps);

/** The room. */
export function NoiseRoom(): JSX.Element {
  const [settings, change] = useAddress("noise", fields);
  const { text: typed, unit, noise: noiseName, schedule, block, seed, numbers } = settings;
  const [speed, setSpeed] = useState(speeds[0]!.value);
  const player = usePlayer(1, speed);
  const [trouble, setTrouble] = useState<string>();
  const picture = useRef<HTMLDivElement>(null);
  const source = Array.from(typed).slice(0, longest).join("");

  const { seek } = player;
  // Once: where the link says.
  useEffect(() => seek(settings.t), []);
  const { position: t, playing } = player;
  useEffect(() => {
    if (!playing && t !== settings.t) change({ t: Number(t.toFixed(4)) });
  }, [playing, t]);

  const sentence = useSentence(source, unit);
  const world = useMemo(
    () => sentence && forward(sentence, { noise: noiseName, schedule, block, seed }),
    [sentence, noiseName, schedule, block, seed],
  );
  const at = Math.round(t * noiseSteps);
  const view = world?.recording.views[at];
  const kind = noises[noiseName];
  const share = world?.drawn[at] ?? 1;

  return (
    <>
      <h1>Noise</h1>
      <p class="lead">
        What a diffusion model learns to undo. At t = 0 the sentence is clean, at t = 1 nothing is
        left of it. Each step is drawn from the one before.
      </p>
      <div class="panel">
        <TextField label="Sentence" value={typed} onChange={(next) => change({ text: next })} />
        <p class="examples">
          {examples.map((example) => (
            <button
              key={example}
              type="button"
              class="quiet"
              onClick={() => change({ text: example })}
            >
              {example}
            </button>
          ))}
        </p>
        <div class="row">
          <Switch
            label="In"
            value={unit}
            choices={Object.entries(unitsOfText).map(([value, { name }]) => ({
              value: value as TextUnit,
              name,
            }))}
            onChange={(next) => change({ unit: next })}
          />
          <Switch
            label="Noise"
            value={noiseName}
            choices={Object.entries(noises).map(([value, { name }]) => ({
              value: value as NoiseName,
              name,
            }))}
            onChange={(next) => change({ noise: next })}
          />
        </div>
        <div class="row">
          {kind.hasSchedule && (
            <Choice
              label="Schedule"
              doc={schedules[schedule].docs.summary}
              value={schedule}
              choices={scheduleNames.map((name) => ({ value: name, name }))}
              onChange={(next) => change({ schedule: next as ScheduleName })}
            />
          )}
          {kind.hasBlocks && (
            <NumberField
              label="Tokens of a block"
              value={block}
              range={{ min: 1, max: 256 }}
              onChange={(next) => change({ block: next! })}
            />
          )}
          <NumberField
            label="Seed"
            value={seed}
            range={{ min: 0, max: 2 ** 32 }}
            onChange={(next) => change({ seed: next! })}
          />
        </div>
        <p class="aside">{kind.doc}</p>
      </div>
      <Trouble message={trouble} />

      <div class="noise">
        <div
          class={`${numbers ? "numbered" : ""} ${unit === "bytes" ? "spaced" : ""}`}
          ref={picture}
        >
          <Board
            label={`The sentence at t = ${t.toFixed(2)}`}
            view={view ?? nothing}
            steps={noiseSteps}
            ahead={unit === "bytes" ? undefined : world?.recording.views[0]!.stretches}
            hint={`${Math.round(100 * share)} % of ${sentence?.states.length ?? 0} ${unit} are still their own.`}
            tell={(cell) => tellOf(cell, sentence)}
          />
        </div>
        {world && <Curve expected={world.expected} drawn={world.drawn} t={t} />}
      </div>
      <PlayerBar
        player={player}
        length={1}
        marks={marks}
        tell={(position) => `t = ${position.toFixed(2)}`}
        speed={speed}
        speeds={speeds}
        onSpeed={setSpeed}
      />
      <div class="row below">
        <Legend
          open="masked"
          early="replaced early"
          late="late"
          fresh="just now"
          plain="clean"
          numbers={numbers}
          onNumbers={(next) => change({ numbers: next })}
        />
      </div>
      <Exports
        name="noise"
        part={picture}
        recordings={world ? [world.recording] : []}
        onTrouble={setTrouble}
      />
    </>
  );
}

const nothing = { stretches: [], step: 0 } as const;

/** The sentence in its unit, as soon as the tokenizer is made; the one before until then. */
function useSentence(source: string, unit: TextUnit): Sentence | undefined {
  const [sentence, set] = useState<Sentence>();
  useEffect(() => {
    let isWanted = true;
    void sentenceOf(source, unit).then((made) => {
      if (isWanted) set(made);
    });
    return () => void (isWanted = false);
  }, [source, unit]);
  return sentence;
}

/** A path of noise as a recording, its share of intact tokens at each time, and the expected one. */
function forward(
  { states, size, show }: Sentence,
  { noise: name, schedule, block, seed }: Pick<Settings, "noise" | "schedule" | "block" | "seed">,
): { recording: Recording; expected: number[]; drawn: number[] } {
  const noise = noises[name].create({
    states: { size: size + 1, maskId: size },
    schedule: createSchedule(schedule),
    length: states.length,
    block,
  });
  const path = pathOf(states, noise, seed);
  const frames = path.map((now, step): TimedFrame => {
    const before = path[step - 1] ?? now;
    const pieces = Array.from(now, (state, place) => {
      const open = state === size;
      const changed = !open && state !== before[place];
      return { text: open ? "" : show(state), places: 1, open, changed, confidence: 1 };
    });
    const open = pieces.filter((piece) => piece.open).length;
    return { step, passes: 0, open, pieces, at: step / noiseSteps };
  });
  const title = `${noises[name].name} noise`;
  const request = { noise: name, schedule, block, seed };
  return {
    recording: replay({ title, request, frames, seed, likeliest: [] }),
    expected: survival(states, noise),
    drawn: path.map((now) => intact(states, now)),
  };
}

function tellOf({ place, kind, text: now, step }: Cell, sentence: Sentence | undefined): string {
  const state = sentence?.states[place];
  const was = state === undefined ? "" : `“${sentence!.show(state)}”`;
  if (kind === "open") return `masked; it was ${was}`;
  if (kind === "given") return `${was}, still clean`;
  return `“${now}” since t = ${(step / noiseSteps).toFixed(2)}; it was ${was}`;
}
