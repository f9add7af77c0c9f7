const PREFIX = "#login=";

/**
 * Exchanges the code of a login link for a session. The code leaves the address first, so that neither the history nor
 * a copied address has it. True if there was no code, or if the exchange worked.
 */
export async function logIn(): Promise<boolean> {
  const { hash, pathname } = location;
  if (!hash.startsWith(PREFIX)) return true;
  history.replaceState(null, "", pathname);
  try {
    const body = JSON.stringify({ code: hash.slice(PREFIX.length) });
    const { ok } = await fetch("/dashboard/session", { method: "POST", body });
    return ok;
  } catch {
    return false;
  }
}
