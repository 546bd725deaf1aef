/**
 * A WebSocket as a session's wire.
 */
import { WebSocket } from "ws";
import type { Session } from "../session/session.ts";
import type { SessionWire, WireCodec, WireKind } from "../wire.ts";
import { socketControl } from "./socket-control.ts";

/** Bytes that may wait for a client that does not read; more than any event has. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

/** Sends one message, or ends the connection of a client that does not read: what waits for it would fill the memory. */
export function sendBounded(webSocket: WebSocket, data: string | Uint8Array): void {
  if (webSocket.readyState === WebSocket.OPEN && webSocket.bufferedAmount > MAX_WAITING_BYTES) webSocket.terminate();
  else webSocket.send(data, { binary: typeof data !== "string" });
}

/** `webSocket` as a wire. */
export function socketWire(webSocket: WebSocket, kind: WireKind): SessionWire {
  // Bound, since a fault may replace the method that answers the client's close frames.
  const close = webSocket.close.bind(webSocket);
  return {
    kind,
    send: (text) => sendBounded(webSocket, text),
    close: (code, reason) => close(code, reason),
    drop: () => webSocket.terminate(),
    control: socketControl(webSocket),
  };
}

/** Connects `session` to a WebSocket for as long as both live. */
export function serveSession(session: Session, webSocket: WebSocket, kind: WireKind = "websocket", codec?: WireCodec): void {
  const attachment = session.attach(socketWire(webSocket, kind), codec);
  webSocket.on("message", (data: Buffer, isBinary) => attachment.receive(isBinary ? null : data.toString("utf8")));
  webSocket.on("close", (code, reason) => attachment.ended(code, reason.toString("utf8")));
}
