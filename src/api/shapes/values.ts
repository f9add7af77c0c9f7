import { z } from "zod";

/** 32 bytes as lowercase hex: an id, a key or a hash. */
export const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
/** A u64 as decimal text. */
export const u64Text = z.string().regex(/^\d{1,20}$/);
/** Unix seconds. */
export const seconds = z.int();
export const count = z.int();
/** A part of 1, for display. */
export const share = z.number();
/** How complete the records are from which an answer is made. */
export const setState = z.enum(["whole", "catching_up", "unknown"]);
