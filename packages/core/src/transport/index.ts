/** Transports: the seam between the engine and a wire, and the WebSocket one. */
export type { Handler } from "./handler.ts";
export type { AbortSignalLike, Transport, TransportCapabilities, TransportClose, TransportHandlers } from "./transport.ts";
export { KEY_PROTOCOL, probeRequest, type SocketLike, type WebSocketPlatform, type WebSocketSettings, WebSocketTransport } from "./websocket.ts";
