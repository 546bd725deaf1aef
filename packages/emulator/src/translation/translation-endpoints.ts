/**
 * Where translations are served: the WebSocket `/v1/realtime/translations`, and `POST /v1/realtime/translations/client_secrets`; and the sessions that were made there.
 */

import { PROTOCOL_LIMITS, SESSION_DEFAULTS } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import { profileFor } from "../profiles.ts";
import { withNewest } from "../record/kept.ts";
import { REALTIME_BASES, under } from "../server/base-paths.ts";
import { invalidKey } from "../server/http-error.ts";
import type { Route, ServerContext, UpgradeRoute } from "../server/routes.ts";
import { socketWire } from "../server/socket-wire.ts";
import { parseMessage } from "../session/client-events.ts";
import { anything, integer, isObject, object, oneOf } from "../session/validate.ts";
import { vadFactory } from "../vad/choice.ts";
import type { SessionWire } from "../wire.ts";
import { createdTranslation, newTranslation, type TranslationConfig } from "./translation-config.ts";
import { TranslationSession } from "./translation-session.ts";

const secretBody = object(
  {
    expires_after: object({ anchor: oneOf("created_at"), seconds: integer(PROTOCOL_LIMITS.clientSecretMinSeconds, PROTOCOL_LIMITS.clientSecretMaxSeconds) }),
    session: anything,
  },
  ["session"],
);

/** Makes and keeps translation sessions. */
export class TranslationRegistry {
  readonly #context: ServerContext;
  #sessions: TranslationSession[] = [];
  #count = 0;

  constructor(context: ServerContext) {
    this.#context = context;
  }

  /** All sessions so far, oldest first; of those that have ended, the newest few. */
  get sessions(): readonly TranslationSession[] {
    return this.#sessions;
  }

  /** Makes a session on `wire`, which is greeted, and on the account of `owner`. */
  create(config: TranslationConfig, wire: SessionWire, owner: string | null): TranslationSession {
    const { options, registry } = this.#context;
    const { voice, clock, logLimit, recordLimitMs, sessionLimitMs, keepSessions } = options;
    const seed = registry.random(`translation ${this.#count++}`).uint32();
    const createVad = vadFactory(options.vad, profileFor(config.model, options.profile).vad);
    const shared = {
      voice,
      createVad,
      clock,
      logLimit,
      recordLimitMs,
      sharedLog: registry.log,
      limitMs: sessionLimitMs,
      nowMs: () => registry.nowMs,
      faults: registry.faults.nextSession(),
      onEnd: registry.limits.account(owner).open(),
    };
    const session = new TranslationSession({ config, ids: registry.nextIds(), seed, wire, ...shared });
    this.#sessions = withNewest(this.#sessions, session, keepSessions);
    return session;
  }

  /** Ends what still runs. */
  endAll(code: number, reason: string): void {
    for (const session of this.#sessions) session.end(code, reason);
  }
}

/** The HTTP route. */
export function translationRoutes({ keys, registry }: ServerContext): Route[] {
  return [
    {
      method: "POST",
      path: under(REALTIME_BASES, "/translations/client_secrets"),
      async handle({ key, body }) {
        if (!keys.acceptsApiKey(key)) throw invalidKey(key);
        const given = secretBody(parseMessage((await body()).toString("utf8")), "");
        const config = createdTranslation(given.session);
        const pinned = { type: "translation", ...(given.session as object) };
        const secret = keys.mint(given.expires_after?.seconds ?? SESSION_DEFAULTS.clientSecretSeconds, pinned, config.model, key);
        const session = { id: registry.nextIds().next("sess"), type: "translation", expires_at: 0, ...config };
        return { status: 200, body: { value: secret.value, expires_at: secret.expiresAt, session } };
      },
    },
  ];
}

/** The WebSocket endpoint. */
export function translationUpgrades({ keys, registry: { limits } }: ServerContext, translations: TranslationRegistry): UpgradeRoute[] {
  return [
    {
      path: under(REALTIME_BASES, "/translations"),
      admit({ key }) {
        if (!keys.acceptsConnection(key)) throw invalidKey(key);
        limits.admitSession(keys.owner(key));
      },
      connect(webSocket, { url, key }) {
        const pinned = keys.secret(key)?.session ?? null;
        const model = url.searchParams.get("model") ?? "";
        const isPinned = isObject(pinned) && pinned.type === "translation";
        if (!isPinned && model === "") throw new WireError("You must provide a model parameter.", { code: "missing_model", param: "model" });
        const { network } = translations.create(
          isPinned ? createdTranslation(pinned) : newTranslation(model),
          socketWire(webSocket, "websocket"),
          keys.owner(key),
        );
        webSocket.on("message", (data: Buffer, isBinary) => network.receive(isBinary ? null : data.toString("utf8")));
        webSocket.on("close", (code, reason) => network.ended(code, reason.toString("utf8")));
      },
    },
  ];
}
