/**
 * Opening and closing in order. {@link Undo} holds one closing step for each thing that was opened and runs the steps
 * in reverse order, at a stop or when a start fails. {@link within} bounds the wait for one piece of work by a time
 * limit.
 *
 * Both are free of the project's types: the manager and the plugin build their start and stop on them. A step that
 * fails does not keep the other steps from running. Work that exceeds its time limit is no longer waited for; it is not
 * cancelled.
 */
export { Undo } from "./undo.js";
export { within } from "./within.js";
