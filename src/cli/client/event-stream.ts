import { Agent } from "node:http";
import { WebSocket } from "ws";
import { z } from "zod";
import { parseJson } from "../../api/client/index.js";
import { RefusedError } from "../exit-codes.js";
import { type Access, refusedBy, unreachable } from "./client.js";

/** Longest handshake: a node on a busy machine answers within seconds. */
const OPEN_TIMEOUT_MS = 10_000;
const DIRECT = new Agent();
/** The node pings every 5 s. After three missing pings it counts as gone. */
const SILENCE_MS = 15_000;

const eventShape = z.looseObject({ event: z.string(), sequence: z.int() });
export type NodeEvent = z.infer<typeof eventShape>;

const messageShape = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });

export interface StreamHandlers {
  readonly onOpen: () => void;
  readonly onEvent: (event: NodeEvent) => void;
}

/**
 * Passes on the events of one connection. Resolves when `signal` aborts or the node closes the connection. Rejects with
 * `UnreachableError` if the connection can't be opened, and with `RefusedError` if the node refuses the subscription.
 */
export async function streamEvents(
  access: Access,
  params: { readonly notify: string; readonly after: number | undefined },
  signal: AbortSignal,
  handlers: StreamHandlers,
): Promise<void> {
  const socket = new WebSocket(`${access.url.replace(/^http/, "ws")}/json_rpc`, {
    headers: { authorization: `Bearer ${access.token}` },
    // Never through a proxy of the environment, as in direct-post.ts.
    agent: DIRECT,
    handshakeTimeout: OPEN_TIMEOUT_MS,
    perMessageDeflate: false,
  });
  await new Promise<void>((resolve, reject) => {
    let silence: NodeJS.Timeout | undefined;
    const restartSilence = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => socket.terminate(), SILENCE_MS);
    };
    const abort = (): void => socket.terminate();
    signal.addEventListener("abort", abort, { once: true });
    const end = (error?: Error): void => {
      clearTimeout(silence);
      signal.removeEventListener("abort", abort);
      socket.terminate();
      if (error === undefined || signal.aborted) resolve();
      else reject(error);
    };
    socket.on("unexpected-response", (_request, { statusCode }) => {
      if (statusCode === 401 || statusCode === 403)
        end(new RefusedError("the node refuses this token", 0, "unauthorized"));
      else end(unreachable(access.url, undefined));
    });
    socket.on("error", (error) => end(unreachable(access.url, new Error(error.message, { cause: error }))));
    socket.on("close", () => end());
    socket.on("ping", restartSilence);
    socket.on("open", () => {
      restartSilence();
      socket.send(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "subscribe", params }));
    });
    socket.on("message", (data) => {
      restartSilence();
      const message = messageShape.safeParse(parseOrNothing(data.toString())).data;
      const refused = refusedBy(message?.error);
      if (refused !== undefined) end(refused);
      else if (message?.result === true) handlers.onOpen();
      else {
        const event = eventShape.safeParse(message?.result).data;
        if (event !== undefined) handlers.onEvent(event);
      }
    });
  });
}

function parseOrNothing(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // Not of this protocol: ignored, like an unknown event.
    return undefined;
  }
}
