// Builds the studio's page into a folder: node build.mjs FOLDER PYTHON-ZIP
//
// Everything that the page needs is in the folder afterwards: the scripts, the fonts, Pyodide, and the compiler. It can
// be served by any web server, from any path.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { prepared, snapshot } from "./compile.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, archive] = process.argv.slice(2).map((path) => resolve(path));
const PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"];

const texts = readdirSync(join(here, "gallery"))
  .sort()
  .map((file) => readFileSync(join(here, "gallery", file), "utf8"));
const programs = {
  name: "gallery",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^gallery:/ }, ({ path }) => ({ path, namespace: "gallery" }));
    onLoad({ filter: /.*/, namespace: "gallery" }, () => {
      return { contents: JSON.stringify(texts), loader: "json" };
    });
  },
};

rmSync(folder, { recursive: true, force: true });
mkdirSync(join(folder, "pyodide"), { recursive: true });
for (const file of PYODIDE) cpSync(join(here, "node_modules/pyodide", file), join(folder, "pyodide", file));
for (const file of ["index.html", "icon.svg"]) cpSync(join(here, file), join(folder, file));
cpSync(join(here, "node_modules/brotli-dec-wasm/pkg/brotli_dec_wasm_bg.wasm"), join(folder, "unpacker.wasm"));
const python = await prepared(readFileSync(archive));
writeFileSync(join(folder, "python.zip"), python.sources);
writeFileSync(join(folder, "memory.bin"), await snapshot(python.bytecode, texts));

const common = { bundle: true, minify: true, format: "esm", target: "es2022", outdir: folder, logLevel: "warning", legalComments: "linked" };
await build({
  ...common,
  absWorkingDir: here,
  entryPoints: ["studio.js", "worker.js", { in: "styles.css", out: "studio" }],
  plugins: [programs],
  loader: { ".woff2": "file", ".woff": "empty", ".ttf": "empty" },
  assetNames: "fonts/[name]",
  external: ["*/pyodide/pyodide.mjs"],
});

// The page as one file, for the frame of a notebook: no Pyodide, because the notebook has a Python.
const [script, style] = await Promise.all(
  ["studio.js", "styles.css"].map(async (entry) => {
    const made = await build({ ...common, absWorkingDir: here, entryPoints: [entry], plugins: [programs], outdir: undefined, write: false, loader: { ".woff2": "dataurl", ".woff": "empty", ".ttf": "empty" }, legalComments: "none" });
    return made.outputFiles[0].text;
  }),
);
writeFileSync(join(folder, "notebook.html"), oneFile(readFileSync(join(here, "index.html"), "utf8"), script, style));

function oneFile(page, script, style) {
  const body = `(async () => {${script.replaceAll("</script", "<\\/script")}})()`;
  const hash = createHash("sha256").update(body).digest("base64");
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:; base-uri 'none'; form-action 'none'`;
  return page
    .replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, (_, before) => before + policy)
    .replace(/<link rel="icon"[^>]*>\n/, '<meta name="dofx-notebook" content="there">\n')
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
    .replace(/<script type="module"[^>]*><\/script>\n/, "")
    .replace("</body>", () => `<script>${body}</script>\n</body>`);
}

const files = readdirSync(folder, { recursive: true })
  .filter((file) => file !== "notebook.html" && statSync(join(folder, file)).isFile())
  .map((file) => relative(folder, join(folder, file)).replaceAll("\\", "/"))
  .sort();
const hash = createHash("sha256");
for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
const offline = readFileSync(join(here, "offline.js"), "utf8")
  .replace('"__FILES__"', JSON.stringify(["./", ...files]))
  .replace("__VERSION__", `dofx-studio-${hash.digest("hex").slice(0, 12)}`);
writeFileSync(join(folder, "offline.js"), offline);

const size = (chosen) => (chosen.reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0) / 1e6).toFixed(2);
const own = files.filter((file) => !file.startsWith("pyodide/"));
console.log(`${folder}: ${files.length} files, ${size(own)} MB compressed, and ${size(files)} MB with Pyodide`);
