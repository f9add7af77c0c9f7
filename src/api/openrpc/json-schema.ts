import { z } from "zod";
import { shownSchema } from "../params/index.js";

/** A JSON Schema, 2020-12. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** The schema of what a caller sends, or of what it gets. Bigints are integers of any size in JSON. */
export function jsonSchema(schema: z.ZodType): JsonSchema {
  const { $schema: _dialect, ...made } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema: made }) => {
      if (zodSchema._zod.def.type === "bigint") Object.assign(made, { type: "integer", minimum: 0 });
      const as = shownSchema(zodSchema);
      if (as === undefined) return;
      const { description } = made;
      for (const name of Object.keys(made)) delete made[name];
      Object.assign(made, jsonSchema(as), description === undefined ? {} : { description });
    },
  });
  return made;
}
