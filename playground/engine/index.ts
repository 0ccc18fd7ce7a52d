/**
 * The engine of this page: the server that it comes from, or the models of a static site.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { serverEngine } from "./server.ts";
import { modelList, siteEngine } from "./site.ts";

const list = modelList();

export const engine: Engine = list === undefined ? serverEngine : siteEngine(list);
