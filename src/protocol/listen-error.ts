import { NetworkError } from "./errors.js";

const TAKEN = "stop the program that listens there, or choose another address";
const NOT_HERE = "the machine does not have this address now";
const UNRESOLVED = "the name does not resolve now";

/** Errors of the operating system about an address, as text with a cure. */
const WORDS: Readonly<
  Record<string, readonly [code: "address_in_use" | "address_unavailable" | "bad_parameters", string]>
> = {
  EADDRINUSE: ["address_in_use", `already in use: ${TAKEN}`],
  EADDRNOTAVAIL: ["address_unavailable", `${NOT_HERE}: wait for it, or choose another address`],
  ENETUNREACH: ["address_unavailable", `${NOT_HERE}: wait for it, or choose another address`],
  ENETDOWN: ["address_unavailable", `${NOT_HERE}: wait for it, or choose another address`],
  EAFNOSUPPORT: ["address_unavailable", "the machine has no addresses of this kind: choose another address"],
  ENOTFOUND: ["address_unavailable", `${UNRESOLVED}: check the name, or give an IP address`],
  EAI_AGAIN: ["address_unavailable", `${UNRESOLVED}: check the name, or give an IP address`],
  EACCES: ["bad_parameters", "not allowed to this user: choose a port of 1024 or more"],
  EPERM: ["bad_parameters", "not allowed to this user: choose a port of 1024 or more"],
};

/**
 * Why an address can't be listened on: `address_in_use` and `address_unavailable` may pass, `bad_parameters` does not.
 * `errno` is the operating system's code, undefined if no listen call was made.
 */
export function listenError(address: string, errno: string | undefined, cause?: unknown): NetworkError {
  const known = errno === undefined ? undefined : WORDS[errno];
  if (known === undefined) {
    const why = errno === undefined ? "no address that a node can listen on" : errno;
    const cure = "an address looks like /ip4/0.0.0.0/tcp/2135, or host:port for the API";
    return new NetworkError("bad_parameters", `${address} can't be listened on (${why}): ${cure}`, { cause });
  }
  const [code, words] = known;
  return new NetworkError(code, `${address} can't be listened on (${errno}): ${words}`, { cause });
}
