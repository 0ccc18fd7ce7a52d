/** The browser-safe entry. @module */
export { UnmaskError } from "./errors.ts";
