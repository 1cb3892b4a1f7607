// The compiler's own thread: Pyodide, dofx's grammar and compiler, and one function that answers requests.
//
// Python starts from the memory of one that has answered already (compile.mjs). Where a browser cannot, it starts anew.

import unpacker, { decompress } from "brotli-dec-wasm/web";

const base = new URL("./", self.location.href).href;

async function start() {
  const [{ loadPyodide }, memory] = await Promise.all([import(`${base}pyodide/pyodide.mjs`), remembered()]);
  const indexURL = `${base}pyodide/`;
  if (memory) {
    try {
      makeRoom(memory.length);
      const python = await loadPyodide({ indexURL, _loadSnapshot: memory });
      const respond = python.globals.get("respond");
      setTimeout(() => whole(python), 800); // for what is imported rarely
      return { python, respond };
    } catch (error) {
      console.warn(`Python starts anew: ${error}`);
    }
  }
  const python = await loadPyodide({ indexURL });
  await whole(python);
  python.runPython("import sys, gc; sys.path.insert(0, '/studio'); gc.set_threshold(100_000)");
  return { python, respond: python.runPython("from dofx.studio.respond import respond; respond") };
}

let unpacked = null;

/** All of Python's sources, which are unpacked once. */
function whole(python) {
  return (unpacked ??= unpack(python));
}

/** Pyodide's WebAssembly starts with as much memory as it says; what is remembered may take more. */
function makeRoom(size) {
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...given) => {
    const made = await instantiate.call(WebAssembly, ...given);
    const { memory } = made.instance.exports;
    if (memory && memory.buffer.byteLength < size) memory.grow(Math.ceil((size - memory.buffer.byteLength) / 65536));
    return made;
  };
}

async function remembered() {
  try {
    const [answer] = await Promise.all([fetch(`${base}memory.bin`), unpacker({ module_or_path: `${base}unpacker.wasm` })]);
    return answer.ok ? decompress(new Uint8Array(await answer.arrayBuffer())) : null;
  } catch {
    return null;
  }
}

async function unpack(python) {
  const packed = await fetch(`${base}python.zip`);
  python.unpackArchive(new Uint8Array(await packed.arrayBuffer()), "zip", { extractDir: "/studio" });
  python.runPython("import importlib; importlib.invalidate_caches()");
  self.postMessage({ whole: true });
}

const starting = start();
starting.then(
  () => self.postMessage({ ready: true }),
  (error) => self.postMessage({ broken: String(error) }),
);

/** A response; what lacks a module waits until all of them are there. */
async function answered(request) {
  const { python, respond } = await starting;
  const response = JSON.parse(respond(JSON.stringify(request)));
  if (!response.broken?.startsWith("No module named")) return response;
  await whole(python);
  return JSON.parse(respond(JSON.stringify(request)));
}

self.onmessage = async ({ data: { id, request } }) => {
  await starting;
  const began = performance.now();
  let response;
  try {
    response = await answered(request);
  } catch (error) {
    response = { broken: String(error).trim().split("\n").pop() };
  }
  self.postMessage({ id, response, took: performance.now() - began });
};
