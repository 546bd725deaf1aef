/**
 * Phone calls as a test makes them: what a caller can do, see and hear.
 */
import type { AudioClip } from "../audio.ts";
import type { SessionRecord } from "../record/record.ts";
import type { SipCallOptions } from "./call-options.ts";
import type { WebhookDelivery } from "./webhook.ts";

/** How a call ended. */
export type CallEnd =
  | {
      /** The application rejected it. */
      readonly kind: "rejected";
      /** The SIP status, 300 to 699. */
      readonly statusCode: number;
    }
  | {
      /** Nobody decided in time, and the caller gave up. */
      readonly kind: "unanswered";
    }
  | {
      /** The application sent the caller elsewhere. */
      readonly kind: "referred";
      /** Where: a SIP or tel address. */
      readonly targetUri: string;
    }
  | {
      /** Somebody hung up. */
      readonly kind: "hung-up";
      /** Who: the server does so for the application, and when the session ends. */
      readonly by: "caller" | "server";
    };

/** A call, for the test that makes it. */
export interface SimulatedCall {
  /** `rtc_u2_...`, the id that the application gets. */
  readonly id: string;
  /** What the call is doing. */
  readonly state: "ringing" | "active" | "ended";
  /** The session that answered, or null. Stays when the call is over. */
  readonly session: SessionRecord | null;
  /** How the call ended, or null. */
  readonly end: CallEnd | null;
  /** Resolves when the call is accepted, with its session. @throws {Error} when it ends before that, saying how. */
  readonly answered: Promise<SessionRecord>;
  /** Resolves when the call is over. Never rejects. */
  readonly ended: Promise<CallEnd>;
  /** Resolves when every webhook about the call was taken or given up. Never rejects. */
  readonly webhooks: Promise<readonly WebhookDelivery[]>;
  /** Time that the caller has been listening, in ms: 0 until the call is answered. */
  readonly heardMs: number;
  /** What the caller heard since the call was answered, at the line's rate; sample n was heard n samples after the answer. */
  heard(): AudioClip;
  /** The caller says `clip`, after all they say already; resolves when it was said, or the call is over. What is said while the phone rings is said after the answer. */
  say(clip: AudioClip): Promise<void>;
  /** The caller presses a key: 0-9, `*`, `#` or A-D. @throws {TypeError} for another, {Error} when the call is not active. */
  press(key: string): void;
  /** The caller hangs up, or gives up. Idempotent. */
  hangUp(): void;
}

/** Makes calls. */
export interface SipSimulator {
  /**
   * Calls the emulator: a phone rings, the application is told by webhook (when the option `webhooks` says where), and accepts or rejects the call over HTTP.
   * @throws {TypeError | RangeError} for a wrong option, {Error} when the emulator is closing.
   */
  call(options?: SipCallOptions): SimulatedCall;
}
