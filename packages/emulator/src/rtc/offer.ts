/**
 * What is done to session descriptions before they are used: offers are checked as the service checks them, and freed of what an ICE-lite server does not need; answers
 * are given the names that the service gives.
 */
import { WireError } from "../errors.ts";

/** The service's name for itself: RTCP's canonical name and the media stream's id. */
export const STREAM_NAME = "realtimeapi";

/**
 * An offer as it is given to the peer connection. A server that is ICE-lite answers checks and makes none, so the client's candidates are left out: nothing of them is
 * looked up (browsers hide addresses behind names of multicast DNS). @throws {WireError} when it cannot be answered.
 */
export function usableOffer(sdp: string): string {
  if (sdp === "" || !sdp.endsWith("\n")) throw invalidOffer("Failed to parse offer: failed to unmarshal SDP: EOF");
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "");
  if (lines[0] !== "v=0") throw invalidOffer("Failed to parse offer: failed to unmarshal SDP: sdp: invalid syntax");
  for (const needed of ["m=audio ", "a=ice-ufrag:", "a=ice-pwd:", "a=fingerprint:"]) {
    if (!lines.some((line) => line.startsWith(needed))) throw invalidOffer();
  }
  return `${lines.filter((line) => !/^a=(candidate:|end-of-candidates)/.test(line)).join("\r\n")}\r\n`;
}

/** An answer as it is sent. There is no trickling: all candidates are in it. */
export function namedAnswer(sdp: string): string {
  const lines = sdp.split(/\r?\n/).filter((line) => line !== "" && !/^a=(ice-options:trickle|end-of-candidates)/.test(line));
  return `${lines.map((line) => line.replace(/^(a=ssrc:\d+ cname:).*/, `$1${STREAM_NAME}`)).join("\r\n")}\r\n`;
}

/** The refusal of an offer. */
export function invalidOffer(message = "Invalid SDP offer. Please try again with a WHIP-compliant offer."): WireError {
  return new WireError(message, { code: "invalid_offer" });
}
