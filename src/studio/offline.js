// Keeps the page's files, so that it opens without a network. FILES and VERSION are written by the build.

const FILES = "__FILES__";
const VERSION = "__VERSION__";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  const gone = (names) => names.filter((name) => name.startsWith("dofx-studio-") && name !== VERSION);
  event.waitUntil(caches.keys().then((names) => Promise.all(gone(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});
self.addEventListener("fetch", (event) => {
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((kept) => kept ?? fetch(event.request)));
});
