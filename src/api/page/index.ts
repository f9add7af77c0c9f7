/**
 * The page that shows a node in a browser: its files, its login and its sessions.
 *
 * In: a code of a login link, a cookie. Out: the files of the built page (`page/` of the repository) with their
 * security headers, and whether a code or a cookie is good.
 *
 * A login link has its code behind `#`, so the code is in no request line and in no log. The page sends it in a body,
 * gets a cookie, and removes the code from the address. The cookie allows the reading methods only.
 *
 * Bounds: LINKS_MAX unused links, each for LINK_MS; a new one replaces the oldest. Sessions take no memory.
 */
export { LINKS_MAX, LoginLinks } from "./login-links.js";
export { pageFile } from "./page-files.js";
export { SessionCookies } from "./session-cookie.js";
