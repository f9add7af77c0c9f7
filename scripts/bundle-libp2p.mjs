// `npm run generate:libp2p`: writes vendor/libp2p/index.js, libp2p with the p-retry of the lock file in one module.
import { writeFileSync } from "node:fs";
import { libp2pModule } from "./libp2p-module.mjs";

writeFileSync(new URL("../vendor/libp2p/index.js", import.meta.url), await libp2pModule());
