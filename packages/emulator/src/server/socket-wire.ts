/**
 * A WebSocket as a session's wire.
 */
import type { WebSocket } from "ws";
import type { Session } from "../session/session.ts";
import type { SessionWire, WireCodec, WireKind } from "../wire.ts";
import { socketControl } from "./socket-control.ts";

/** `webSocket` as a wire. */
export function socketWire(webSocket: WebSocket, kind: WireKind): SessionWire {
  // Bound, since a fault may replace the method that answers the client's close frames.
  const close = webSocket.close.bind(webSocket);
  return {
    kind,
    send: (text) => webSocket.send(text),
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
