// The page: starts Python's worker at once, Flutter beside it, and stands between them and the browser.
import { leaveLink, watchBack } from "./back.js";
import { connectFlutter, startPython, tell } from "./bridge.js";
import { answer, watchDevice } from "./device.js";
import { hearBetweenFrames } from "./frames.js";
import { offerPin } from "./pin.js";
import { watchPresses } from "./presses.js";
import { showFirstVisit } from "./splash.js";
import { reportStarted, watchBuilds } from "./updates.js";

// The fragment of an enrolment link has a code in it: out of the address bar and of the history before anything
// else. A server never sees a fragment. Flutter's own routes begin with « # / » and are no link.
function takeFragment() {
  const found = location.hash;
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found.startsWith("#/") ? "" : found.slice(1);
}

// The same link tapped while the application is open.
function watchFragments() {
  const take = (event) => {
    if (!location.hash || location.hash.startsWith("#/")) return;
    event.stopImmediatePropagation(); // Flutter would take it for a route
    tell("opened", takeFragment());
    leaveLink();
  };
  addEventListener("popstate", take, true);
  addEventListener("hashchange", take, true);
  globalThis.launchQueue?.setConsumer((launch) => {
    const hash = launch.targetURL ? new URL(launch.targetURL).hash : "";
    if (hash && !hash.startsWith("#/")) tell("opened", hash.slice(1));
  });
}

// A plugin of the packaged client (rive) asks another host for a script at every start, though nothing here is
// animated. The policy would block it; this keeps the request from being made at all.
function refuseForeignScripts() {
  const source = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
  Object.defineProperty(HTMLScriptElement.prototype, "src", {
    ...source,
    set(value) {
      if (new URL(value, document.baseURI).origin === location.origin) source.set.call(this, value);
    },
  });
}

function startFlutter() {
  hearBetweenFrames();
  const base = new URL(document.baseURI).pathname;
  globalThis.flet = {
    pyodide: true, multiView: false, noCdn: true, webSocketEndpoint: "/ws", entrypointBaseUrl: base,
    assetBase: base, routeUrlStrategy: "hash", canvasKitBaseUrl: `${base}canvaskit/`,
    fontFallbackBaseUrl: "assets/fonts/", webRenderer: "auto", appPackageUrl: "unused", pythonModuleName: "main",
  };
  flet.flutterAppLoaded = new Promise((resolve) => { flet.flutterAppResolve = resolve; });
  document.body.append(Object.assign(document.createElement("script"), { src: "flutter_bootstrap.js" }));
}

// WebKit restores a page from its back/forward cache with Flutter's frames broken: only a fresh one draws.
addEventListener("pageshow", (event) => {
  if (event.persisted && navigator.vendor?.startsWith("Apple")) location.reload();
});

if (opening.allowed) {
  const hash = takeFragment();
  startPython(hash, { started: reportStarted, answer });
  connectFlutter();
  refuseForeignScripts();
  startFlutter();
  showFirstVisit();
  offerPin();
  watchFragments();
  watchBack();
  watchPresses();
  watchDevice();
  watchBuilds().catch((error) => console.warn("no service worker", error)); // it opens all the same, online
}
