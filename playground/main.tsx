/**
 * The playground: a page on which models are watched while they write, those of `unmask serve` or in the tab.
 *
 * @module
 */
import { render } from "preact";
import { App } from "./app.tsx";
import { isolate } from "./engine/isolation.ts";
import { modelList } from "./engine/site.ts";

// A server of ours sends the headers itself.
const isLeaving = modelList() !== undefined && (await isolate());
if (!isLeaving) render(<App />, document.getElementById("app")!);
