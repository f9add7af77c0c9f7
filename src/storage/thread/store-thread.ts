/** The script of the thread that owns the database. */
import { parentPort } from "node:worker_threads";
import type { Request } from "./messages.js";
import { StoreHost } from "./store-host.js";

const port = parentPort;
if (port !== null) {
  const host = new StoreHost(port);
  port.on("message", (request: Request) => void host.take(request));
}
