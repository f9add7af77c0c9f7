/**
 * What the adapters share. {@link Undo} holds one closing step for each thing that was opened and runs the steps in
 * reverse order, at a stop or when a start fails. {@link within} bounds the wait for one piece of work by a time
 * limit. {@link packageRoot} is where the files of the package are that are no modules of a program.
 *
 * They use no type of the other folders. A step that fails does not keep the other steps from running. Work that
 * exceeds its time limit continues: it is not cancelled.
 */
export { packagePath, packageRoot } from "./package-root.js";
export { Undo } from "./undo.js";
export { within } from "./within.js";
