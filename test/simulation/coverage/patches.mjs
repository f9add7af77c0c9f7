const TALLY = "test/simulation/coverage/tally.js";

/** Changes of the product's source text that count effects and reason codes; only in the bundle of `--coverage`. */
export const COVERAGE_PATCHES = [
  {
    file: "src/manager/outbound/effect-runner.ts",
    find: `import type { StoreWriter } from "./store-writer.js";`,
    replace: `import type { StoreWriter } from "./store-writer.js"; import { countEffect } from "../../../${TALLY}";`,
  },
  {
    file: "src/manager/outbound/effect-runner.ts",
    find: "for (const [i, effect] of effects.entries()) {",
    replace: "for (const [i, effect] of effects.entries()) { countEffect(effect);",
  },
  {
    file: "src/protocol/errors.ts",
    find: "export type NetworkErrorKind =",
    replace: `import { countCode } from "../../${TALLY}"; export type NetworkErrorKind =`,
  },
  { file: "src/protocol/errors.ts", find: "this.code = code;", replace: "this.code = code; countCode(code);" },
  {
    file: "src/protocol/errors.ts",
    find: "  return { ok: false, code };",
    replace: "  countCode(code); return { ok: false, code };",
  },
];
