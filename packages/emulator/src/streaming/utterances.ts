/**
 * What a model that speaks without turns is about to say: utterances one after another, drawn out frame by frame, each word with the frame in which it sounds. It can be
 * faded out at any sample, which forgets the rest.
 */

/** A frame of speech, or of silence. */
export interface SpokenFrame {
  /** Always a full frame. */
  readonly samples: Int16Array;
  /** The words that begin in it, as one text; empty when none do. */
  readonly text: string;
  /** Whether anything but silence was asked of the queue in it. */
  readonly speaking: boolean;
}

interface Utterance {
  readonly samples: Int16Array;
  readonly words: readonly string[];
  said: number;
  position: number;
}

/** A queue of utterances at one rate. */
export class Utterances {
  readonly #queue: Utterance[] = [];
  #fadeSamples = 0;
  #fadeLeft: number | null = null;

  /** Whether there is more to say. */
  get speaking(): boolean {
    return this.#queue.length > 0;
  }

  /** Adds an utterance behind the others, after `leadSamples` of silence. */
  add(text: string, samples: Int16Array, leadSamples = 0): void {
    this.#queue.push({ samples, words: text.match(/\s*\S+/gu) ?? [], said: 0, position: -leadSamples });
  }

  /** Fades what is being said out over `fadeSamples`, from the next frame on, and forgets the rest. */
  fadeOut(fadeSamples: number): void {
    if (this.#fadeLeft !== null || this.#queue.length === 0) return;
    this.#fadeSamples = this.#fadeLeft = fadeSamples;
  }

  /** The next `frameSamples` samples. */
  next(frameSamples: number): SpokenFrame {
    const samples = new Int16Array(frameSamples);
    const speaking = this.speaking;
    let text = "";
    let at = 0;
    for (let head = this.#queue[0]; head !== undefined && at < frameSamples; head = this.#queue[0]) {
      const silent = Math.min(frameSamples - at, Math.max(0, -head.position));
      const count = Math.min(frameSamples - at - silent, head.samples.length - Math.max(0, head.position));
      if (count > 0) samples.set(head.samples.subarray(head.position + silent, head.position + silent + count), at + silent);
      head.position += silent + count;
      at += silent + count;
      if (head.position >= 0) text += this.#words(head);
      if (head.position < head.samples.length) break;
      this.#queue.shift();
    }
    if (this.#fadeLeft !== null) this.#fade(samples);
    return { samples, text, speaking };
  }

  /** The words of `head` that begin before its position; all of them at its end. */
  #words(head: Utterance): string {
    const { samples, words } = head;
    const count = samples.length === 0 ? words.length : Math.min(words.length, Math.ceil((words.length * head.position) / samples.length));
    const text = words.slice(head.said, count).join("");
    head.said = Math.max(head.said, count);
    return text;
  }

  #fade(samples: Int16Array): void {
    let left = this.#fadeLeft as number;
    for (let i = 0; i < samples.length; i++) {
      samples[i] = Math.round((samples[i] as number) * (left / this.#fadeSamples));
      if (left > 0) left--;
    }
    this.#fadeLeft = left;
    if (left > 0 && this.#queue.length > 0) return;
    this.#fadeLeft = null;
    this.#queue.length = 0;
  }
}
