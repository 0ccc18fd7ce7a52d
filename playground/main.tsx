/**
 * The playground: a page of `unmask serve` on which models are watched while they write.
 *
 * @module
 */
import { render } from "preact";
import { App } from "./app.tsx";

render(<App />, document.getElementById("app")!);
