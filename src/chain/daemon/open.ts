import type { DaemonUrl } from "./daemon-url.js";
import { DaemonHttp } from "./http-session.js";
import type { DaemonSession, SessionPorts } from "./session.js";
import { DaemonSocket, UpgradeRefused } from "./socket.js";

/** Opens a connection to the daemon: WebSocket, or HTTP if the daemon refuses the upgrade. */
export async function openSession(url: DaemonUrl, ports: SessionPorts, signal: AbortSignal): Promise<DaemonSession> {
  try {
    return await DaemonSocket.open(url.ws, ports, signal);
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
    ports.count("fallback");
    return new DaemonHttp(url.http, ports);
  }
}
