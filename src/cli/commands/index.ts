/**
 * The commands of the program. Each `add...` function adds one command, its arguments and its help to commander's
 * program. What a command does is in `actions`, which is loaded when the command runs.
 */
export { addCheck } from "./check.js";
export { addCompletion } from "./completion.js";
export { addDashboard } from "./dashboard.js";
export { addDoctor } from "./doctor.js";
export { addKey } from "./key.js";
export { addManaged } from "./managed.js";
export { addPublish, addSubmit, addValidate } from "./publish.js";
export { addStart } from "./start.js";
export { addPeers, addStatus } from "./status.js";
export { addSubmission, addTask, addTasks } from "./tasks.js";
export { addToken } from "./token.js";
export { addTop } from "./top.js";
export { addVerifyCertificate } from "./verify-certificate.js";
export { addWatch } from "./watch.js";
