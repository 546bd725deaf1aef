/**
 * What the server gives a session: the model's behaviour, and where to write down what happens.
 */
import type { EmulatorClock } from "../clock.ts";
import type { SessionFaultsOptions } from "../faults/session-faults.ts";
import type { Ids } from "../ids.ts";
import type { Profile } from "../profiles.ts";
import type { Random } from "../random.ts";
import type { EventLog } from "../record/log.ts";
import type { SessionTransport } from "../record/record.ts";
import type { Account } from "../server/limits.ts";
import type { Vad } from "../vad/vad.ts";
import type { Voice } from "../voices/voice.ts";
import type { McpServers } from "./mcp.ts";
import type { SessionKind } from "./session-config.ts";
import type { OutletFactory } from "./speech-outlet.ts";

/** What a session is made of. */
export interface SessionOptions {
  /** The model that the client asked for. */
  readonly model: string;
  /** What the session is for. Default: `realtime`. */
  readonly kind?: SessionKind;
  /** Its behaviour. */
  readonly profile: Profile;
  /** The MCP servers that are simulated. */
  readonly mcpServers: McpServers;
  /** Where the session's random choices come from. */
  readonly random: Random;
  /** What it answers. */
  readonly voice: Voice;
  /** Makes a voice activity detector. */
  readonly createVad: () => Vad;
  /** Wall time. */
  readonly clock: EmulatorClock;
  /** `clock` time at which the emulator started, in ms. */
  readonly epochMs: number;
  /** The session's own ids. */
  readonly ids: Ids;
  /** Where all sessions write. */
  readonly sharedLog: EventLog;
  /** Entries of the session's own log. */
  readonly logLimit: number;
  /** Input audio kept for the record, in ms. */
  readonly recordLimitMs: number;
  /** Whether text deltas carry `obfuscation`. */
  readonly obfuscation: boolean;
  /** Whether `rate_limits.updated` follows each response. */
  readonly rateLimits: boolean;
  /** Longest life of the session, in ms. */
  readonly limitMs: number;
  /** Settings pinned by a client secret, as in `session.update`, checked before; null for none. */
  readonly pinned: unknown;
  /** How the client is connected. Default: `websocket`. */
  readonly transport?: SessionTransport;
  /** Makes the outlet of the model's speech. Default: events. */
  readonly createOutlet?: OutletFactory;
  /** What the client's key may use. */
  readonly account: Account;
  /** What goes wrong on demand. */
  readonly faults: SessionFaultsOptions;
  /** Called once, when the session is over. */
  readonly onEnd?: () => void;
}
