// The committed protobuf code is what the generator makes of the .proto files, byte for byte.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateProto } from "../generate-proto.mjs";
import { filesIn, read } from "./files.mjs";

export const title = "generated protobuf code is current";

const GENERATED = "src/protocol/generated";

export function check(root) {
  const temporary = mkdtempSync(path.join(tmpdir(), "tos-ai-sync-proto-"));
  try {
    generateProto({ root, outDir: path.join(temporary, GENERATED) });
    const fresh = filesIn(temporary, GENERATED, [""]);
    const committed = filesIn(root, GENERATED, [""]);
    const differs = (file) =>
      !fresh.includes(file) || !committed.includes(file) || read(root, file) !== read(temporary, file);
    return [...new Set([...fresh, ...committed])]
      .filter(differs)
      .map((file) => `${file}: differs from what the .proto files say; run: npm run generate`);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}
