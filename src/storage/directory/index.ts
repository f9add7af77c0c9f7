export { type DataDirectory, dataPath, inUse, openDataDirectory, openReadOnlyDirectory } from "./data-directory.js";
export { DIRECTORY_CONDITIONS, type Place } from "./directory-conditions.js";
export { directoryUse } from "./directory-lock.js";
export { readFormat } from "./format-file.js";
