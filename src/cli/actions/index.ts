/**
 * What the commands do. `commands` declares each command and loads its action when it runs, so that `--help` loads no
 * schema, codec or network.
 */
export { check } from "./check.js";
export { completionScript, manualPage } from "./completion.js";
export { dashboard } from "./dashboard.js";
export { doctor } from "./doctor.js";
export { newKey, resumeKey, showKeys } from "./key.js";
export { peers } from "./peers.js";
export { publish } from "./publish.js";
export { start } from "./start.js";
export { status } from "./status.js";
export { listTasks, showSubmissionDetails, showTaskDetails } from "./tasks.js";
export { top } from "./top.js";
export { verifyCertificateFile } from "./verify-certificate.js";
export { watch } from "./watch.js";
