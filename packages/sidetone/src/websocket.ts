/** `sidetone/websocket`: the Realtime API over a WebSocket. */
export { type ApiKey, type KeyCarrier, type TransportFactory, WEBSOCKET_DEFAULTS, type WebSocketOptions, webSocket } from "./transport/websocket.ts";
