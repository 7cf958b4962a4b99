// Keeps the installer's page usable without a connection. It answers for that page and for the files it needs;
// everything else goes to the server as ever.
const KNOWN = {{ known|safe }};
const FAMILY = `installer ${KNOWN.page} `;
const CACHE = FAMILY + KNOWN.version;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(CACHE);
    // A log-in page in its place must not be kept.
    await cache.add(new Request(KNOWN.offline, { cache: "no-store", redirect: "error" }));
    await cache.addAll(KNOWN.assets);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(FAMILY) && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { pathname } = new URL(request.url);
  if (request.mode === "navigate" && pathname === KNOWN.page) event.respondWith(page(request));
  else if (request.method === "GET" && KNOWN.assets.includes(pathname)) event.respondWith(asset(request));
});

async function page(request) {
  try {
    return await fetch(request);
  } catch {
    return caches.match(KNOWN.offline);
  }
}

async function asset(request) {
  return (await caches.match(request)) ?? fetch(request);
}
