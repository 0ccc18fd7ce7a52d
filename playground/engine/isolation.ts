/**
 * WebAssembly has threads on cross-origin isolated pages only. Where a static host can't send the headers for that, a
 * service worker adds them: `public/isolate.js`, from the second load on.
 *
 * @module
 */

const tried = "unmask-isolation";

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
  try {
    await serviceWorker.register("isolate.js");
    await serviceWorker.ready;
  } catch {
    return false;
  }
  window.location.reload();
  return true;
}
