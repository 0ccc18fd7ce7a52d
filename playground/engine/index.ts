/**
 * The engine of this page.
 *
 * @module
 */
import type { Engine } from "./engine.ts";
import { serverEngine } from "./server.ts";

export const engine: Engine = serverEngine;
