/** Follows a session's events to know whether anything is still going on: somebody speaking, a reply owed, a reply being made. */
import type { ServerEvent } from "@sidetone/core/protocol";

/** Where the user's speech lay, in ms of the audio that the server had received. */
export interface UserSpeech {
  readonly startMs: number;
  /** Null while it goes on. */
  readonly endMs: number | null;
}

/** Watches the turns of one session. */
export class TurnWatch {
  readonly #speech = new Map<string, { startMs: number; endMs: number | null }>();
  readonly #responses = new Set<string>();
  #speaking = false;
  #repliesByItself = true;
  #replyOwed = false;
  #failure: string | null = null;

  /** What the server heard the user say, by item. */
  get speech(): ReadonlyMap<string, UserSpeech> {
    return this.#speech;
  }

  /** Whether the server has heard any speech. */
  get heardSpeech(): boolean {
    return this.#speech.size > 0;
  }

  /** Whether something is going on that will make the server speak, or makes it so. */
  get busy(): boolean {
    return this.#speaking || this.#replyOwed || this.#responses.size > 0;
  }

  /** Why the newest response that failed did so; null when none did. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Takes one server event. */
  observe(event: ServerEvent): void {
    switch (event.type) {
      case "session.created":
      case "session.updated": {
        const detection = event.session.audio?.input?.turn_detection;
        this.#repliesByItself = detection !== null && detection?.create_response !== false;
        break;
      }
      case "input_audio_buffer.speech_started":
        this.#speech.set(event.item_id, { startMs: event.audio_start_ms, endMs: null });
        this.#speaking = true;
        break;
      case "input_audio_buffer.speech_stopped": {
        const startMs = this.#speech.get(event.item_id)?.startMs ?? event.audio_end_ms;
        this.#speech.set(event.item_id, { startMs, endMs: event.audio_end_ms });
        this.#speaking = false;
        this.#replyOwed = this.#repliesByItself;
        break;
      }
      case "response.created":
        this.#replyOwed = false;
        if (event.response.id !== undefined) this.#responses.add(event.response.id);
        break;
      case "response.done": {
        const { id, status, status_details: details } = event.response;
        if (id !== undefined) this.#responses.delete(id);
        if (status === "failed") this.#failure = details?.error?.code ?? details?.error?.type ?? "no reason given";
        break;
      }
    }
  }
}
