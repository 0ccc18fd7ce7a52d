/**
 * WebAssembly has threads on cross-origin isolated pages only. Where a static host can't send the headers for that, a
 * service worker adds them: `public/isolate.js`, from the second load on.
 *
 * @module
 */

const tried = "unmask-isolation";

/** Milliseconds that a service worker may take to start. */
const patience = 3000;

/**
 * Has the page isolated where it is not, as far as that goes: without it there is one thread.
 *
 * @returns whether the page is being loaded again, and nothing has to be drawn
 */
export async function isolate(): Promise<boolean> {
  // Types promise `serviceWorker`; pages without HTTPS have none.
  const { serviceWorker }: { serviceWorker?: ServiceWorkerContainer } = navigator;
  if (window.crossOriginIsolated || !serviceWorker || tried in window.sessionStorage) return false;
  window.sessionStorage.setItem(tried, "yes");
  const late = new Promise<undefined>((resolve) => setTimeout(resolve, patience, undefined));
  const ready = serviceWorker.register("isolate.js").then(() => serviceWorker.ready);
  const started = await Promise.race([ready.catch(() => undefined), late]);
  if (started === undefined) return false;
  window.location.reload();
  return true;
}
