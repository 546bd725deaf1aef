/**
 * Options of the emulator: names, defaults, checks. Options are the programmer's, so a wrong one throws at once and says what was given and what is allowed.
 */
import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { type EmulatorClock, systemClock } from "./clock.ts";
import type { Dialect, DialectName } from "./dialects/dialect.ts";
import { dialectOption } from "./dialects/dialects.ts";
import { resolvePlan } from "./faults/options.ts";
import type { FaultPlan, ResolvedPlan } from "./faults/plan.ts";
import type { FaultPreset } from "./faults/presets.ts";
import { booleanOption, integerOption, requireKnown, requireObject, show } from "./option-checks.ts";
import { profileOption } from "./profile-option.ts";
import type { ProfileOverrides } from "./profiles.ts";
import { type RecordOption, type ResolvedRecord, recordOption } from "./record/recorder.ts";
import { type ReplayOptions, type ResolvedReplay, replayOption } from "./record/replay-option.ts";
import { type ResolvedRtc, type RtcOptions, rtcOption } from "./rtc/options.ts";
import { type KeyLimits, limitsOption } from "./server/limits.ts";
import { isLoopbackName, type OriginSetting, originsOption } from "./server/origins.ts";
import { type RelayOptions, type RelayTarget, relayOption } from "./server/relay-option.ts";
import { type TlsKeyPair, type TlsSetting, tlsOption } from "./server/tls.ts";
import type { McpServers } from "./session/mcp.ts";
import { type ResolvedWebhooks, type WebhookOptions, webhooksOption } from "./sip/options.ts";
import { type VadOption, vadOption } from "./vad/choice.ts";
import type { Voice } from "./voices/voice.ts";
import { type VoiceOption, voiceOption } from "./voices/voice-option.ts";

/** Options of `createEmulator`; all have defaults. */
export interface EmulatorOptions {
  /** Address to listen on. Default: `127.0.0.1`. Not together with `server`. */
  readonly host?: string;
  /** TCP port, 0 to 65535; 0 takes a free one. Default: 0. Not together with `server`. */
  readonly port?: number;
  /** An HTTP server to serve from instead of an own one: the emulator answers its own paths, everything else goes to the server's listeners as before. Add those before: listeners added later see the emulator's requests, too. */
  readonly server?: Server;
  /** What the model answers: the user's own words, a tone, files, a script, or anything of your own. Default: `"echo"`. */
  readonly voice?: VoiceOption;
  /** Writes each session down while it runs: a folder, or more than that. Default: nothing is written. */
  readonly record?: RecordOption;
  /** Gives clients a recorded session, or several in turn, instead of sessions of their own: a path, or more than that. Not together with `relay`. Default: none. */
  readonly replay?: string | ReplayOptions;
  /** Relays clients to a service instead of answering them; with `record`, their sessions are recorded on the way. Default: none. */
  readonly relay?: RelayOptions;
  /** MCP servers by label, as sessions name them in their tools; nothing outside is ever called. Default: none, so that imports of tools fail. */
  readonly mcpServers?: McpServers;
  /** What differs from the behaviour of the model that a client asks for. Default: nothing. */
  readonly profile?: ProfileOverrides;
  /** The keys that are accepted, besides client secrets made here; `"any"` accepts any key, or none. Default: `"any"`, and to be given where `host` is not this machine alone. */
  readonly apiKeys?: readonly string[] | "any";
  /** What `/v1/realtime` speaks; addresses of Azure speak what Azure speaks there. With a beta dialect, clients of the beta interface are not refused. Default: `"ga"`. */
  readonly dialect?: DialectName;
  /** Makes ids repeatable: an integer. Default: random. */
  readonly seed?: number;
  /** Time. Default: real time. */
  readonly clock?: EmulatorClock;
  /** The voice activity detector behind `server_vad` and `semantic_vad`, by name, or what makes one for a session. Default: the profile's, which is `"silero-v6"`. */
  readonly vad?: VadOption;
  /** Where WebRTC calls get their media. Default: on 127.0.0.1, any free port. */
  readonly rtc?: RtcOptions;
  /** Who is told about simulated phone calls, signed with which secret. Default: nobody. */
  readonly webhooks?: WebhookOptions;
  /** Whether text deltas carry `obfuscation`, as on the service. Default: true. */
  readonly obfuscation?: boolean;
  /** Whether `rate_limits.updated` follows each response, as on OpenAI's service and unlike Azure's. Default: true. */
  readonly rateLimits?: boolean;
  /** Longest life of a session, in ms, at least 1. Default: 3600000. */
  readonly sessionLimitMs?: number;
  /** Entries kept in each log, at least 1. Default: 20000. */
  readonly logLimit?: number;
  /** Input audio kept per session for tests to read, in ms, at least 1. Default: 600000. */
  readonly recordLimitMs?: number;
  /** Records of ended sessions that are kept, at least 0. Default: 50. */
  readonly keepSessions?: number;
  /** What goes wrong on demand: a plan, or the name of a network. Default: nothing. */
  readonly faults?: FaultPlan | FaultPreset;
  /** Serves `wss:` and `https:`: `true` with a certificate made for this machine (see `Emulator.certificate`), or with a key and certificate in PEM. Default: false. Not together with `server`. */
  readonly tls?: boolean | TlsKeyPair;
  /** Web pages that may use it besides those of this machine, by their origin such as `https://app.example`; `"*"` lets all. Default: none. */
  readonly origins?: readonly string[] | "*";
  /** What each key may use. Default: no limits. */
  readonly limits?: KeyLimits;
}

