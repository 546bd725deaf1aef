/**
 * The option `rtc`: where calls over WebRTC get their media.
 */
import { isIP } from "node:net";
import { integerOption, requireKnown, requireObject, show } from "../option-checks.ts";

/** How WebRTC calls reach this machine. */
export interface RtcOptions {
  /**
   * IP addresses, v4 or v6, at which media is received; each becomes a host candidate of the answer. Default: `["127.0.0.1"]`, which needs no network. Firefox does not
   * connect to loopback addresses, and other machines cannot: they need one of this machine's own.
   */
  readonly addresses?: readonly string[];
  /** UDP ports for media, the lowest and the highest, 1024 to 65535; each call takes one for each address. Default: any free port. */
  readonly ports?: readonly [number, number];
}

/** The option with nothing left open. */
export interface ResolvedRtc {
  readonly addresses: readonly string[];
  readonly ports: readonly [number, number] | null;
}

/** The defaults. */
export const RTC_DEFAULTS: ResolvedRtc = Object.freeze({ addresses: Object.freeze(["127.0.0.1"]), ports: null });

const LEAST_PORT = 1024;
const MOST_PORT = 65_535;

/** Checks the option. @throws {TypeError | RangeError} */
export function rtcOption(value: RtcOptions | undefined): ResolvedRtc {
  if (value === undefined) return RTC_DEFAULTS;
  requireObject("rtc", value);
  requireKnown("rtc", value, ["addresses", "ports"]);
  const { addresses = RTC_DEFAULTS.addresses, ports } = value;
  if (!Array.isArray(addresses) || addresses.length === 0 || !addresses.every((address) => isIP(address) !== 0)) {
    throw new TypeError(`rtc.addresses is ${show(addresses)}; allowed is an array of at least one IP address.`);
  }
  if (ports === undefined) return { addresses: [...addresses], ports: null };
  if (!Array.isArray(ports) || ports.length !== 2) throw new TypeError(`rtc.ports is ${show(ports)}; allowed is an array of the lowest and the highest port.`);
  const low = integerOption("rtc.ports[0]", ports[0], LEAST_PORT, MOST_PORT);
  const high = integerOption("rtc.ports[1]", ports[1], LEAST_PORT, MOST_PORT);
  if (low >= high) throw new RangeError(`rtc.ports is [${low}, ${high}]; allowed is a lowest port that is less than the highest.`);
  return { addresses: [...addresses], ports: [low, high] };
}
