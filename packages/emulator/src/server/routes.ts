/**
 * What the server answers: a table of HTTP routes, a table of WebSocket endpoints, and what they are given. A room that adds a surface adds its rows; paths, methods,
 * keys, errors and CORS are the same for all of them.
 */
import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { ResolvedOptions } from "../options.ts";
import type { CallBook } from "../rtc/calls.ts";
import type { KeyRing } from "./keys.ts";
import type { SessionRegistry } from "./registry.ts";

/** What rooms share with the server. */
export interface ServerContext {
  readonly options: ResolvedOptions;
  readonly keys: KeyRing;
  readonly registry: SessionRegistry;
  readonly calls: CallBook;
}

/** A request for a route. */
export interface RouteRequest {
  readonly request: IncomingMessage;
  readonly url: URL;
  /** The match of the route's path. */
  readonly match: RegExpExecArray;
  /** The key that came with it, or null. */
  readonly key: string | null;
  /** Reads the body. @throws {HttpError} when it is too long. */
  body(): Promise<Buffer>;
}

/** An answer. An object is sent as JSON. */
export interface RouteReply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | object;
}

/** One HTTP endpoint. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Matches the whole path. */
  readonly path: RegExp;
  /** Answers. @throws {HttpError} with a status, {WireError} for a bad request. */
  handle(request: RouteRequest): RouteReply | Promise<RouteReply>;
}

/** A request for a WebSocket. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly url: URL;
  readonly match: RegExpExecArray;
  readonly key: string | null;
}

/** One WebSocket endpoint. */
export interface UpgradeRoute {
  /** Matches the whole path. */
  readonly path: RegExp;
  /** Looks at a request before it is upgraded. @throws {HttpError} to refuse it with a status, which a browser's script cannot see. */
  admit(request: UpgradeRequest): void | Promise<void>;
  /** Takes the connection. @throws {WireError} to send an error event and close, which a browser's script can see. */
  connect(webSocket: WebSocket, request: UpgradeRequest): void;
}
