import { join } from "node:path";
import { newToken, READ_TOKEN_FILE } from "../../api/client/index.js";
import { dataDirectory, tokenFile } from "../arguments/index.js";
import type { CommandContext } from "../command-context.js";

export interface RotateOptions {
  readonly readOnly?: boolean;
}

/** `token rotate`: writes a new token in place of one of the API's. It prints the file and not the token. */
export async function rotateToken({ out, options }: CommandContext<RotateOptions>): Promise<void> {
  const { readToken } = await import("../../api/client/index.js");
  const { replacePrivateFile } = await import("../../storage/files/private-file.js");
  const directory = dataDirectory(options);
  const file = options.readOnly === true ? join(directory, READ_TOKEN_FILE) : tokenFile(directory);
  // Only a token is replaced: a node makes its tokens at its first start.
  await readToken(file);
  await replacePrivateFile(file, new TextEncoder().encode(`${newToken()}\n`));
  out.answer({ file }, () => out.line(`${file} has a new token`));
}
