/**
 * Where the model's speech goes: out as events, which the client plays and truncates, or onto a media track, which the server plays and truncates itself. The session
 * tells an outlet what is said and when the user cuts in; everything about playing is the outlet's.
 */
import { encodeBase64 } from "@sidetone/core/dsp";
import type { AudioFormat } from "@sidetone/core/protocol";
import { WireError } from "../errors.ts";
import type { SessionContext } from "./context.ts";
import type { StoredItem } from "./conversation.ts";

/** The speech of one content part. The object is its identity: it is the same in every call about it. */
export interface Speech {
  readonly responseId: string;
  readonly itemId: string;
  readonly outputIndex: number;
  readonly contentIndex: number;
  /** Format in which it is encoded. */
  readonly format: AudioFormat;
  /** The item, whose audio is recorded already when the outlet gets it. */
  readonly stored: StoredItem;
}

/** Takes the model's speech. */
export interface SpeechOutlet {
  /** Whether the audio goes out as `response.output_audio.delta`, so that the client truncates. */
  readonly byEvents: boolean;
  /** A content part begins. */
  begin(speech: Speech): void;
  /** A piece of it, encoded in its format. */
  write(speech: Speech, bytes: Uint8Array): void;
  /** All of it was generated, or its response was cut off. */
  end(speech: Speech): void;
  /** Everything that follows a response was sent. */
  responseDone(responseId: string): void;
  /** The user speaks and may interrupt: called before the response is cancelled. */
  interrupt(): void;
  /** Called after the response was cancelled, or found to be over. */
  interrupted(): void;
  /** `output_audio_buffer.clear`. @throws {WireError} where the client plays. */
  clear(): void;
  /** The session is over. */
  close(): void;
}

/** Makes the outlet of a session. */
export type OutletFactory = (context: SessionContext) => SpeechOutlet;

/** Speech as events. */
export function deltaOutlet(context: Pick<SessionContext, "send">): SpeechOutlet {
  return {
    byEvents: true,
    begin() {},
    write: ({ responseId, itemId, outputIndex, contentIndex }, bytes) =>
      context.send({
        type: "response.output_audio.delta",
        response_id: responseId,
        item_id: itemId,
        output_index: outputIndex,
        content_index: contentIndex,
        delta: encodeBase64(bytes),
      }),
    end() {},
    responseDone() {},
    interrupt() {},
    interrupted() {},
    clear() {
      throw new WireError("The event 'output_audio_buffer.clear' is only available over WebRTC and SIP.", { code: "invalid_value", param: "type" });
    },
    close() {},
  };
}
