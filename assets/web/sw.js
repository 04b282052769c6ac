// The builds on this device. A build is a list of paths and the SHA-256 of what stands there: it is installed whole
// or not at all, and nothing else is ever served while it is in charge. Contents are kept under their hash, so that
// two builds share what they have in common; the former build stays until the new one has started once, and comes
// back when the new one failed twice before.
const BUILD = "{build}", FILES = "{files}";
const SCOPE = self.registration.scope;
const AT_ONCE = 4;
const FAILURES = 2;
const FORGOTTEN = 7 * 24 * 3600 * 1000; // milliseconds: what is left of a build that never got whole

const open = { contents: () => caches.open("tablet-contents"), notes: () => caches.open("tablet-notes") };
const keyOf = (hash) => `${SCOPE}by-content/${hash}`;

async function readNote(name) {
  const found = await (await open.notes()).match(`${SCOPE}notes/${name}`);
  return found ? found.json() : null;
}
const writeNote = async (name, value) => (await open.notes()).put(`${SCOPE}notes/${name}`, Response.json(value));

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const isOf = async (body, hash) => hex(await crypto.subtle.digest("SHA-256", body)) === hash;

// From the browser's own cache when the server says that it is still right; and past that cache when it turns out not
// to be: a transfer that was damaged once would otherwise be found there for ever.
async function fetchContent(path, hash) {
  for (const cache of ["no-cache", "reload"]) {
    const answer = await fetch(SCOPE + path, { cache });
    if (answer.ok && await isOf(await answer.clone().arrayBuffer(), hash)) {
      await (await open.contents()).put(keyOf(hash), answer.clone());
      return answer;
    }
  }
  throw new Error(`not of build ${BUILD}: ${path}`);
}

// Installing ------------------------------------------------------------------------------------------------------

async function install() {
  await writeNote(`builds/${BUILD}`, { files: FILES, at: Date.now() }); // from now on a tidy-up leaves its contents
  const contents = await open.contents();
  const there = new Set((await contents.keys()).map((request) => request.url));
  const lacking = Object.entries(FILES).filter(([, hash]) => !there.has(keyOf(hash)));
  const fetchNext = async () => {
    for (let next = lacking.pop(); next; next = lacking.pop()) await fetchContent(...next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
}

// `contents` is locked: a tidy-up must not take away what this build counts on.
self.addEventListener("install", (event) => {
  event.waitUntil(navigator.locks.request("tablet-contents", install));
});

// Whom to serve ----------------------------------------------------------------------------------------------------
// The state: { current, former, started, failures, back }. `former` started once on this device; `back`: it serves.

let remembered = null;

async function readState() {
  remembered ??= await readNote("state");
  return remembered ?? { current: BUILD, former: null, started: false, failures: 0, back: false };
}

async function writeState(state) {
  remembered = state;
  await writeNote("state", state);
}

async function takeCharge() {
  const before = await readNote("state");
  const proven = before && (before.started && !before.back ? before.current : before.former);
  const former = proven && proven !== BUILD && (await readNote(`builds/${proven}`)) ? proven : null;
  await writeState({ current: BUILD, former, started: false, failures: 0, back: false });
  await self.clients.claim();
}

self.addEventListener("activate", (event) => event.waitUntil(takeCharge()));

async function servedFiles() {
  const state = await readState();
  if (!state.back) return FILES;
  return (await readNote(`builds/${state.former}`))?.files ?? FILES;
}

async function noteStarted(build) {
  const state = await readState();
  if (build === BUILD && !state.back && !state.started) {
    await writeState({ ...state, started: true, failures: 0, former: null });
    if (state.former) await (await open.notes()).delete(`${SCOPE}notes/builds/${state.former}`);
  }
  await navigator.locks.request("tablet-contents", { ifAvailable: true }, (lock) => lock && tidy());
  return { back: state.back };
}

// A page that failed asks what to do next: « again », « back » to the former build, or nothing.
async function noteFailed(build) {
  const state = await readState();
  const isOurs = build === "" || build === BUILD;
  if (!isOurs || state.started || state.back || !state.former) return { next: "" };
  const failures = state.failures + 1, back = failures >= FAILURES;
  await writeState({ ...state, failures, back });
  return { next: back ? "back" : "again" };
}

async function tidy() {
  const { current, former } = await readState();
  const { installing, waiting } = self.registration;
  const notes = await open.notes(), contents = await open.contents(), wanted = new Set();
  for (const request of await notes.keys()) {
    const build = request.url.split("/notes/builds/")[1];
    if (!build) continue;
    const { files, at } = await (await notes.match(request)).json();
    const isKept = build === current || build === former || installing || waiting || Date.now() - at < FORGOTTEN;
    if (isKept) Object.values(files).forEach((hash) => wanted.add(keyOf(hash)));
    else await notes.delete(request);
  }
  for (const request of await contents.keys()) if (!wanted.has(request.url)) await contents.delete(request);
}

// Messages of the page ---------------------------------------------------------------------------------------------

const ANSWERS = {
  "take over": async () => self.skipWaiting(),
  started: ({ build }) => noteStarted(build),
  failed: ({ build }) => noteFailed(build),
  state: async () => ({ build: BUILD, ...(await readState()) }),
};

self.addEventListener("message", (event) => {
  const answered = ANSWERS[event.data?.kind]?.(event.data);
  if (answered) event.waitUntil(answered.then((answer) => event.ports[0]?.postMessage(answer)));
});

// Serving ----------------------------------------------------------------------------------------------------------

async function serve(request, path) {
  const files = await servedFiles();
  const [wanted, hash] = files[path] ? [path, files[path]]
    : request.mode === "navigate" ? ["index.html", files["index.html"]] : [path, undefined];
  if (hash === undefined) return fetch(request);
  const found = await (await open.contents()).match(keyOf(hash));
  return found ?? fetchContent(wanted, hash); // the browser threw it away: the same content, or none
}

self.addEventListener("fetch", (event) => {
  const { url, method } = event.request;
  if (method !== "GET" || !url.startsWith(SCOPE)) return;
  const path = url.slice(SCOPE.length).split(/[?#]/)[0];
  if (path !== "sw.js") event.respondWith(serve(event.request, path));
});
