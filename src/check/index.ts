export type { FindingKind } from "./check-findings.js";
export { checkDatabase, type DatabaseReport } from "./database-check.js";
