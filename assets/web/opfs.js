// SQLite straight on the Origin Private File System: an Emscripten file system whose every read, write and fsync is
// a synchronous call on a FileSystemSyncAccessHandle (a dedicated worker's alone). Handles are opened before Python
// starts, since opening is asynchronous; each is exclusive, so no second tab opens the same tablet.
const NAMES = ["tablet.db", "tablet.db-wal", "tablet.db-journal"];
const ENOENT = 44, ENOSPC = 51, EIO = 29, EINVAL = 28, EROFS = 69; // Emscripten's numbers
const FOLDER = 0o040700, FILE = 0o100600;
const TRIES = 50, PAUSE = 100; // milliseconds: a page that was just closed still holds its handles

export const counters = { read: 0, write: 0, flush: 0, writeMs: 0, flushMs: 0 };

export async function openHandles() {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle("tablet", { create: true });
  const opened = await Promise.all(NAMES.map(async (name) => {
    const file = await folder.getFileHandle(name, { create: true });
    return [name, await openHandle(file)];
  }));
  return new Map(opened);
}

async function openHandle(file) {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await file.createSyncAccessHandle();
    } catch (error) {
      if (error.name !== "NoModificationAllowedError" || left === 0) throw error;
      await new Promise((resolve) => { setTimeout(resolve, PAUSE); });
    }
  }
}

// A mount for Emscripten's `FS`; `wrote(bytes)` is told of each write.
export function opfs(FS, handles, wrote) {
  const files = new Files(FS, handles, wrote);
  return { mount: () => files.node(null, "/", FOLDER) };
}

class Files {
  constructor(FS, handles, wrote) {
    this.FS = FS;
    this.handles = handles;
    this.wrote = wrote;
    this.made = new Set(); // created in this run and still empty: an empty file is no file otherwise
    this.nodeOps = this.operationsOnNodes();
    this.streamOps = this.operationsOnStreams();
  }

  fail(errno) { throw new this.FS.ErrnoError(errno); }

  // A handle's exceptions as the errno that SQLite knows: a full device is « database or disk is full ».
  attempt(action) {
    try {
      return action();
    } catch (error) {
      console.error("opfs", error.name, error.message);
      return this.fail(error.name === "QuotaExceededError" ? ENOSPC : EIO);
    }
  }

  exists(name) { return this.handles.has(name) && (this.made.has(name) || this.handles.get(name).getSize() > 0); }

  node(parent, name, mode) {
    const created = this.FS.createNode(parent, name, mode, 0);
    created.node_ops = this.nodeOps;
    created.stream_ops = this.streamOps;
    created.handle = this.handles.get(name);
    return created;
  }

  operationsOnNodes() {
    const refuse = () => this.fail(EROFS);
    return {
      getattr: (node) => this.attributes(node),
      setattr: (node, given) => {
        if (given.mode !== undefined && given.mode !== null) node.mode = given.mode;
        if (given.size !== undefined && given.size !== null) this.attempt(() => node.handle.truncate(given.size));
      },
      lookup: (parent, name) => (this.exists(name) ? this.node(parent, name, FILE) : this.fail(ENOENT)),
      mknod: (parent, name, mode) => {
        if (!this.handles.has(name)) this.fail(EROFS);
        this.made.add(name);
        return this.node(parent, name, mode);
      },
      unlink: (parent, name) => {
        const handle = this.handles.get(name);
        this.attempt(() => { handle.truncate(0); handle.flush(); });
        this.made.delete(name);
      },
      readdir: () => [".", "..", ...NAMES.filter((name) => this.exists(name))],
      rename: refuse, rmdir: refuse, symlink: refuse,
    };
  }

  attributes(node) {
    const size = node.handle ? this.attempt(() => node.handle.getSize()) : 4096, when = new Date();
    return {
      dev: 1, ino: node.id, mode: node.mode, nlink: 1, uid: 0, gid: 0, rdev: 0, size, atime: when, mtime: when,
      ctime: when, blksize: 4096, blocks: Math.ceil(size / 512),
    };
  }

  operationsOnStreams() {
    return {
      open() {}, close() {},
      read: ({ node }, buffer, offset, length, position) => {
        counters.read += 1;
        return this.attempt(() => node.handle.read(buffer.subarray(offset, offset + length), { at: position }));
      },
      write: ({ node }, buffer, offset, length, position) => {
        counters.write += 1;
        const began = performance.now();
        const written = this.attempt(
          () => node.handle.write(buffer.subarray(offset, offset + length), { at: position }));
        counters.writeMs += performance.now() - began;
        this.wrote(written);
        return written;
      },
      llseek: (stream, offset, whence) => {
        const from = [0, stream.position, whence === 2 ? stream.node.handle.getSize() : 0][whence];
        return from + offset < 0 ? this.fail(EINVAL) : from + offset;
      },
      fsync: ({ node }) => {
        counters.flush += 1;
        const began = performance.now();
        if (node.handle) this.attempt(() => node.handle.flush());
        counters.flushMs += performance.now() - began;
        return 0;
      },
    };
  }
}
