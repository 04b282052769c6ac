// How many bytes the device still gives us. The browser tells it asynchronously and SQLite asks at once: the last
// answer is kept, a minute or a megabyte of writing old at most.
const MINUTE = 60_000, MEGABYTE = 1_000_000;

export async function watchRoom() {
  let left = 0, written = 0;
  const look = async () => {
    const { quota = 0, usage = 0 } = await navigator.storage.estimate();
    left = Math.max(0, quota - usage);
    written = 0;
  };
  await look();
  setInterval(() => look().catch(() => {}), MINUTE);
  const wrote = (bytes) => {
    written += bytes;
    if (written >= MEGABYTE) { written = 0; look().catch(() => {}); }
  };
  return { room: () => left, wrote };
}
