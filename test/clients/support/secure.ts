/** An emulator behind TLS, as the `openai` package insists on, whose certificate this process trusts. */
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

/** Starts one. */
export async function secureEmulator(options: EmulatorOptions = {}): Promise<SecureEmulator> {
  const emulator = await checkedEmulator({ profile: QUICK, seed: 5, ...options, tls: true });
  const certificate = emulator.certificate ?? "";
  setDefaultCACertificates([...getCACertificates("default"), certificate]);
  const baseURL = `${emulator.httpUrl}/v1`;
  return {
    emulator,
    baseURL,
    certificate,
    client: (apiKey = "sk-test") => new OpenAI({ apiKey, baseURL, maxRetries: 0 }),
    close: () => emulator.close(),
  };
}
