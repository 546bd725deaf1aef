/**
 * The compiler compares what the emulator's Live and translation sessions send with the types of the `openai` package; there is nothing to run.
 *
 * What a session only repeats of the client's own words (delegation, history, triggers, items of decisions) is left out: its form is the client's.
 */
import type { LiveServerEvent, TranslationServerEvent } from "@sidetone/emulator";
import type { ServerEvent } from "openai/resources/live/live";
import type { SidebandServerEvent } from "openai/resources/live/sideband/sideband";
import type { RealtimeTranslationClientSecretCreateResponse, RealtimeTranslationServerEvent } from "openai/resources/realtime/realtime";

type Repeated = "delegation" | "input" | "triggers";

type WithoutRepeated<E> = E extends { session: infer S }
  ? Omit<E, "session"> & { session: Omit<S, Repeated> }
  : E extends { type: "decision.item.created" }
    ? Omit<E, "item"> & { item: Extract<ServerEvent, { type: "decision.item.created" }>["item"] }
    : E;

/** Every Live event that the emulator sends is one of theirs, on a client's own connection and on a sideband. */
export const live = (event: WithoutRepeated<LiveServerEvent>): ServerEvent => event;
export const sideband = (event: WithoutRepeated<LiveServerEvent>): SidebandServerEvent => event;

/** Every event of a translation that the emulator sends is one of theirs. */
export const translation = (event: TranslationServerEvent): RealtimeTranslationServerEvent => event;
export const translationSession = (
  event: Extract<TranslationServerEvent, { type: "session.created" | "session.updated" }>,
): RealtimeTranslationClientSecretCreateResponse["session"] => event.session;

/** They have no event that the emulator does not, but those of SIP calls. */
type Missing = Exclude<ServerEvent["type"], LiveServerEvent["type"]>;
type MissingTranslation = Exclude<RealtimeTranslationServerEvent["type"], TranslationServerEvent["type"]>;
export const missing: { [T in Missing]: "SIP" } = {
  "transport.dtmf.received": "SIP",
  "transport.dtmf.send": "SIP",
  "transport.dtmf.sent": "SIP",
  "transport.ringing": "SIP",
  "transport.answered": "SIP",
  "transport.failed": "SIP",
};
export const missingTranslation: { [T in MissingTranslation]: never } = {};
