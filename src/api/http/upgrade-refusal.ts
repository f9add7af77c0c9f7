import type { Duplex } from "node:stream";
import type { NetworkError } from "../../protocol/errors.js";
import { errorText } from "./rpc.js";

/** Answers a request for a WebSocket that is refused, and ends its connection. */
export function refuseUpgrade(socket: Duplex, line: string, error?: NetworkError): void {
  const body = error === undefined ? "" : errorText(null, error);
  const challenge = line.startsWith("401") ? "www-authenticate: Bearer\r\n" : "";
  socket.once("finish", () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${line}\r\nconnection: close\r\ncontent-type: application/json\r\n${challenge}` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
