// Turns src/protocol/proto/*.proto into src/protocol/generated/*_pb.ts. The result is committed, so that building needs
// no protobuf compiler; scripts/checks/generated.mjs holds the two together.
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** A hung compiler ends here instead of hanging the build; one run takes about a second. */
const GENERATE_TIMEOUT_MS = 60_000;

/** The command line of a package's own program, run by this very Node so that no shell or PATH is needed. */
function program(root, relative) {
  return [process.execPath, path.join(root, "node_modules", relative)];
}

/**
 * Generates TypeScript from every .proto file of `root` into `outDir`. What stood there stays if the compiler refuses.
 *
 * @param {{ root: string, outDir: string }} options absolute paths
 * @throws when buf reports an error; its message has already been printed
 */
export function generateProto({ root, outDir }) {
  const staging = `${outDir}.new`;
  rmSync(staging, { recursive: true, force: true });
  mkdirSync(staging, { recursive: true });
  const template = {
    version: "v2",
    plugins: [
      {
        local: program(root, "@bufbuild/protoc-gen-es/bin/protoc-gen-es"),
        out: staging,
        opt: ["target=ts", "import_extension=js"],
      },
    ],
  };
  const [node, buf] = program(root, "@bufbuild/buf/bin/buf");
  const source = path.join(root, "src/protocol/proto");
  execFileSync(node, [buf, "generate", "--template", JSON.stringify(template), source], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    timeout: GENERATE_TIMEOUT_MS,
  });
  rmSync(outDir, { recursive: true, force: true });
  renameSync(staging, outDir);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
  generateProto({ root, outDir: path.join(root, "src/protocol/generated") });
}
