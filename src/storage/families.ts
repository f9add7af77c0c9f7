/** Column families (docs/decisions maps them to the sister document's eleven). */
export const FAMILIES = ["records", "bodies", "derived", "meta"] as const;
export type Family = (typeof FAMILIES)[number];
