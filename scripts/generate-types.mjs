// `npm run generate:types`: writes types/*.d.ts, the declarations of the three entries of the package.
import { mkdirSync, writeFileSync } from "node:fs";
import { ENTRIES, publicTypes, TYPES } from "./public-types.mjs";

mkdirSync(TYPES, { recursive: true });
for (const name of Object.keys(ENTRIES)) {
  const { text, unexported } = publicTypes(name);
  for (const type of unexported) console.error(`${name}: ${type} is in a public signature and is not exported`);
  if (unexported.length > 0) process.exitCode = 1;
  writeFileSync(new URL(`${name}.d.ts`, TYPES), text);
}
