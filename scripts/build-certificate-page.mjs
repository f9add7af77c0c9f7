// Writes the page that checks certificates (examples/certificate) as one file that needs no server:
// `npm run build:certificate-page`, with `-- --out FILE` elsewhere than target/certificate.html.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { rolldown } from "rolldown";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const at = (file) => path.join(root, file);
const { values } = parseArgs({ options: { out: { type: "string", default: at("target/certificate.html") } } });

/** How the committed module for Node finds its bytes. */
const LOADS = /const wasmPath = .*\nconst wasmBytes = require\('fs'\)\.readFileSync\(wasmPath\);/;

/** Puts the bytes of the kernel into its script. */
const inlined = {
  name: "inlined kernel",
  transform(code, id) {
    if (id !== at("wasm/pkg/kernel.js")) return undefined;
    if (!LOADS.test(code)) throw new Error("wasm/pkg/kernel.js loads its bytes in another way than this script knows");
    const base64 = readFileSync(at("wasm/pkg/kernel_bg.wasm")).toString("base64");
    return code.replace(LOADS, `const wasmBytes = Uint8Array.from(atob("${base64}"), (one) => one.charCodeAt(0));`);
  },
};

const bundle = await rolldown({
  input: at("examples/certificate/main.mjs"),
  platform: "browser",
  logLevel: "warn",
  plugins: [inlined],
});
const { output } = await bundle.generate({ format: "esm", minify: true });
await bundle.close();
const [{ code }] = output;
const template = readFileSync(at("examples/certificate/index.html"), "utf8");
// The end of a script element would end it within a text of the script, too.
const script = code.replaceAll("</script", "<\\/script");
mkdirSync(path.dirname(path.resolve(values.out)), { recursive: true });
writeFileSync(
  values.out,
  template.replace("/*SCRIPT*/", () => script),
);
