/**
 * Opening and closing in order. {@link Undo} holds one closing step for each thing that was opened and runs the steps
 * in reverse order, at a stop or when a start fails. {@link within} bounds the wait for one piece of work by a time
 * limit.
 *
 * Both use no type of the other folders; the manager and the plugin build their start and stop with them. A step that
 * fails does not keep the other steps from running. Work that exceeds its time limit continues: it is not cancelled.
 *
 * The folder `place` tells where the package is; the adapters use it.
 */
export { Undo } from "./undo.js";
export { within } from "./within.js";
