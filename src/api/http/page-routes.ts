import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { z } from "zod";
import { LoginLinks, pageFile, SessionCookies } from "../page/index.js";
import { isLoopback } from "./access.js";
import { readBody } from "./request-body.js";

/** A code and its member name. */
const LOGIN_MAX_BYTES = 1024;
const loginShape = z.strictObject({ code: z.string().max(128) });

/** Where the page is. */
export const PAGE_PATH = "/dashboard";
const LINK_PATH = `${PAGE_PATH}/link`;
const SESSION_PATH = `${PAGE_PATH}/session`;

/** A login link, and the time until which it may be used, unix seconds. */
export interface LoginLink {
  readonly url: string;
  readonly expiresAt: number;
}

/** The page and its login. The server asks it for paths below {@link PAGE_PATH}. */
export class PageRoutes {
  readonly #links = new LoginLinks();
  #cookies: SessionCookies;
  readonly #listen: { readonly host: string; readonly url: () => string };

  constructor(token: string, listen: { readonly host: string; readonly url: () => string }) {
    this.#cookies = new SessionCookies(token);
    this.#listen = listen;
  }

  /** A new token ends every session. */
  renew(token: string): void {
    this.#cookies = new SessionCookies(token);
  }

  /** Unused login links. */
  get links(): number {
    return this.#links.size;
  }

  isSession(header: string | undefined): boolean {
    return this.#cookies.isGood(header, this.#port);
  }

  /** A new login link; undefined where the node does not listen on loopback, because the page is not served there. */
  link(): LoginLink | undefined {
    if (!isLoopback(this.#listen.host)) return undefined;
    const { code, endMs } = this.#links.make();
    return { url: `${this.#listen.url()}${PAGE_PATH}#login=${code}`, expiresAt: Math.floor(endMs / 1000) };
  }

  /** Whether a request needs no right: it is for a file of the page or for its login. */
  isOpen(path: string): boolean {
    return path.startsWith(PAGE_PATH) && path !== LINK_PATH;
  }

  /** The answer to a request that the server let through; undefined if there is nothing at the path. */
  async answer(path: string, request: Request, headers: IncomingHttpHeaders): Promise<Response | undefined> {
    if (!isLoopback(this.#listen.host)) return undefined;
    if (request.method === "GET") return pageFile(path);
    if (request.method !== "POST") return undefined;
    if (path === SESSION_PATH) return this.#login(request, headers);
    const link = path === LINK_PATH ? this.link() : undefined;
    return link === undefined ? undefined : Response.json({ url: link.url, expires_at: link.expiresAt });
  }

  /** Only the page itself may log in: another page would log a person in without being asked. */
  async #login(request: Request, { origin }: IncomingHttpHeaders): Promise<Response> {
    const body = await readBody(request, LOGIN_MAX_BYTES);
    const asked = body.kind === "text" ? loginShape.safeParse(jsonOf(body.text)).data : undefined;
    if (origin === undefined || asked === undefined || !this.#links.take(asked.code)) {
      return new Response("the link was used, or it is too old\n", { status: 403 });
    }
    return new Response(null, { status: 204, headers: { "set-cookie": this.#cookies.make(this.#port) } });
  }

  get #port(): number {
    return Number(new URL(this.#listen.url()).port);
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The path of a request, without its query. */
export function pathOf({ url = "/" }: IncomingMessage): string {
  return url.split("?", 1)[0] ?? "/";
}
