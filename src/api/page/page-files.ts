import { readFile } from "node:fs/promises";
import { packageRoot } from "../../lifecycle/place/index.js";

/** The built page. */
const BUILT = new URL("dist/page/", packageRoot());

/** The files of the page. No other file is served. */
const FILES = {
  "/dashboard": { file: "index.html", type: "text/html; charset=utf-8" },
  "/dashboard/page.js": { file: "page.js", type: "text/javascript; charset=utf-8" },
  "/dashboard/page.css": { file: "page.css", type: "text/css; charset=utf-8" },
} as const;

/** The page loads nothing from elsewhere, runs only its own file, and is in no frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
  "cache-control": "no-cache",
} as const;

function isServed(path: string): path is keyof typeof FILES {
  return Object.hasOwn(FILES, path);
}

/** The file of a path with its headers; undefined for another path, and where the page is not built. */
export async function pageFile(path: string): Promise<Response | undefined> {
  if (!isServed(path)) return undefined;
  const { file, type } = FILES[path];
  try {
    const text = await readFile(new URL(file, BUILT), "utf8");
    return new Response(text, { headers: { ...HEADERS, "content-type": type } });
  } catch {
    return undefined;
  }
}
