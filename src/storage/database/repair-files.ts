import { repairLevel } from "./level-store.js";
import { dropDamagedTables } from "./level-tables.js";
import { damagedLogs, tornManifest } from "./log-scan.js";
import type { Engine } from "./open-store.js";

/**
 * Finds damage that the opening of a database would hide or not survive, and removes tables that it would not survive.
 * Returns lines for a person. The database must be closed.
 */
export async function repairFiles(engine: Engine, database: string): Promise<string[]> {
  const found = [...(await tornManifest(database)), ...(await damagedLogs(database))];
  return engine === "leveldb" ? [...found, ...(await dropDamagedTables(database, repairLevel))] : found;
}