/** Options with nothing left open. */
export interface ResolvedOptions {
  readonly host: string;
  readonly port: number;
  readonly server: Server | null;
  readonly voice: Voice;
  readonly record: ResolvedRecord | null;
  readonly replay: ResolvedReplay | null;
  readonly relay: RelayTarget | null;
  readonly mcpServers: McpServers;
  readonly profile: ProfileOverrides;
  readonly apiKeys: readonly string[] | null;
  readonly dialect: Dialect;
  readonly seed: number | null;
  readonly clock: EmulatorClock;
  /** Null: the profile's. */
  readonly vad: VadOption | null;
  readonly rtc: ResolvedRtc;
  readonly webhooks: ResolvedWebhooks | null;
  readonly obfuscation: boolean;
  readonly rateLimits: boolean;
  readonly sessionLimitMs: number;
  readonly logLimit: number;
  readonly recordLimitMs: number;
  readonly keepSessions: number;
  readonly faults: ResolvedPlan;
  readonly tls: TlsSetting;
  readonly origins: OriginSetting;
  readonly limits: KeyLimits;
}

/** The defaults; times in ms. */
export const EMULATOR_DEFAULTS = Object.freeze({
  host: "127.0.0.1",
  port: 0,
  dialect: "ga",
  obfuscation: true,
  rateLimits: true,
  sessionLimitMs: 3_600_000,
  /** Events. */
  logLimit: 20_000,
  recordLimitMs: 600_000,
  /** A count. */
  keepSessions: 50,
});

const OPTION_NAMES: Readonly<Record<keyof EmulatorOptions, true>> = {
  host: true,
  port: true,
  server: true,
  voice: true,
  record: true,
  replay: true,
  relay: true,
  mcpServers: true,
  profile: true,
  apiKeys: true,
  dialect: true,
  seed: true,
  clock: true,
  vad: true,
  rtc: true,
  webhooks: true,
  obfuscation: true,
  rateLimits: true,
  sessionLimitMs: true,
  logLimit: true,
  recordLimitMs: true,
  keepSessions: true,
  faults: true,
  tls: true,
  origins: true,
  limits: true,
};

