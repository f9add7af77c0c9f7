import type { TaskTransition } from "../src/engine/index.js";

/** The diagram and the table of docs/task-life.md. */
export function taskLifeParts(life: readonly TaskTransition[]): readonly string[];
