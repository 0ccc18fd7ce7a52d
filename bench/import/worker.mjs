/** Quantises a folder and prints the peak of its own memory in bytes. */
import { readFileSync } from "node:fs";
import { quantiseFolder, precisions } from "../../dist/checkpoint/quantise/index.js";

const [source, out, kind] = process.argv.slice(2);
await quantiseFolder(source, out, { precision: precisions[kind] });
const [, kilobytes] = readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s+(\d+)/);
console.log(Number(kilobytes) * 1024);
