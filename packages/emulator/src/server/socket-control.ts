/**
 * The ways in which a WebSocket can misbehave, on purpose. `ws` hides the socket below it and answers close frames by itself, so the server tells the one, and the other
 * is taken over on the instance.
 */
import type { Duplex } from "node:stream";
import type { WebSocket } from "ws";
import { resetSocket } from "../faults/connect-faults.ts";
import type { WireControl } from "../wire.ts";

const sockets = new WeakMap<WebSocket, Duplex>();

/** Tells the socket below a WebSocket. */
export function rememberSocket(webSocket: WebSocket, socket: Duplex): void {
  sockets.set(webSocket, socket);
}

/** The misbehaviour of `webSocket`. */
export function socketControl(webSocket: WebSocket): WireControl {
  return {
    sendBinary: (bytes) => webSocket.send(bytes, { binary: true }),
    // What is not read is not answered. The kernel still confirms what fits its buffers, then the client's sending stalls, as on a dead path.
    freeze: () => webSocket.pause(),
    fin: () => {
      const socket = sockets.get(webSocket);
      if (socket === undefined) webSocket.terminate();
      else socket.end();
    },
    reset: () => {
      const socket = sockets.get(webSocket);
      if (socket === undefined) webSocket.terminate();
      else resetSocket(socket);
    },
    // On a close frame, `ws` calls `close` on the instance to answer it; the session's wire has the original.
    ignoreClose: () => {
      webSocket.close = () => {};
    },
  };
}
