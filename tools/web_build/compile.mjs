// Compiles each .py below a folder to a .pyc beside it, by the very Python that will run it, and removes the .py:
// `node compile.mjs PYODIDE FOLDER OPTIMIZE`. Sorted, in one process: the same sources give the same bytes.
import { pathToFileURL } from "node:url";

const COMPILE = `
import pathlib, py_compile
for path in sorted(pathlib.Path("/sources").rglob("*.py")):
    shown = "/" + str(path.relative_to("/sources"))  # what a traceback names
    py_compile.compile(str(path), cfile=f"{path}c", dfile=shown, doraise=True, optimize=optimize,
                       invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    path.unlink()
`;

const [pyodide, folder, optimize] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(`${pyodide}/pyodide.mjs`));
const python = await loadPyodide({ env: { PYTHONHASHSEED: "0", HOME: "/" } });
python.FS.mkdir("/sources");
python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, "/sources");
python.globals.set("optimize", Number(optimize));
try {
  python.runPython(COMPILE);
} catch (error) { // node would print a million characters of Pyodide before it
  console.error(error.message.trim().split("\n").slice(-4).join("\n"));
  process.exit(1);
}
