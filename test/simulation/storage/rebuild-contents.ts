import { type Damage, DamagedValue } from "../../../src/storage/damage.js";
import { FAMILIES, type Family } from "../../../src/storage/families.js";
import { bodyKeyOfReference, namedRecordKey } from "../../../src/storage/keys.js";
import { type KeyContents, keyBytes, keyText } from "./key-contents.js";

/** Drops the unreadable values and what refers to them, as `copyDatabase` of src/storage does. */
export function rebuildContents(contents: KeyContents, onDamage: (damage: Damage) => void): void {
  const unreadable: [Family, string][] = [];
  for (const family of FAMILIES) {
    let block: string | undefined;
    for (const [key, value] of contents.families[family]) {
      const reason = value instanceof DamagedValue ? value.reason : undefined;
      // A damaged block is one range of an unknown number of rows.
      if (reason !== undefined && reason !== block) onDamage({ family, key: undefined, reason });
      block = reason;
      if (reason !== undefined) unreadable.push([family, key]);
    }
  }
  for (const [key, value] of [...contents.families.derived]) {
    if (value instanceof DamagedValue) continue;
    const row = keyBytes(key);
    const record = namedRecordKey(row);
    const body = bodyKeyOfReference(row);
    const isLost =
      (record !== undefined && isUnread(contents, "records", record, onDamage)) ||
      (body !== undefined && isUnread(contents, "bodies", body, onDamage));
    if (isLost) contents.drop("derived", key);
  }
  for (const [family, key] of unreadable) contents.drop(family, key);
  contents.rebuilt();
}

function isUnread(contents: KeyContents, family: Family, key: Uint8Array, onDamage: (damage: Damage) => void): boolean {
  const value = contents.families[family].get(keyText(key));
  if (value instanceof Uint8Array) return false;
  onDamage({ family, key, reason: value?.reason ?? "it is missing" });
  return true;
}
