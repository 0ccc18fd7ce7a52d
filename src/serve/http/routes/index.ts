/**
 * The routes that write texts. A new one is its own file and one line here; the server, its metrics and
 * `/openapi.json` learn of it from the table.
 *
 * @module
 */
import type { WritingRoute } from "../order.ts";
import { chat } from "./chat.ts";
import { completions } from "./completions.ts";
import { edits } from "./edits.ts";
import { fim } from "./fim.ts";
import { infill } from "./infill.ts";

export const writingRoutes: readonly WritingRoute[] = [completions, chat, fim, infill, edits];
