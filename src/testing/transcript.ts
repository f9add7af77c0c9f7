import { isObject, type Json, readJson } from "./daemon-json.js";

/** One line of a recorded WebSocket connection: seconds since the connect, action, frame and payload. */
export interface TranscriptLine {
  readonly atMs: number;
  /** `SEND` and `RECV` from the client's side; others (`HTTP-REQ`, `TCP-EOF`, `SIGSTOP` ...) are other events. */
  readonly what: string;
  /** Type of a frame: `text`, `text(nofin)`, `cont`, `cont(nofin)`, `binary`, `ping`, `pong`, `close`. */
  readonly frame: string;
  /** As recorded; a long payload is `<n bytes>`. */
  readonly payload: string;
}

const LINE = /^ *(\d+\.\d+) (\S+) ?(.*)$/;
const FRAME = /^(\S+) ?(.*)$/;

/** Lines of another form are skipped. */
export function readTranscript(content: string): readonly TranscriptLine[] {
  return content.split("\n").flatMap((line) => {
    const [, seconds, what, rest = ""] = LINE.exec(line) ?? [];
    if (seconds === undefined || what === undefined) return [];
    const isFrame = what === "SEND" || what === "RECV";
    const [, frame = "", payload = ""] = isFrame ? (FRAME.exec(rest) ?? []) : [undefined, "", rest];
    return [{ atMs: Number(seconds) * 1000, what, frame, payload }];
  });
}

/** The code of a recorded close frame; undefined without a code. */
export function closeCode(payload: string): number | undefined {
  const code = /code=(\d+)/.exec(payload)?.[1];
  return code === undefined ? undefined : Number(code);
}

/** A recorded text as JSON; undefined if it is not JSON. */
export function textJson(payload: string): Json | undefined {
  try {
    return readJson(payload);
  } catch {
    return undefined;
  }
}

/** The event name of a text frame of the daemon; undefined for an answer. */
export function eventOf(message: Json | undefined): string | undefined {
  const result = isObject(message) ? message.result : undefined;
  const event = isObject(result) ? result.event : undefined;
  return typeof event === "string" ? event : undefined;
}
