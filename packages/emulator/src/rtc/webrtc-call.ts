/**
 * One call over WebRTC: a session whose speech goes onto a track, whose input comes from one, and whose events go over the data channel, greeted when that opens. Whichever
 * ends first, the session or the connection, ends the other.
 */
import { type Dialect, sessionCodec } from "../dialects/dialect.ts";
import { errorPayload, WireError } from "../errors.ts";
import { HttpError } from "../server/http-error.ts";
import type { ServerContext } from "../server/routes.ts";
import type { Session } from "../session/session.ts";
import type { Attachment, SessionWire } from "../wire.ts";
import type { CallRequest } from "./call-request.ts";
import { createPeer } from "./peer.ts";
import type { PeerLine } from "./peer-line.ts";
import { TrackOutlet } from "./track-outlet.ts";

/** Close code and words of a call that the application ends. */
const HUNG_UP = [1000, "The call was hung up."] as const;
const CLOSING = [1001, "The emulator is closing."] as const;

/** Sets up a call whose events are in `dialect`; it stands when the client has applied the answer. @throws {WireError} when the offer or the settings are refused. */
export async function openWebRtcCall(
  { sdp, model, pinned, kind, owner }: CallRequest,
  { options, registry, calls }: ServerContext,
  dialect: Dialect,
): Promise<{ id: string; answer: string }> {
  const { clock, rtc } = options;
  let session: Session | null = null;
  let attachment: Attachment | null = null;
  let outlet: TrackOutlet | null = null;
  const { answer, line } = await createPeer(sdp, {
    ...rtc,
    clock,
    onFrame: (frame) => (outlet === null ? frame.fill(0) : outlet.pull(frame)),
    onAudio: (samples) => session?.hear(samples),
    onOpen: () => {
      if (session !== null) attachment = session.attach(channelWire(line, session), sessionCodec(dialect, session, options.rateLimits));
    },
    onMessage: (text) => attachment?.receive(text),
    onClosed: (code, reason) => session?.end(code, reason),
  });
  try {
    if (calls.closed) throw new HttpError(503, new WireError(CLOSING[1], { code: "server_closing", type: "server_error" }));
    const id = calls.nextId();
    const made = registry.create({
      model,
      pinned,
      kind,
      owner,
      profile: dialect.profile,
      transport: "webrtc",
      createOutlet: (context) => (outlet = new TrackOutlet(context)),
      onEnd: () => calls.remove(id, line.close()),
    });
    session = made;
    calls.add({
      id,
      session: made,
      hangUpByServer: () => made.end(...HUNG_UP),
      close: () => {
        made.end(...CLOSING);
        return line.close();
      },
    });
    return { id, answer };
  } catch (error) {
    await line.close();
    throw error;
  }
}

/** The data channel as a session's wire. */
function channelWire(line: PeerLine, session: Session): SessionWire {
  return {
    kind: "data-channel",
    send(text) {
      if (line.send(text)) return;
      const message = `An event of ${text.length} characters is longer than the max-message-size of the client's offer, and was not sent.`;
      const error = errorPayload(new WireError(message, { code: "message_too_large", type: "server_error" }), null);
      line.send(JSON.stringify({ type: "error", event_id: session.ids.next("event"), error }));
    },
    close: () => void line.close(),
    drop() {
      line.drop();
      session.end(1006, "The connection was dropped.");
    },
  };
}
