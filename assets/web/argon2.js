// Argon2id by hash-wasm: the same bits as argon2-cffi's. Loaded at the first PIN, the start goes without.
export async function argon2(secret, salt, time, memoryKiB, lanes, length) {
  if (!self.hashwasm) await import("./argon2.umd.min.js");
  return self.hashwasm.argon2id({
    password: secret, salt, iterations: time, memorySize: memoryKiB, parallelism: lanes, hashLength: length,
    outputType: "binary",
  });
}
