// `npm run generate:api`: writes docs/openrpc.json and docs/api-methods.md from the compiled schemas.
import { readFileSync, writeFileSync } from "node:fs";
import { openRpcDocument } from "../dist/api/openrpc/index.js";
import { apiPage } from "./api-page.mjs";

const at = (file) => new URL(`../${file}`, import.meta.url);
const { version } = JSON.parse(readFileSync(at("package.json"), "utf8"));
const document = openRpcDocument(version);
writeFileSync(at("docs/openrpc.json"), `${JSON.stringify(document, undefined, 2)}\n`);
writeFileSync(at("docs/api-methods.md"), apiPage(document));
