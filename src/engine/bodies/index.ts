export { BodyFetch } from "./body-fetch.js";
export { BodyKeeper } from "./body-keeper.js";
export { BodyRights, refOfTask } from "./body-rights.js";
export type { BodyCounts } from "./body-wants.js";
