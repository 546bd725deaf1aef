/** What is put into a jitter buffer, as a value. */

/** One input of a jitter buffer. */
export interface PlayoutInput {
  /** Frames that had been pulled. */
  readonly at: number;
  /** What was called; `close` marks the end. */
  readonly do: "insert" | "endOfItem" | "pause" | "resume" | "flush" | "close";
  /** Conversation item, for `insert` and `endOfItem`. */
  readonly itemId?: string;
  /** Content part of the item. */
  readonly contentIndex?: number;
  /** Mono frames, full scale +-1, for `insert`. */
  readonly samples?: Float32Array<ArrayBuffer>;
  /** Media frame at which the segment begins, if it said so. */
  readonly startFrame?: number;
  /** Queue, if the segment named one. */
  readonly queue?: "conversation" | "out-of-band";
}
