/**
 * The place of the package: `packageRoot` is where its files are that are no modules of a program (the thread of the
 * database, the kernels, the page). Nothing flows in, nothing is kept, and no package is loaded.
 */
export { packagePath, packageRoot } from "./package-root.js";
