import { dashboardLink } from "../../api/node-client/index.js";
import { commandError, findNode } from "../client/index.js";
import type { CommandContext } from "../command-context.js";

/** `dashboard`: prints a login link alone on a line, so that a script can open it. */
export async function dashboard({ out, options }: CommandContext<object>): Promise<void> {
  const access = await findNode(options);
  try {
    const link = await dashboardLink(access);
    out.answer(link, ({ url }) => {
      out.line(url);
      if (out.isTerminal) out.line(out.style("dim", "Open it in a browser on this machine. It works once, for 2 min."));
    });
  } catch (error) {
    throw commandError(error, access.url);
  }
}
