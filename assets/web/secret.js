// The device secret: a non-extractable HMAC key in IndexedDB. Script uses it and never reads it.
// HKDF-Extract(salt = secret, input) is HMAC(secret, input): all that the vault asks of it.
const ALGORITHM = { name: "HMAC", hash: "SHA-256", length: 256 };

const settle = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// The rows are sealed under a key that this device no longer has: a new one would open nothing and hide it.
class SecretGone extends Error {
  constructor() { super("the device secret is gone"); this.name = "SecretGone"; }
}

function openKeys() {
  const request = indexedDB.open("tablet-secret", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("keys");
  return settle(request);
}

const find = (keys) => settle(keys.transaction("keys").objectStore("keys").get("device"));

async function make(keys) {
  const fresh = await crypto.subtle.generateKey(ALGORITHM, false, ["sign"]);
  const change = keys.transaction("keys", "readwrite", { durability: "strict" }); // on the disk before the first row
  change.objectStore("keys").add(fresh, "device"); // add, not put: what is there already stays
  await new Promise((resolve, reject) => {
    change.oncomplete = resolve;
    change.onabort = () => (change.error?.name === "ConstraintError" ? resolve() : reject(change.error));
  });
  return find(keys);
}

// Before Python opens the database: an empty one may have a new secret, no other. What goes wrong is told at the
// first use, so that Python says it on its own screen.
export async function deviceSecret(handles) {
  const isEmpty = [...handles.values()].every((handle) => handle.getSize() === 0);
  const held = hold(isEmpty);
  await held.catch(() => {});
  return { extract: async (input) => new Uint8Array(await crypto.subtle.sign("HMAC", await held, input)) };
}

async function hold(mayMake) {
  const keys = await openKeys();
  const key = (await find(keys)) ?? (mayMake ? await make(keys) : null);
  if (!key) throw new SecretGone();
  if (key.extractable) throw new Error("the device secret can be read");
  return key;
}
