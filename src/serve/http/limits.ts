/**
 * What one request, and one client, may ask of the server.
 *
 * @module
 */

export interface Limits {
  /** Bytes of a request's body. */
  readonly bodyBytes: number;
  /** Seconds in which the head of a request must have arrived. */
  readonly headSeconds: number;
  /** Seconds in which all of it must have arrived. */
  readonly arrivalSeconds: number;
  /** Seconds for which the reader of a stream may take nothing. */
  readonly stallSeconds: number;
  /** Texts of one request: prompts times `n`. */
  readonly texts: number;
  /** Tokens to write in one text. */
  readonly tokens: number;
  /** Stop strings of one request. */
  readonly stops: number;
  readonly connections: number;
}

export const defaultLimits: Limits = {
  bodyBytes: 4 * 2 ** 20,
  headSeconds: 10,
  arrivalSeconds: 60,
  stallSeconds: 30,
  texts: 64,
  tokens: 4096,
  stops: 16,
  connections: 1024,
};
