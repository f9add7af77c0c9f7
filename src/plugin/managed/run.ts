import { monitorEventLoopDelay } from "node:perf_hooks";
import { within } from "../../manager/within.js";
import { MANAGED_EXIT, type ManagedExit, OPEN_REQUESTS_MAX, PROGRESS_INTERVAL_MS } from "./constants.js";
import { HostLog } from "./host-log.js";
import { OUTBOX_LINES_MAX, Outbox } from "./outbox.js";
import type { ChannelOutput } from "./own-output.js";
import { Peer } from "./peer.js";
import { Session } from "./session.js";
import type { InitParams } from "./start-params.js";

/** How long the last lines may take on their way to the host. */
const FLUSH_MS = 1000;
/** The grain at which the event loop's delay is sampled: a ping tells whole milliseconds. */
const LAG_RESOLUTION_MS = 10;
const NANOSECONDS_PER_MS = 1e6;

/** What a managed plugin has of the world. */
export interface ManagedIo {
  /** From the host. */
  readonly input: NodeJS.ReadableStream & { destroy(): unknown };
  /** To the host. */
  readonly output: ChannelOutput;
  /** 64 hex digits. */
  readonly cookie: string;
  /** Aborted when a signal asks the program to end. */
  readonly interrupted: AbortSignal;
  /** A line for whoever reads standard error. */
  readonly complain: (text: string) => void;
}

/** Speaks the managed protocol until it ends; the answer is the program's exit code. Never throws. */
export async function runManaged(io: ManagedIo): Promise<ManagedExit> {
  const outbox = new Outbox(io.output);
  const log = new HostLog((line) => peer.offer("log", line));
  const lag = monitorEventLoopDelay({ resolution: LAG_RESOLUTION_MS });
  lag.enable();
  let progress: NodeJS.Timeout | undefined;

  const start = async (params: InitParams, signal: AbortSignal) => {
    log.setLevel(params.options.log_level ?? "info");
    let stage = "modules";
    const say = (): void => void peer.offer("progress", { stage });
    progress = setInterval(say, PROGRESS_INTERVAL_MS);
    say();
    try {
      // The node is loaded here only: the manifest is answered before.
      const { startManagedNode } = await import("./node.js");
      const host = {
        ask: (method: string, asked: object, aborted?: AbortSignal) => peer.request(method, asked, aborted),
        grant: (events: number) => peer.notify("credit", { events }),
        stage: (name: string) => {
          stage = name;
          say();
        },
        log: log.write,
        bounds: () => [
          { name: "host_requests", size: peer.open.asked, cap: OPEN_REQUESTS_MAX },
          { name: "host_calls", size: peer.open.answering, cap: OPEN_REQUESTS_MAX },
          { name: "host_outbox", size: outbox.lines, cap: OUTBOX_LINES_MAX },
        ],
      };
      return await startManagedNode(params, host, signal);
    } finally {
      clearInterval(progress);
    }
  };
  const session = new Session({
    cookie: io.cookie,
    start,
    log: log.write,
    load: () => {
      const lagMs = Math.max(0, Math.round(lag.max / NANOSECONDS_PER_MS) - LAG_RESOLUTION_MS);
      lag.reset();
      return { lagMs, memoryBytes: process.memoryUsage.rss() };
    },
  });
  const peer = new Peer(outbox, {
    request: (method, params) => session.request(method, params),
    notification: (method, params) => session.notification(method, params),
    broken: () => {
      io.complain("the host does not speak the managed protocol: sixteen unreadable lines in a row");
      session.end(MANAGED_EXIT.badHost);
    },
    log: log.write,
  });

  const gone = (): void => {
    peer.close();
    outbox.close();
    session.end();
  };
  const ended = (): void => {
    if (peer.unfinishedBytes > 0) io.complain("standard input ended within a line");
    peer.close();
    session.end();
  };
  const read = (chunk: Buffer): void => {
    peer.push(chunk);
    if (!outbox.behind) return;
    // Whoever does not read its answers is not read either.
    io.input.pause();
    void outbox.caughtUp().then(() => io.input.resume());
  };
  io.output.on("error", gone);
  io.output.on("close", gone);
  io.input.on("data", read);
  io.input.on("end", ended);
  io.input.on("error", ended);
  io.input.on("close", ended);
  const interrupted = (): void => session.end();
  if (io.interrupted.aborted) interrupted();
  io.interrupted.addEventListener("abort", interrupted);

  const code = await session.finished;
  clearInterval(progress);
  lag.disable();
  await within(FLUSH_MS, outbox.flushed());
  io.interrupted.removeEventListener("abort", interrupted);
  peer.close();
  io.input.off("data", read);
  io.input.destroy();
  return code;
}
