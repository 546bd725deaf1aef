/**
 * TLS, for clients that insist on `wss:`: a certificate of the user's own, or one made on the spot for this machine's own names.
 */
import { isIP } from "node:net";
import { requireKnown, show } from "../option-checks.ts";

/** Key and certificate, in PEM. */
export interface TlsKeyPair {
  /** The private key. */
  readonly key: string;
  /** The certificate, and what leads from it to its authority, if anything. */
  readonly cert: string;
}

/** The option `tls`: a pair of one's own, `true` for a self-signed one, or null for none. */
export type TlsSetting = TlsKeyPair | true | null;

/** Life of a certificate made here, in days; some clients refuse what lives longer than 825. */
const LIFE_DAYS = 397;
const DAY_MS = 86_400_000;
/** Subject alternative names by kind, RFC 5280 section 4.2.1.6. */
const DNS = 2;
const IP = 7;

/** Checks the option. @throws {TypeError} */
export function tlsOption(value: unknown): TlsSetting {
  if (value === undefined || value === false) return null;
  if (value === true) return true;
  if (typeof value !== "object" || value === null) throw new TypeError(`tls is ${show(value)}; allowed are true, false and an object with key and cert.`);
  requireKnown("tls", value, ["key", "cert"]);
  const pair = value as Partial<TlsKeyPair>;
  for (const name of ["key", "cert"] as const) {
    // The value itself stays out of the message, since it may be a key.
    if (typeof pair[name] !== "string" || !pair[name].includes("-----BEGIN"))
      throw new TypeError(`tls.${name} is no PEM text; allowed is a string with "-----BEGIN".`);
  }
  return { key: pair.key as string, cert: pair.cert as string };
}

/** The pair to serve with, or null for none. A self-signed one is for localhost, 127.0.0.1, ::1 and `host`. */
export async function keyPair(setting: TlsSetting, host: string): Promise<TlsKeyPair | null> {
  return setting === true ? selfSigned(host) : setting;
}

async function selfSigned(host: string): Promise<TlsKeyPair> {
  // Loaded only when it is needed: it brings an ASN.1 library along.
  const { generate } = await import("selfsigned");
  const now = Date.now();
  const names = new Set(["localhost", "127.0.0.1", "::1"]);
  if (host !== "0.0.0.0" && host !== "::") names.add(host);
  const made = await generate([{ name: "commonName", value: "localhost" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    // A day back, for clocks that differ.
    notBeforeDate: new Date(now - DAY_MS),
    notAfterDate: new Date(now + LIFE_DAYS * DAY_MS),
    extensions: [
      // An end entity, not an authority: whoever trusts it trusts these names and nothing else.
      { name: "basicConstraints", cA: false, critical: true },
      { name: "keyUsage", digitalSignature: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      { name: "subjectAltName", altNames: [...names].map((name) => (isIP(name) ? { type: IP, ip: name } : { type: DNS, value: name })) },
    ],
  });
  return { key: made.private, cert: made.cert };
}
