import { createHash } from "node:crypto";
import { type YamuxMuxerInit, yamux } from "@chainsafe/libp2p-yamux";
import { YamuxStream } from "@chainsafe/libp2p-yamux/stream";
import type { ConnectionEncrypter, MessageStream, StreamMuxerFactory } from "@libp2p/interface";
import { NetworkError } from "../../protocol/errors.js";

/**
 * Fewer writes of the transport libraries. This file holds every private member of yamux and tcp that the program uses.
 * docs/upstream has the same changes as patches for the libraries.
 */

/** SHA-256 of the method `sendWindowUpdate` of yamux 8.0.1 and of `sendData` of tcp 11.0.28, as Node prints them. */
const WINDOW_UPDATE_SHA256 = "ad75cb27323f9a2993b7121491c07b3327138d15332b478f4f6cd8f3ffb13c46";
const SEND_DATA_SHA256 = "37dde6631833a5dd12c72079c9c7df86cd578536e9a31fc69e7b775d230f7e42";

/** `StreamState.Established` of yamux, which exports no enumeration. */
const ESTABLISHED = 3;

function textDigest(method: unknown): string {
  return createHash("sha256").update(String(method)).digest("hex");
}

/** The method is the one that this file was written for. Another version may have other members. */
function isKnown(method: unknown, digest: string): boolean {
  return typeof method === "function" && textDigest(method) === digest;
}

interface WindowedStream {
  readonly state: number;
  readonly recvWindow: number;
  readonly recvWindowCapacity: number;
  sendWindowUpdate(): void;
}

interface StreamMaker {
  _newStream(...given: readonly unknown[]): WindowedStream;
}

function makesStreams(muxer: object): muxer is StreamMaker {
  return "_newStream" in muxer && typeof muxer._newStream === "function";
}

/**
 * Yamux that sends a window update when half of the window is used, as its siblings in Go and Rust do. The library
 * sends one for each frame: a frame, an encryption and a write of the socket for each message received. With another
 * version than the known one it is yamux as it is, and `applied` is called with false.
 */
export function yamuxWithFewUpdates(
  init: YamuxMuxerInit,
  applied: (isApplied: boolean) => void,
): () => StreamMuxerFactory {
  const isApplied = isKnown(YamuxStream.prototype.sendWindowUpdate, WINDOW_UPDATE_SHA256);
  applied(isApplied);
  return () => {
    const factory = yamux(init)();
    if (!isApplied) return factory;
    const create = factory.createStreamMuxer.bind(factory);
    factory.createStreamMuxer = (connection) => {
      const muxer = create(connection);
      patchMuxer(muxer);
      return muxer;
    };
    return factory;
  };
}

function patchMuxer(muxer: object): void {
  if (!makesStreams(muxer)) throw new NetworkError("bad_parameters", "this version of yamux is not supported");
  const make = muxer._newStream.bind(muxer);
  muxer._newStream = (...given) => withFewUpdates(make(...given));
}

function withFewUpdates(stream: WindowedStream): WindowedStream {
  const send = stream.sendWindowUpdate.bind(stream);
  stream.sendWindowUpdate = () => {
    // The first update of a stream carries its flags. A paused stream notes the time.
    if (stream.state === ESTABLISHED && stream.recvWindowCapacity * 2 > stream.recvWindow) return;
    send();
  };
  return stream;
}

interface Sent {
  readonly sentBytes: number;
  readonly canSendMore: boolean;
}

interface SocketConnection {
  readonly socket: { cork(): void; uncork(): void };
  sendData(data: unknown): Sent;
}

function hasSocket(connection: object): connection is SocketConnection {
  return (
    "socket" in connection &&
    typeof connection.socket === "object" &&
    connection.socket !== null &&
    "cork" in connection.socket &&
    "uncork" in connection.socket &&
    "sendData" in connection &&
    isKnown(connection.sendData, SEND_DATA_SHA256)
  );
}

/**
 * Collects what is written to a connection in one turn of the event loop into one write of the socket: noise writes its
 * lengths by themselves. A socket whose buffer is full writes at once. `applied` is called for each connection, with
 * false where it is not a connection of the known version of tcp.
 */
export function corked(encrypter: ConnectionEncrypter, applied: (isApplied: boolean) => void): ConnectionEncrypter {
  const cork = <T extends MessageStream>(connection: T): T => {
    const isApplied = hasSocket(connection);
    applied(isApplied);
    if (isApplied) corkConnection(connection);
    return connection;
  };
  const { secureInbound, secureOutbound } = encrypter;
  encrypter.secureInbound = (connection, options) => secureInbound.call(encrypter, cork(connection), options);
  encrypter.secureOutbound = (connection, options) => secureOutbound.call(encrypter, cork(connection), options);
  return encrypter;
}

function corkConnection(connection: SocketConnection): void {
  const { socket } = connection;
  const sendData = connection.sendData.bind(connection);
  let pending: NodeJS.Immediate | undefined;
  const uncork = (): void => {
    clearImmediate(pending);
    pending = undefined;
    socket.uncork();
  };
  connection.sendData = (data) => {
    if (pending === undefined) {
      socket.cork();
      pending = setImmediate(uncork);
    }
    const sent = sendData(data);
    if (!sent.canSendMore) uncork();
    return sent;
  };
}
