// The tablet's Python, in a module worker that starts with the page: Flutter boots beside it, not before it.
import { decryptAll } from "./aes.js";
import { argon2 } from "./argon2.js";
import { BUILD } from "./build.js";
import { connected, flet, hear, listen, opened, page, tellPage } from "./line.js";
import { counters, openHandles, opfs } from "./opfs.js";
import { watchRoom } from "./room.js";
import { deviceSecret } from "./secret.js";

const BASE = new URL("./", import.meta.url);
const DATA = "/data";
const PACKAGES = "/lib/python3.14/site-packages";
const began = performance.now();

const step = (name) => tellPage({ kind: "step", name, ms: Math.round(performance.now() - began) });

async function read(path) {
  const answer = await fetch(new URL(path, BASE));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function gather() {
  const [{ loadPyodide }, handles, site, lists, app] = await Promise.all([
    import("./pyodide/pyodide.mjs"), openHandles(),
    read("python/site.zip"), read("python/lists.zip"), read("python/app.zip")]);
  step("fetched");
  return { loadPyodide, handles, site, lists, app };
}

function environment() {
  return {
    HOME: "/home/pyodide", FLET_APP_STORAGE_DATA: DATA, FIELD_APP_SERVER: BASE.origin, FIELD_APP_BUILD: BUILD,
    TZ: Intl.DateTimeFormat().resolvedOptions().timeZone,
    PYTHONTZPATH: "", // time zones are those of the package tzdata: the system has none to look for
    PYDANTIC_DISABLE_PLUGINS: "__all__", // there are none, and looking for them reads every package
  };
}

async function startPython({ loadPyodide }) {
  const python = await loadPyodide({
    indexURL: new URL("pyodide/", BASE).href, env: environment(),
    stdout: (text) => console.log(text), stderr: (text) => console.error(text),
  });
  step("python");
  return python;
}

// Not `python.unpackArchive`: it loads every library it meets, at once.
function unpack(python, { site, lists, app }) {
  python.FS.writeFile("/site.zip", site);
  python.FS.writeFile("/lists.zip", lists);
  python.FS.writeFile("/app.zip", app);
  python.runPython(`
import importlib, os, sys, zipfile
for archive, folder in (("/site.zip", "${PACKAGES}"), ("/lists.zip", "/app"), ("/app.zip", "/app")):
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    os.unlink(archive)
sys.path.insert(0, "/app")
importlib.invalidate_caches()
`);
  step("unpacked");
}

// What `field_app.ports.browser` is given as the module `tablet_js`.
async function introduce(python, { handles }) {
  const { room, wrote } = await watchRoom();
  const secret = await deviceSecret(handles);
  python.FS.mkdir(DATA);
  python.FS.mount(opfs(python.FS, handles, wrote), {}, DATA);
  python.registerJsModule("flet_js", flet);
  python.registerJsModule("tablet_js", {
    secret, argon2, decrypt_all: decryptAll, counters, room, page, listen, build: BUILD, opened,
  });
}

async function run(python) {
  await python.runPythonAsync("import main"); // `ft.run` registers `flet.start_connection`
  step("imported");
  await connected;
  step("connected");
  await flet.start_connection(flet.receive_callback);
  tellPage({ kind: "listening" });
  await python.pyimport("main").finish?.(); // what is loaded after the first screen
  tellPage({ kind: "started", build: BUILD });
}

async function boot() {
  const parts = await gather();
  const python = await startPython(parts);
  unpack(python, parts);
  await introduce(python, parts);
  await run(python);
}

function fail(error) {
  console.error(error);
  tellPage({ kind: "failed", build: BUILD, reason: error.type ?? error.name ?? String(error) });
}

// One tab at a time. The next waits, and begins by itself when the lock is free: until its page goes.
function hold() {
  boot().catch(fail);
  return new Promise(() => {});
}

hear();
navigator.locks.request("tablet", { ifAvailable: true }, (lock) => {
  if (lock) return hold();
  tellPage({ kind: "busy" });
  navigator.locks.request("tablet", () => { tellPage({ kind: "turn" }); return hold(); });
  return null;
});
