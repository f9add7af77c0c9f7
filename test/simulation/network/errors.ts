/** Errors as libp2p and the system name them; `dialReason` of the product reads name, code and text. */
function named(name: string, text: string): Error {
  const error = new Error(text);
  error.name = name;
  return error;
}

export function connectionClosed(): Error {
  return named("ConnectionClosedError", "the connection is closed");
}

export function unsupportedProtocol(protocols: readonly string[]): Error {
  return named("UnsupportedProtocolError", `the peer handles none of ${protocols.join(", ")}`);
}

export function dialTimeout(): Error {
  return named("TimeoutError", "the dial timed out");
}

export function dialRefused(): Error {
  return Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
}

export function dialSelf(): Error {
  return named("DialError", "tried to dial self");
}

export function wrongPeer(): Error {
  return named("EncryptionFailedError", "the payload identity key does not match expected remote key");
}

/** The acceptor closes a connection that it has no room for. */
export function noRoom(): Error {
  return named("EncryptionFailedError", "unexpected end of stream while reading 0/2 bytes");
}
