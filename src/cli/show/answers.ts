import type { z } from "zod";
import type { taskDetailsShape, taskPageShape } from "../../api/shapes/index.js";
import { UnreachableError } from "../exit-codes.js";

export type ShownTask = z.output<typeof taskDetailsShape>;
export type ListedTask = z.output<typeof taskPageShape>["tasks"][number];
export type ShownSubmission = z.output<typeof taskDetailsShape>["submissions"][number];

/** Parses an answer; throws if it does not have the shape of this version. */
export function readAnswer<T extends z.ZodType>(shape: T, answer: unknown): z.output<T> {
  const parsed = shape.safeParse(answer);
  if (parsed.success) return parsed.data;
  throw new UnreachableError("the node's answer is of another version: use the tos-ai-sync that started the node");
}
