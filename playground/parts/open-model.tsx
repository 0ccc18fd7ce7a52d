/**
 * A model of the user's joins those of the page.
 *
 * @module
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { titleOf } from "../engine/engine.ts";
import type { PageEngine } from "../engine/index.ts";
import { openFiles } from "../engine/open-files.ts";
import { FileButton } from "./file-button.tsx";
import { Trouble } from "./trouble.tsx";
import { useTask } from "./use-task.ts";

/** The button, and what became of the files. */
export function OpenModel({
  engine,
  onOpened,
}: {
  readonly engine: PageEngine;
  onOpened(): void;
}): JSX.Element {
  const [said, say] = useState("");
  const task = useTask();
  return (
    <>
      <div class="exports" role="group" aria-label="A model of your own">
        <FileButton
          label="Open a model"
          accept=".zip,.json,.safetensors"
          multiple
          onOpen={(files) =>
            task.run(async () => {
              say("");
              const model = await openFiles(files);
              engine.add(model);
              say(`${titleOf(model)} is among the models now.`);
              onOpened();
            })
          }
        />
        <output>
          {said || "The files of its folder, or a zip of them. They stay in this tab."}
        </output>
      </div>
      <Trouble message={task.trouble} />
    </>
  );
}
