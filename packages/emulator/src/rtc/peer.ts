/**
 * One WebRTC peer connection of the server: answers an offer, receives and sends audio, and carries the data channel that the client opens. ICE-lite, with all
 * candidates in the answer. werift and the codec are loaded with the first call, so that who has no calls does not pay for them.
 */
import { isIPv4 } from "node:net";
import type { RTCPeerConnection, RTCRtpTransceiver } from "werift";
import type { EmulatorClock } from "../clock.ts";
import { WireError } from "../errors.ts";
import type { AudioCodec } from "./audio-codec.ts";
import { PCMA, PCMU } from "./g711-codec.ts";
import { invalidOffer, namedAnswer, STREAM_NAME, usableOffer } from "./offer.ts";
import type { ResolvedRtc } from "./options.ts";
import { loadOpus } from "./opus-codec.ts";
import { PeerLine, type PeerLineOptions } from "./peer-line.ts";

/** What the service says it accepts in one message, in bytes. */
const MAX_MESSAGE_BYTES = 1_073_741_823;

/** What a peer needs, and what it tells and asks its owner. */
export interface PeerOptions extends ResolvedRtc, PeerLineOptions {
  readonly clock: EmulatorClock;
}

/** A peer connection. */
export interface Peer {
  /** The SDP answer. */
  readonly answer: string;
  /** What runs over it. */
  readonly line: PeerLine;
}

/** Answers `offer`, an SDP text. The connection closes by itself when the client does not come. @throws {WireError} when the offer cannot be answered. */
export async function createPeer(offer: string, options: PeerOptions): Promise<Peer> {
  const usable = usableOffer(offer);
  const [werift, opus] = await Promise.all([import("werift"), loadOpus()]);
  const Codec = werift.RTCRtpCodecParameters;
  const { addresses, ports } = options;
  let line: PeerLine | null = null;
  const connection = new werift.RTCPeerConnection({
    iceLite: true,
    iceServers: [],
    // No interface is looked at: the addresses are those of the options.
    iceUseIpv4: false,
    iceUseIpv6: false,
    iceAdditionalHostAddresses: [...addresses],
    iceInterfaceAddresses: boundAddresses(addresses),
    icePortRange: ports === null ? undefined : [ports[0], ports[1]],
    iceFilterStunResponse: () => {
      line?.sawClient();
      return true;
    },
    bundlePolicy: "max-bundle",
    maxMessageSize: MAX_MESSAGE_BYTES,
    codecs: {
      audio: [
        new Codec({ mimeType: "audio/opus", clockRate: 48_000, channels: 2, parameters: "minptime=10;useinbandfec=1" }),
        new Codec({ mimeType: "audio/PCMU", clockRate: 8000, channels: 1, payloadType: 0 }),
        new Codec({ mimeType: "audio/PCMA", clockRate: 8000, channels: 1, payloadType: 8 }),
      ],
      video: [],
    },
  });
  try {
    await connection.setRemoteDescription({ type: "offer", sdp: usable });
    const transceiver = connection.getTransceivers().find(({ kind, codecs }) => kind === "audio" && codecs.length > 0);
    if (transceiver === undefined) throw invalidOffer();
    const codecs = negotiatedCodecs(transceiver, [opus, PCMU, PCMA]);
    const track = new werift.MediaStreamTrack({ kind: "audio" });
    transceiver.sender.registerTrack(track);
    transceiver.sender.setStreams([new werift.MediaStream({ id: STREAM_NAME })]);
    transceiver.setDirection("sendrecv");
    line = new PeerLine(connection, codecs, options, ({ payload, ...header }) =>
      track.writeRtp(new werift.RtpPacket(new werift.RtpHeader(header), Buffer.from(payload))),
    );
    await connection.setLocalDescription(await connection.createAnswer());
    await gathered(connection);
    const answer = namedAnswer(connection.localDescription?.sdp ?? "");
    if (!answer.includes("a=candidate:")) throw new Error(`No UDP port could be taken on ${addresses.join(", ")}.`);
    return { answer, line };
  } catch (error) {
    if (line === null) await connection.close();
    else await line.close();
    if (error instanceof WireError) throw error;
    throw invalidOffer(`Failed to parse offer: ${(error as Error).message}`);
  }
}

/** What the sockets are bound to: the one address of each family, or all of the machine's when several are wanted, since there is one choice for each family. */
function boundAddresses(addresses: readonly string[]): { udp4?: string; udp6?: string } {
  const v4 = addresses.filter((address) => isIPv4(address));
  const v6 = addresses.filter((address) => !isIPv4(address));
  return { ...(v4.length === 1 ? { udp4: v4[0] } : {}), ...(v6.length === 1 ? { udp6: v6[0] } : {}) };
}

/** The codecs that both sides have, by the client's payload types and in its order. */
function negotiatedCodecs(transceiver: RTCRtpTransceiver, known: readonly AudioCodec[]): Map<number, AudioCodec> {
  const codecs = new Map<number, AudioCodec>();
  for (const { payloadType, name } of transceiver.codecs) {
    const codec = known.find((candidate) => candidate.name.toLowerCase() === name.toLowerCase());
    if (codec !== undefined && payloadType !== undefined) codecs.set(payloadType, codec);
  }
  if (codecs.size === 0) throw invalidOffer();
  return codecs;
}

/** Resolves when all candidates are known. */
async function gathered(connection: RTCPeerConnection): Promise<void> {
  while (connection.iceGatheringState !== "complete") {
    await new Promise<void>((resolve) => connection.iceGatheringStateChange.once(() => resolve()));
  }
}
