import { isObject, type Json, readJson } from "./daemon-json.js";

/** One line of a recorded WebSocket connection: seconds since connect, who did what, and with which payload. */
export interface TranscriptLine {
  readonly atMs: number;
  /** `SEND` and `RECV` as the client saw it; others (`HTTP-REQ`, `TCP-EOF`, `SIGSTOP` ...) say what happened beside. */
  readonly what: string;
  /** Of a frame: `text`, `text(nofin)`, `cont`, `cont(nofin)`, `binary`, `ping`, `pong`, `close`. */
  readonly frame: string;
  /** As recorded; a long one stands as `<n bytes>`. */
  readonly payload: string;
}

const LINE = /^ *(\d+\.\d+) (\S+) ?(.*)$/;
const FRAME = /^(\S+) ?(.*)$/;

/** Lines that are not of this form are left out. */
export function readTranscript(content: string): readonly TranscriptLine[] {
  return content.split("\n").flatMap((line) => {
    const [, seconds, what, rest = ""] = LINE.exec(line) ?? [];
    if (seconds === undefined || what === undefined) return [];
    const isFrame = what === "SEND" || what === "RECV";
    const [, frame = "", payload = ""] = isFrame ? (FRAME.exec(rest) ?? []) : [undefined, "", rest];
    return [{ atMs: Number(seconds) * 1000, what, frame, payload }];
  });
}

/** The code of a recorded close frame; undefined: it had none. */
export function closeCode(payload: string): number | undefined {
  const code = /code=(\d+)/.exec(payload)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** What a recorded text says; undefined: not JSON. */
export function textJson(payload: string): Json | undefined {
  try {
    return readJson(payload);
  } catch {
    return undefined;
  }
}

/** The name of the event that a text frame of the daemon tells; undefined: it is the answer to something. */
export function eventOf(message: Json | undefined): string | undefined {
  const result = isObject(message) ? message.result : undefined;
  const event = isObject(result) ? result.event : undefined;
  return typeof event === "string" ? event : undefined;
}
