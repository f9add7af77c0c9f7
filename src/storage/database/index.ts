export { checkDatabaseFiles, databaseRefusal } from "./database-files.js";
export { openDatabaseView } from "./database-view.js";
export { mendFiles } from "./mend-files.js";
export { assertEngine, chooseEngine, ENGINES, type Engine, type EngineChoice, openStore } from "./open-store.js";
export { resumeRebuild, sweepRebuild } from "./rebuild.js";
