/**
 * A service worker that adds to the page and its files the headers that WebAssembly's threads need, for hosts that can't
 * send them. It keeps nothing.
 */
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (new URL(request.url).origin === self.location.origin) event.respondWith(isolated(request));
});

async function isolated(request) {
  const { body, status, statusText, headers: sent } = await fetch(request);
  const headers = new Headers(sent);
  headers.set("cross-origin-opener-policy", "same-origin");
  headers.set("cross-origin-embedder-policy", "require-corp");
  return new Response(body, { status, statusText, headers });
}
