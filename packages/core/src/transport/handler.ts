/** An event handler whose parameter is compared the way methods' are, so that the platform's own MessagePort and WebSocket fit without knowing their event classes. */
export type Handler<E> = { call(event: E): void }["call"];
