/**
 * `unmask/testing`: models whose answers are known exactly, to test samplers, rules, servers and
 * renderers without weights.
 *
 * @module
 */
export {
  enumeratedDenoiser,
  enumerateTexts,
  looDenoiser,
  textIndex,
} from "./testing/enumerated.ts";
export type { EnumeratedOptions, LooOptions } from "./testing/enumerated.ts";
export {
  oracleDenoiser,
  recorded,
  scriptedDenoiser,
  surveying,
  uniformDenoiser,
} from "./testing/denoisers.ts";
export type {
  OracleOptions,
  RecordedDenoiser,
  ScriptedOptions,
  World,
} from "./testing/denoisers.ts";
