// Builds the studio's page into a folder: node build.mjs FOLDER PYTHON-ZIP
//
// Everything that the page needs is in the folder afterwards: the scripts, the fonts, Pyodide, and the compiler. It can
// be served by any web server, from any path. The page as one file is written beside it.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { prepared, snapshot } from "./compile.mjs";
import { common, texts, writeOneFile } from "./one-file.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, archive] = process.argv.slice(2).map((path) => resolve(path));
const PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "pyodide"), { recursive: true });
for (const file of PYODIDE) cpSync(join(here, "node_modules/pyodide", file), join(folder, "pyodide", file));
for (const file of ["index.html", "icon.svg"]) cpSync(join(here, file), join(folder, file));
cpSync(join(here, "node_modules/brotli-dec-wasm/pkg/brotli_dec_wasm_bg.wasm"), join(folder, "unpacker.wasm"));
const python = await prepared(readFileSync(archive));
writeFileSync(join(folder, "python.zip"), python.sources);
writeFileSync(join(folder, "memory.bin"), await snapshot(python.bytecode, texts));

await build({
  ...common,
  outdir: folder,
  entryPoints: ["studio.js", "worker.js", { in: "styles.css", out: "studio" }],
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty" },
  assetNames: "fonts/[name]",
  external: ["*/pyodide/pyodide.mjs"],
  legalComments: "linked",
});

const files = readdirSync(folder, { recursive: true })
  .filter((file) => statSync(join(folder, file)).isFile())
  .map((file) => relative(folder, join(folder, file)).replaceAll("\\", "/"))
  .sort();
const hash = createHash("sha256");
for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
const offline = readFileSync(join(here, "offline.js"), "utf8")
  .replace('"__FILES__"', JSON.stringify(["./", ...files]))
  .replace("__VERSION__", `dofx-studio-${hash.digest("hex").slice(0, 12)}`);
writeFileSync(join(folder, "offline.js"), offline);
await writeOneFile(folder);

const size = (chosen) => (chosen.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0) / 1e6).toFixed(2);
const own = files.filter((file) => !file.startsWith("pyodide/"));
console.log(`${folder}: ${files.length} files, ${size(own)} MB compressed, and ${size(files)} MB with Pyodide`);
console.log(`page.html: ${size(["page.html"])} MB compressed`);
