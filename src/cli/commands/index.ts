/**
 * The commands of the program. Each `add...` function adds one command to commander's program.
 *
 * A command loads lazily what it needs, so that `--help` and `status` start without the network and the database.
 */
export { addCheck } from "./check.js";
export { addDoctor } from "./doctor.js";
export { addKey } from "./key.js";
export { addManaged } from "./managed.js";
export { addPublish, addSubmit, addValidate } from "./publish.js";
export { addStart } from "./start.js";
export { addPeers, addStatus } from "./status.js";
export { addSubmission, addTask, addTasks } from "./tasks.js";
export { addWatch } from "./watch.js";
