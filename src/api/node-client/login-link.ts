import { z } from "zod";
import type { NodeAccess } from "./access.js";
import { postDirect } from "./direct-post.js";
import { NodeUnreachable } from "./errors.js";

const TIMEOUT_MS = 10_000;
const linkShape = z.object({ url: z.url(), expires_at: z.int() });

/** A link with which a browser logs in to the node's page, once, until `expires_at` (unix seconds). */
export type DashboardLink = z.output<typeof linkShape>;

/** A new login link of the node. `NodeUnreachable` if no node answers, or if it serves no page. */
export async function dashboardLink({ url, token }: NodeAccess): Promise<DashboardLink> {
  let text: string;
  try {
    text = await postDirect(`${url}/dashboard/link`, { authorization: `Bearer ${token}` }, "", TIMEOUT_MS);
  } catch (cause) {
    throw new NodeUnreachable("no_answer", `no node answers at ${url}`, cause);
  }
  try {
    return linkShape.parse(JSON.parse(text));
  } catch (cause) {
    throw new NodeUnreachable("not_a_node", `the node at ${url} serves no page: it does on loopback only`, cause);
  }
}
