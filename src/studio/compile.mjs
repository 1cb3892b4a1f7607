// The compiler as the browser gets it: started beforehand, by the very Python that will run it.

import { loadPyodide } from "pyodide";
import { brotliCompressSync, constants } from "node:zlib";

const PREPARE = `
import ast, compileall, io, pathlib, py_compile, sys, zipfile
sys.path.insert(0, "/studio")

def without_words(path):
    "A module without what only people read; its own first lines stay, because explanations quote them."
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)) and ast.get_docstring(node, clean=False):
            node.body[0] = ast.Pass()
        if isinstance(node, (ast.Module, ast.ClassDef)):
            after = node.body[1:] if isinstance(node, ast.Module) else node.body
            kept = [each for each in after if not (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))]
            node.body = [*node.body[: len(node.body) - len(after)], *kept] or [ast.Pass()]
    path.write_text(ast.unparse(tree), encoding="utf-8")

for path in pathlib.Path("/studio").rglob("*.py"):
    without_words(path)
from dofx.grammar.reading import tables
tables.STARTS = ("query", "graph", "foreign", "program")
tables.TABLES.write_text(tables.tables_text(), encoding="utf-8")
unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
compileall.compile_dir("/studio", quiet=2, force=True, invalidation_mode=unchecked)

def packed(bytecode):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path in sorted(pathlib.Path("/studio").rglob("*")):
            if path.is_file() and (bytecode or path.suffix != ".pyc"):
                archive.writestr(zipfile.ZipInfo(str(path.relative_to("/studio"))), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return made.getvalue()
`;

const START = `
import gc, json, sys
sys.path.insert(0, "/studio")
from dofx.grammar.reading import tables
assert "program" in tables._usable(), "the parsing tables do not fit the grammar"
from dofx.studio.respond import respond
`;

/**
 * The archive of sources with the parsing tables of whole programs, made by the Lark and the Python that will read them.
 * `bytecode` is the same with each module compiled as well.
 */
export async function prepared(packed) {
  const python = await loadPyodide();
  python.unpackArchive(new Uint8Array(packed), "zip", { extractDir: "/studio" });
  python.runPython(PREPARE);
  const bytes = (expression) => {
    const made = python.runPython(expression);
    const found = made.toJs();
    made.destroy();
    return found;
  };
  return { sources: bytes("packed(False)"), bytecode: bytes("packed(True)") };
}

/**
 * The memory of a Python that has answered already, compressed: a browser goes on from there and starts nothing.
 *
 * @param archive the byte code that `prepared` made
 * @param programs answered in every way beforehand, so that nothing is left to be imported
 */
export async function snapshot(archive, programs) {
  const python = await loadPyodide({ _makeSnapshot: true });
  python.unpackArchive(new Uint8Array(archive), "zip", { extractDir: "/studio" });
  python.runPython(START);
  const ask = (request) => {
    python.runPython(`answered = json.loads(respond(${JSON.stringify(JSON.stringify(request))}))`);
    return JSON.parse(python.runPython("json.dumps(answered)"));
  };
  for (const text of programs) warm(ask, text);
  for (const text of ["graph { x -> y -> x }", "graph { smoking -> y } query q = P(y | do(smokng))", "graph { x -", 'quer q = "']) ask({ do: "look", text });
  ask({ do: "import", text: "dag { x [exposure] u [latent] u -> {x y} x -> y }" });
  python.runPython("del answered; gc.collect(); gc.set_threshold(100_000)");
  scrub(python);
  const memory = python.makeMemorySnapshot();
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  return brotliCompressSync(memory, { params: { [BROTLI_PARAM_QUALITY]: 9, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: memory.length } });
}

function warm(ask, text) {
  const { value } = ask({ do: "look", text });
  if (value.faults.length || !value.questions.length) throw new Error(`a program of the gallery has faults: ${text}\n${JSON.stringify(value.faults)}`);
  for (const { name } of value.questions) for (const what of ["proof", "networks"]) ask({ do: what, text, name });
  const { nodes, directed, bidirected } = value.graph;
  ask({ do: "places", nodes, directed, bidirected });
  ask({ do: "implied", text });
  ask({ do: "format", text });
  ask({ do: "edit", text, edits: [["randomise", [nodes[0]]], ["hide", [nodes[0]]], ["observe", [nodes[0]]]] });
  for (const notation of ["cq", "python", "notebook", "latex", "tikz", "dagitty", "dot", "networkx", "edges", "svg"]) ask({ do: "export", text, notation });
}

const SCRUB = `
import linecache, re, sys
linecache.clearcache()
re.purge()
for each in gc.get_objects():
    if type(each).__name__ == "_lru_cache_wrapper" and (each.__module__ or "").startswith("dofx.compiler"):
        each.cache_clear()
del each
gc.collect()
sys.path_importer_cache.clear()

def scrubbed():
    kept, count = [None] * 50_000, 0
    top = max(map(id, gc.get_objects()))
    for size in (1 << 20, 1 << 18, 1 << 16, 1 << 14, 1 << 12, 1 << 11, 1 << 10, 600, 300, 150, 100, 64, 48, 32, 20, 12, 4):
        while True:
            each = bytes(size)
            if id(each) > top or count == len(kept):
                break
            kept[count] = each
            count += 1
    each = None
    for i in range(count):
        kept[i] = None
`;

/** Memory that was freed is written over with zeros, which compress to nothing. */
function scrub(python) {
  python.runPython(SCRUB);
  python.runPython("scrubbed()");
  python.runPython("del scrubbed; gc.collect()");
}
