/** An emulator behind TLS, as the `openai` package insists on, with a certificate that this process trusts. */
import { once } from "node:events";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import type { Emulator, EmulatorOptions } from "@sidetone/emulator";
import OpenAI from "openai";
import { checkedEmulator } from "../../support/checked-emulator.ts";
import { QUICK } from "./voices.ts";

/** A running emulator, and how `openai` reaches it. */
export interface SecureEmulator {
  readonly emulator: Emulator;
  /** For the client's `baseURL`. */
  readonly baseURL: string;
  /** The server's certificate, PEM. */
  readonly certificate: string;
  /** A client of it. */
  client(apiKey?: string): OpenAI;
  close(): Promise<void>;
}

interface Pem {
  private: string;
  cert: string;
}

let made: Promise<Pem> | null = null;

async function makeCertificate(): Promise<Pem> {
  const { generate } = createRequire(new URL("../../../packages/emulator/package.json", import.meta.url))("selfsigned");
  const altNames = [
    { type: 2, value: "localhost" },
    { type: 7, ip: "127.0.0.1" },
  ];
  const pem: Pem = await generate([{ name: "commonName", value: "localhost" }], { keySize: 2048, extensions: [{ name: "subjectAltName", altNames }] });
  setDefaultCACertificates([...getCACertificates("default"), pem.cert]);
  return pem;
}

/** Starts one. */
export async function secureEmulator(options: EmulatorOptions = {}): Promise<SecureEmulator> {
  made ??= makeCertificate();
  const pem = await made;
  const server = createServer({ key: pem.private, cert: pem.cert });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const emulator = await checkedEmulator({ profile: QUICK, seed: 5, ...options, server });
  const baseURL = `https://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    emulator,
    baseURL,
    certificate: pem.cert,
    client: (apiKey = "sk-test") => new OpenAI({ apiKey, baseURL, maxRetries: 0 }),
    async close() {
      await emulator.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
