// The page as one file, for where a Python is behind it, in a notebook or in `dofx studio`: no Pyodide.
//
//     node one-file.mjs FOLDER    writes page.html and licences.txt

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** The programs of the gallery, in order. */
export const texts = readdirSync(join(here, "gallery"))
  .sort()
  .map((file) => readFileSync(join(here, "gallery", file), "utf8"));

const gallery = {
  name: "gallery",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^gallery:/ }, ({ path }) => ({ path, namespace: "gallery" }));
    onLoad({ filter: /.*/, namespace: "gallery" }, () => {
      return { contents: JSON.stringify(texts), loader: "json" };
    });
  },
};

/** What every bundle is built with. */
export const common = { bundle: true, minify: true, format: "esm", target: "es2022", absWorkingDir: here, logLevel: "warning", plugins: [gallery] };

export async function writeOneFile(folder) {
  mkdirSync(folder, { recursive: true });
  const loader = { ".woff2": "dataurl", ".woff": "empty", ".ttf": "empty" };
  const options = { ...common, outdir: here, write: false, metafile: true, loader, legalComments: "none" };
  const made = await Promise.all(["studio.js", "styles.css"].map((entry) => build({ ...options, entryPoints: [entry] })));
  const [script, style] = made.map((each) => each.outputFiles[0].text);
  writeFileSync(join(folder, "page.html"), oneFile(readFileSync(join(here, "index.html"), "utf8"), script, style));
  writeFileSync(join(folder, "licences.txt"), licences(made.flatMap((each) => Object.keys(each.metafile.inputs))));
}

function oneFile(page, script, style) {
  const body = `(async () => {${script.replaceAll("</script", "<\\/script")}})()`;
  const hash = createHash("sha256").update(body).digest("base64");
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; font-src data:; img-src data: blob:; base-uri 'none'; form-action 'none'`;
  const icon = readFileSync(join(here, "icon.svg")).toString("base64");
  return page
    .replace(/(http-equiv="Content-Security-Policy" content=")[^"]*/, (_, before) => before + policy)
    .replace(/<link rel="icon"[^>]*>/, () => `<link rel="icon" href="data:image/svg+xml;base64,${icon}">`)
    .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style}</style>`)
    .replace(/<script type="module"[^>]*><\/script>\n/, "")
    .replace("</body>", () => `<script>${body}</script>\n</body>`);
}

/** The licences of the packages whose files are in the bundle. */
function licences(inputs) {
  const packages = new Set(inputs.map((input) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1]).filter(Boolean));
  const texts = [...packages].sort().map((name) => {
    const place = join(here, "node_modules", name);
    const { version, license } = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
    const file = readdirSync(place).find((each) => /^licen[cs]e/i.test(each));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(place, file), "utf8").trim() : ""}\n`;
  });
  return `The page contains these packages:\n\n${texts.join(`\n${"─".repeat(80)}\n\n`)}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeOneFile(resolve(process.argv[2]));
