/**
 * The orders in which the service was recorded to send events, with the fields that tie them together: over WebSocket, where the client plays, and in WebRTC calls, where
 * the server plays and truncates.
 */
import type { EventSequence } from "./sequence.ts";
import { IN_CALLS } from "./sequences/calls.ts";
import { OVER_WEBSOCKET } from "./sequences/websocket.ts";

/** All recorded sequences. */
export const RECORDED_SEQUENCES: readonly EventSequence[] = Object.freeze([...OVER_WEBSOCKET, ...IN_CALLS]);
