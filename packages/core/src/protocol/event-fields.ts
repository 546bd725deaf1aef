/**
 * What events have in common, and how an event that this version does not know is typed.
 *
 * A plain `{ type: string }` in the union would stop `switch (event.type)` from narrowing, since `string` absorbs every literal; so would a branded `string`,
 * which the compiler takes as comparable with every literal. A template literal type that no known name matches does narrow: each `case` leaves exactly one
 * known event, and `default` keeps the unknown ones.
 */

/** Fields of every server event but `input_audio_buffer.dtmf_event_received`, which has no id. */
export interface ServerEventFields {
  /** The server's id of this event. Some compatible servers leave it out, so never use it without a check as a key. */
  event_id: string;
}

/** Fields of every client event. */
export interface ClientEventFields {
  /** Chosen by the client; an `error` that this event causes repeats it in `error.event_id`. */
  event_id?: string;
}

/** Where in the conversation an event belongs: the item that a response is making. */
export interface ResponseItemFields extends ServerEventFields {
  response_id: string;
  item_id: string;
  /** Position of the item in the response's `output`, from 0. */
  output_index: number;
}

/** Where in the conversation an event belongs: one content part of the item that a response is making. */
export interface ResponsePartFields extends ResponseItemFields {
  /** Position of the part in the item's `content`, from 0. */
  content_index: number;
}

/** Padding of text-like deltas against guessing their content from packet sizes. */
export interface ObfuscatedFields {
  /** Random characters, as many as make delta plus padding a constant length; means nothing, may be missing. */
  obfuscation?: string | null;
}

/**
 * The `type` of an event that this version does not know. At run time it is the name as it came, without the suffix: the suffix only tells the compiler that it
 * equals none of the known names. To compare it with a name of your own, widen it first: `const type: string = event.type`.
 */
export type UnknownEventType = `${string} (unknown)`;

/** An event that this version does not know, exactly as it came. */
export interface UnknownServerEvent {
  type: UnknownEventType;
  [key: string]: unknown;
}
