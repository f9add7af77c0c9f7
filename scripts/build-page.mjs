// Bundles the page of a node (page/) into dist/page: one script, one style sheet, one document.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const target = path.join(root, "dist/page");

const bundle = await rolldown({
  input: path.join(root, "page/main.tsx"),
  platform: "browser",
  logLevel: "warn",
});
await bundle.write({ file: path.join(target, "page.js"), format: "iife", minify: true });
await bundle.close();

mkdirSync(target, { recursive: true });
copyFileSync(path.join(root, "page/index.html"), path.join(target, "index.html"));
const styles = ["node_modules/uplot/dist/uPlot.min.css", "page/page.css"];
writeFileSync(
  path.join(target, "page.css"),
  styles.map((file) => readFileSync(path.join(root, file), "utf8").trimEnd()).join("\n"),
);
