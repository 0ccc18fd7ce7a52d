/**
 * All families of published checkpoints. A new one is its own file and one line here.
 *
 * @module
 */
import type { Family } from "../layout.ts";
import { decoder } from "./decoder.ts";
import { dit } from "./dit.ts";
import { gpt2 } from "./gpt2.ts";
import { lladaMoe } from "./llada-moe.ts";
import { llada } from "./llada.ts";
import { llada2 } from "./llada2.ts";
import { sedd } from "./sedd.ts";

export const families: readonly Family[] = [decoder, dit, gpt2, llada, lladaMoe, llada2, sedd];
