// AES-GCM over many rows: for one at a time the way between Python and the browser is longer than the decryption.
// `lengths` are those of each nonce, ciphertext and what it is bound to, one after the other in `packed`.
export async function decryptAll(key, packed, lengths) {
  const asked = [];
  for (let part = 0, at = 0; part < lengths.length; part += 3) {
    const [iv, sealed, additionalData] = [0, 1, 2].map((i) => packed.subarray(at, at += lengths[part + i]));
    asked.push(crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData }, key, sealed)
      .then((plain) => new Uint8Array(plain), () => null));
  }
  const found = await Promise.all(asked);
  const all = new Uint8Array(found.reduce((sum, one) => sum + (one?.length ?? 0), 0));
  found.reduce((at, one) => { if (one) all.set(one, at); return at + (one?.length ?? 0); }, 0);
  return [all, found.map((one) => one?.length ?? -1)]; // -1: it does not open
}
