import { z } from "zod";
import { parseJson } from "../client/index.js";
import { NodeRefusal } from "./errors.js";

const answerShape = z.object({
  result: z.unknown().optional(),
  error: z
    .object({ code: z.int(), message: z.string(), data: z.record(z.string(), z.unknown()).optional() })
    .optional(),
});

/** The result of an answer. Throws `NodeRefusal` for an error, another error for a text that is no answer. */
export function resultOf(text: string): unknown {
  const { result, error } = answerShape.parse(parseJson(text));
  if (error !== undefined) throw new NodeRefusal(error.message, error.code, error.data);
  return result;
}
