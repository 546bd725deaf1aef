/**
 * Live sessions over WebRTC: `POST /v1/live/sessions` with the settings and an offer starts one, whose voice goes onto the track, whose input comes from it, and whose
 * events go over the data channel, greeted when that opens. Whichever ends first, the session or the connection, ends the other.
 */
import { errorPayload, WireError } from "../errors.ts";
import { createPeer } from "../rtc/peer.ts";
import type { PeerLine } from "../rtc/peer-line.ts";
import { LIVE_BASES, under } from "../server/base-paths.ts";
import { HttpError, invalidKey } from "../server/http-error.ts";
import type { Route, ServerContext } from "../server/routes.ts";
import { parseMessage } from "../session/client-events.ts";
import { anything, isObject, object, oneOf, text } from "../session/validate.ts";
import type { Attachment, SessionWire } from "../wire.ts";
import type { LiveRegistry } from "./live-registry.ts";
import type { LiveSession } from "./live-session.ts";

/** Samples at 24 kHz held back before the first frame, and at most: 120 and 600 ms. */
const HOLD_SAMPLES = 2880;
const MOST_SAMPLES = 14_400;

const createBody = object({ session: anything, transport: object({ type: oneOf("webrtc"), sdp: text() }, ["type", "sdp"]) }, ["session", "transport"]);

/** The routes: setting up, and hanging up. */
export function liveRoutes(context: ServerContext, registry: LiveRegistry): Route[] {
  const { keys } = context;
  return [
    {
      method: "POST",
      path: under(LIVE_BASES, "/sessions"),
      async handle({ key, body }) {
        if (!keys.acceptsConnection(key)) throw invalidKey(key);
        context.registry.limits.admitSession(keys.owner(key));
        const given = createBody(parseMessage((await body()).toString("utf8")), "");
        const opening = openLiveCall(given.session, given.transport?.sdp as string, keys.owner(key), context, registry);
        context.calls.await(opening);
        const { id, answer } = await opening;
        return { status: 201, body: { session: { id }, transport: { type: "webrtc", sdp: answer } } };
      },
    },
    {
      method: "POST",
      path: under(LIVE_BASES, "/sessions/([^/]+)/hangup"),
      handle({ key, match }) {
        if (!keys.acceptsApiKey(key)) throw invalidKey(key);
        const session = registry.find(match[1] as string);
        if (session === undefined) throw new HttpError(404, new WireError(`Live session '${match[1]}' not found.`, { code: "session_not_found" }));
        session.finish("close_requested");
        return { status: 200 };
      },
    },
  ];
}

async function openLiveCall(
  settings: unknown,
  offer: string,
  owner: string | null,
  { options, calls }: ServerContext,
  registry: LiveRegistry,
): Promise<{ id: string; answer: string }> {
  if (isObject(settings) && isObject(settings.audio) && "format" in settings.audio) {
    throw new WireError("Unknown parameter: 'session.audio.format'.", { code: "unknown_parameter", param: "session.audio.format" });
  }
  const voice = new FrameQueue();
  let session: LiveSession | null = null;
  let attachment: Attachment | null = null;
  const { answer, line } = await createPeer(offer, {
    ...options.rtc,
    clock: options.clock,
    onFrame: (frame) => voice.pull(frame),
    onAudio: (samples) => session?.hear(samples),
    onOpen: () => {
      if (session !== null) attachment = session.attach(channelWire(line));
    },
    onMessage: (message) => attachment?.receive(message),
    onClosed: (code) => session?.finish(code === 1000 ? "remote_hangup" : "connection_lost"),
  });
  try {
    if (calls.closed) throw new HttpError(503, new WireError("The emulator is closing.", { code: "server_closing", type: "server_error" }));
    const made = registry.create(owner, { onAudio: (samples) => voice.push(samples), onEnd: () => calls.remove(made.id, line.close()) });
    try {
      made.start(settings);
    } catch (error) {
      made.end(1000, "The settings were refused.");
      throw error;
    }
    session = made;
    return { id: made.id, answer };
  } catch (error) {
    await line.close();
    throw error;
  }
}

/**
 * The session speaks in frames of its own, whenever enough input has come, and the track in frames of 20 ms, by the clock: a little is held back so that one is not late
 * for the other, and what is too much after a stall is dropped.
 */
class FrameQueue {
  readonly #waiting: Int16Array[] = [];
  #samples = 0;
  #held = true;

  push(samples: Int16Array): void {
    this.#waiting.push(samples);
    this.#samples += samples.length;
    if (this.#samples >= HOLD_SAMPLES) this.#held = false;
    while (this.#samples > MOST_SAMPLES) this.#samples -= (this.#waiting.shift() as Int16Array).length;
  }

  /** Fills `frame`, with silence while nothing may be taken. */
  pull(frame: Int16Array): void {
    let filled = 0;
    for (let next = this.#waiting[0]; !this.#held && next !== undefined && filled < frame.length; next = this.#waiting[0]) {
      const count = Math.min(next.length, frame.length - filled);
      frame.set(next.subarray(0, count), filled);
      filled += count;
      if (count === next.length) this.#waiting.shift();
      else this.#waiting[0] = next.subarray(count);
    }
    this.#samples -= filled;
    if (filled < frame.length) this.#held = true;
    frame.fill(0, filled);
  }
}

function channelWire(line: PeerLine): SessionWire {
  return {
    kind: "data-channel",
    send(message) {
      if (line.send(message)) return;
      const error = new WireError(`An event of ${message.length} characters is longer than the max-message-size of the client's offer, and was not sent.`, {
        code: "message_too_large",
        type: "server_error",
      });
      line.send(JSON.stringify({ type: "error", event_id: "event_too_large", error: errorPayload(error, null) }));
    },
    close: () => void line.close(),
    drop: () => line.drop(),
  };
}
