/**
 * The page: its rooms, and the models that they share.
 *
 * @module
 */
import type { ComponentType, JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { UnmaskError } from "../src/errors.ts";
import { roomOf } from "./address.ts";
import type { Model } from "./engine/engine.ts";
import { pageEngine } from "./engine/index.ts";
import type { PageEngine } from "./engine/index.ts";
import { createLab } from "./lab/lab.ts";
import type { Lab } from "./lab/lab.ts";
import { KeyForm } from "./parts/key-form.tsx";
import { OpenModel } from "./parts/open-model.tsx";
import { Trouble, troubleOf } from "./parts/trouble.tsx";
import { CanvasRoom } from "./rooms/canvas.tsx";
import { LabRoom } from "./rooms/lab.tsx";
import { CompareRoom } from "./rooms/compare.tsx";
import { NoiseRoom } from "./rooms/noise.tsx";
import { RaceRoom } from "./rooms/race.tsx";

/** What a room is given. */
export interface RoomProps {
  readonly models: readonly Model[];
  /** Who writes. */
  readonly engine: PageEngine;
  /** What is being trained, whichever room is entered. */
  readonly lab: Lab;
}

interface Room {
  readonly name: string;
  readonly View: ComponentType<RoomProps>;
  /** Whether it shows anything without a model. */
  readonly needsModels: boolean;
}

/** All rooms; a new one is its own file and one line here. */
const rooms: Readonly<Record<string, Room>> = {
  race: { name: "Race", View: RaceRoom, needsModels: true },
  canvas: { name: "Canvas", View: CanvasRoom, needsModels: true },
  noise: { name: "Noise", View: NoiseRoom, needsModels: false },
  lab: { name: "Lab", View: LabRoom, needsModels: false },
  compare: { name: "Compare", View: CompareRoom, needsModels: false },
};

const engine = pageEngine();
const lab = createLab();

const current = (): string => (Object.hasOwn(rooms, roomOf()) ? roomOf() : "race");

/** The whole page. */
export function App(): JSX.Element {
  const [room, enter] = useState(current);
  const [visit, setVisit] = useState(0);
  useEffect(() => {
    const onChange = (): void => {
      enter(current());
      // A link that is followed within the page brings its own settings.
      setVisit((before) => before + 1);
    };
    window.addEventListener("hashchange", onChange);
    return () => window.removeEventListener("hashchange", onChange);
  }, []);
  const { models, trouble, isLocked, load } = useModels(room);
  const { name, View, needsModels } = rooms[room]!;
  useEffect(() => void (document.title = `${name} · unmask`), [name]);

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => skip(event)}>
        Skip to content
      </a>
      <header class="top">
        <span class="mark">unmask</span>
        <nav aria-label="Rooms">
          {Object.entries(rooms).map(([key, { name: title }]) => (
            <a key={key} href={`#${key}`} aria-current={key === room ? "page" : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {needsModels && isLocked && <KeyForm onKey={load} />}
        {needsModels && !isLocked && <Trouble message={trouble} />}
        {(!needsModels || models !== undefined) && (
          <View key={`${room} ${visit}`} models={models ?? []} engine={engine} lab={lab} />
        )}
        {needsModels && !isLocked && <OpenModel engine={engine} onOpened={load} />}
      </main>
    </>
  );
}

/** Moves on without touching the address, which holds settings. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

/** The models, looked up again in each room: one may have joined. */
function useModels(room: string) {
  const [models, setModels] = useState<readonly Model[]>();
  const [trouble, setTrouble] = useState<string>();
  const [isLocked, setLocked] = useState(false);
  const load = useCallback(() => {
    engine.models().then(
      (found) => {
        setModels(found);
        setLocked(false);
        setTrouble(undefined);
      },
      (error: unknown) => {
        setLocked(UnmaskError.is(error) && error.code === "missing");
        setTrouble(troubleOf(error));
      },
    );
  }, []);
  useEffect(load, [load, room]);
  return { models, trouble, isLocked, load };
}
