import type { IncomingMessage, ServerResponse } from "node:http";

/** A larger body is refused. */
export const MAX_BODY = 262_144;

export interface HttpAnswer {
  readonly status: number;
  readonly reason: string;
  readonly contentType?: string;
  readonly body: string;
}

const empty = (status: number, reason: string): HttpAnswer => ({ status, reason, body: "" });

export const NOT_FOUND = empty(404, "Not Found");
export const TIMED_OUT = empty(408, "Request Timeout");
export const TOO_MANY = empty(429, "Too Many Requests");
export const NO_UPGRADE = empty(400, "No WebSocket Upgrade header found");
export const BAD_HANDSHAKE = empty(400, "Bad Request");
export const TOO_LARGE: HttpAnswer = {
  status: 413,
  reason: "Payload Too Large",
  contentType: "text/plain; charset=utf-8",
  body: "payload reached size limit",
};

export const jsonAnswer = (body: string): HttpAnswer => ({
  status: 200,
  reason: "OK",
  contentType: "application/json",
  body,
});

export const textAnswer = (body: string): HttpAnswer => ({
  status: 200,
  reason: "OK",
  contentType: "text/plain; charset=utf-8",
  body,
});

function headers({ contentType, body }: HttpAnswer): Record<string, string> {
  const type = contentType === undefined ? {} : { "content-type": contentType };
  return { "content-length": String(Buffer.byteLength(body)), ...type, date: new Date().toUTCString() };
}

export function sendAnswer(response: ServerResponse, answer: HttpAnswer): void {
  // The daemon sends no `connection` header and keeps the connection.
  response.removeHeader("connection");
  response.writeHead(answer.status, answer.reason, headers(answer));
  response.end(answer.body);
}

/** The bytes of an answer, for a connection without a response object: without a request, or with an `upgrade`. */
export function answerBytes(answer: HttpAnswer, upgrade: boolean): string {
  const all = { ...headers(answer), ...(upgrade ? { connection: "upgrade" } : {}) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${answer.status} ${answer.reason}\r\n${lines.join("")}\r\n${answer.body}`;
}

export function pathOf(request: IncomingMessage): string {
  return (request.url ?? "").split("?")[0] ?? "";
}

/** Undefined if the body is larger than MAX_BODY or incomplete. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) return undefined;
    length += chunk.length;
    // The rest of the body is read and discarded. Otherwise the client would not read the answer.
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length <= MAX_BODY ? Buffer.concat(chunks).toString("utf8") : undefined;
}