/** Checks `options` and fills in the defaults. @throws {TypeError} for a wrong kind of value or an unknown option, {RangeError} for a number out of range. */
export function resolveOptions(options: EmulatorOptions): ResolvedOptions {
  requireObject("options", options);
  requireKnown("options", options, Object.keys(OPTION_NAMES));
  const { server = null, apiKeys = "any", seed = null, clock = systemClock } = options;
  if (server !== null && !(server instanceof NetServer)) throw new TypeError(`server is ${show(server)}; allowed is a node:http Server.`);
  if (server !== null && (options.host !== undefined || options.port !== undefined)) {
    throw new TypeError("server is given together with host or port; allowed is either, since the server itself says where it listens.");
  }
  if (options.replay !== undefined && options.relay !== undefined) throw new TypeError("replay and relay are both given; allowed is either.");
  if (apiKeys !== "any" && !(Array.isArray(apiKeys) && apiKeys.every((key) => typeof key === "string" && key !== ""))) {
    // What was given may be a key, so it stays out of the message.
    throw new TypeError(`apiKeys is neither "any" nor an array of non-empty strings, which are allowed.`);
  }
  if (typeof clock?.nowMs !== "function" || typeof clock.after !== "function")
    throw new TypeError(`clock is ${show(clock)}; allowed is an object with nowMs() and after().`);
  const host = options.host ?? EMULATOR_DEFAULTS.host;
  if (typeof host !== "string" || host === "") throw new TypeError(`host is ${show(host)}; allowed is a non-empty string.`);
  if (options.apiKeys === undefined && !isLoopbackName(host)) {
    throw new TypeError(
      `host is ${show(host)}, which other machines can reach, and apiKeys is not given; allowed are keys such as ["sk-..."], or "any" to let everybody in.`,
    );
  }
  if (server !== null && options.tls)
    throw new TypeError("tls is given together with server; allowed is either, since a node:https server brings its own certificate.");
  return {
    host,
    port: integerOption("port", options.port ?? EMULATOR_DEFAULTS.port, 0, 65_535),
    server,
    voice: voiceOption(options.voice ?? "echo"),
    record: recordOption(options.record),
    replay: replayOption(options.replay),
    relay: relayOption(options.relay),
    mcpServers: mcpServersOption(options.mcpServers ?? {}),
    profile: profileOption("profile", options.profile ?? {}),
    apiKeys: apiKeys === "any" ? null : apiKeys,
    dialect: dialectOption(options.dialect ?? EMULATOR_DEFAULTS.dialect),
    seed: seed === null ? null : integerOption("seed", seed, 0, 0xffffffff),
    clock,
    vad: options.vad === undefined ? null : vadOption("vad", options.vad),
    rtc: rtcOption(options.rtc),
    webhooks: webhooksOption(options.webhooks),
    obfuscation: booleanOption("obfuscation", options.obfuscation ?? EMULATOR_DEFAULTS.obfuscation),
    rateLimits: booleanOption("rateLimits", options.rateLimits ?? EMULATOR_DEFAULTS.rateLimits),
    sessionLimitMs: integerOption("sessionLimitMs", options.sessionLimitMs ?? EMULATOR_DEFAULTS.sessionLimitMs, 1, 2 ** 31 - 1),
    logLimit: integerOption("logLimit", options.logLimit ?? EMULATOR_DEFAULTS.logLimit, 1, 1e9),
    recordLimitMs: integerOption("recordLimitMs", options.recordLimitMs ?? EMULATOR_DEFAULTS.recordLimitMs, 1, 1e9),
    keepSessions: integerOption("keepSessions", options.keepSessions ?? EMULATOR_DEFAULTS.keepSessions, 0, 1e9),
    faults: resolvePlan(options.faults ?? {}),
    tls: tlsOption(options.tls),
    origins: originsOption(options.origins),
    limits: limitsOption(options.limits),
  };
}

function mcpServersOption(servers: McpServers): McpServers {
  requireObject("mcpServers", servers);
  for (const [label, server] of Object.entries(servers)) {
    requireObject(`mcpServers.${label}`, server);
    requireKnown(`mcpServers.${label}`, server, ["tools", "call"]);
    const { tools, call } = server;
    const named = Array.isArray(tools) && tools.every((tool) => typeof tool?.name === "string");
    if (!named) throw new TypeError(`mcpServers.${label}.tools is ${show(tools)}; allowed is an array of tools with a name and an input_schema.`);
    if (call !== undefined && typeof call !== "function") throw new TypeError(`mcpServers.${label}.call is ${show(call)}; allowed is a function.`);
  }
  return servers;
}
