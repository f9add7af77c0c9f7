/** Ids of records, as a person shortens them to their first digits. */

/** The shortest prefix, in hex digits: with a million records about 15 ids share four digits. */
export const PREFIX_MIN_DIGITS = 4;

/** The kinds of records whose ids are shortened. */
export const RECORD_KINDS = ["task", "submission", "validation"] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];
