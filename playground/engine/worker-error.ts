/**
 * What a worker fails with outside of what it answers: it could not be loaded, or it broke.
 *
 * @module
 */

/** Tells of a failure in the worker's own words, or in these where it has none. */
export function onWorkerError(
  worker: Worker,
  otherwise: string,
  tell: (reason: string) => void,
): void {
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    tell(event.message || otherwise);
  });
}
