import { repairLevel } from "./level-store.js";
import { dropDamagedTables } from "./level-tables.js";
import { damagedLogs, tornManifest } from "./log-scan.js";
import type { Engine } from "./open-store.js";

/**
 * What the opening of a database would pass over in silence, or would not survive: told, for a person, and where it has to
 * be, taken out. For a database that nobody has open.
 */
export async function mendFiles(engine: Engine, database: string): Promise<string[]> {
  const found = [...(await tornManifest(database)), ...(await damagedLogs(database))];
  return engine === "leveldb" ? [...found, ...(await dropDamagedTables(database, repairLevel))] : found;
}
