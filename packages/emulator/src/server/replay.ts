/**
 * The endpoint of an emulator that replays: connections get recorded sessions, in turn, instead of sessions of their own.
 */
import type { WebSocket } from "ws";
import type { ResolvedReplay } from "../record/replay-option.ts";
import { ReplayPlayer } from "../record/replay-player.ts";
import { invalidKey } from "./http-error.ts";
import type { ServerContext, UpgradeRoute } from "./routes.ts";
import { sendBounded } from "./socket-wire.ts";

/** Mismatches that are kept; the first ones tell most. */
const MAX_MISMATCHES = 1000;

/** The endpoint; `path` matches the address. */
export function replayEndpoint({ keys, registry, options }: ServerContext, path: RegExp, replay: ResolvedReplay): UpgradeRoute {
  let count = 0;
  return {
    path,
    admit({ key }) {
      if (!keys.acceptsConnection(key)) throw invalidKey(key);
    },
    connect(webSocket: WebSocket, { url }) {
      const log = replay.sessions[count++ % replay.sessions.length] as (typeof replay.sessions)[number];
      const session = registry.observe({
        model: url.searchParams.get("model") ?? log.header.model,
        source: "emulator",
        close: (code, reason) => webSocket.close(code, reason),
        drop: () => webSocket.terminate(),
      });
      const player = new ReplayPlayer({
        log,
        pace: replay.pace,
        clock: options.clock,
        send: (event) => {
          const text = JSON.stringify(event);
          session.message("out", text);
          sendBounded(webSocket, text);
        },
        close: (code, reason) => closeAsRecorded(webSocket, code, reason),
        onMismatch: (mismatch) => {
          const whole = { sessionId: session.id, atMs: registry.nowMs, ...mismatch };
          if (registry.mismatches.length < MAX_MISMATCHES) registry.mismatches.push(whole);
          replay.onMismatch(whole);
        },
      });
      webSocket.on("message", (data: Buffer, isBinary) => {
        const text = isBinary ? null : data.toString("utf8");
        session.message("in", text);
        player.receive(text);
      });
      webSocket.on("close", (code, reason) => {
        player.stop();
        session.ended(code, reason.toString("utf8"));
      });
      player.start();
    },
  };
}

/** Codes that say how a connection ended, and those that nobody may send (RFC 6455 section 7.4) are in recordings, too: the connection is cut then. */
function closeAsRecorded(webSocket: WebSocket, code: number, reason: string): void {
  try {
    webSocket.close(code, reason);
  } catch {
    webSocket.terminate();
  }
}
