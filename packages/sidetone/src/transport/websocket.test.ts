import { SidetoneError } from "@sidetone/core";
import { describe, expect, test } from "vitest";
import { WEBSOCKET_DEFAULTS, type WebSocketOptions, webSocket } from "./websocket.ts";

const prepare = (options: WebSocketOptions, carrier: "header" | "subprotocol" = "header") => webSocket(options).prepare(carrier);

describe("options", () => {
  test("an unknown one throws at once and names those that exist", () => {
    expect(() => webSocket({ apikey: "x" } as object)).toThrow(TypeError);
    expect(() => webSocket({ apikey: "x" } as object)).toThrow(/"apikey".*apiKey/);
  });

  test.each([0, 99, 120_001, Number.NaN, Number.POSITIVE_INFINITY, -1])("a timeout of %d ms throws at once", (connectTimeoutMs) => {
    expect(() => webSocket({ connectTimeoutMs })).toThrow(RangeError);
  });

  test.each([100, 120_000])("a timeout of %d ms is taken", async (connectTimeoutMs) => {
    expect((await prepare({ connectTimeoutMs })).connectTimeoutMs).toBe(connectTimeoutMs);
  });

  test("none at all: the service, its newest model, no key", async () => {
    expect(await prepare({})).toEqual({
      kind: "websocket",
      url: `${WEBSOCKET_DEFAULTS.url}?model=${WEBSOCKET_DEFAULTS.model}`,
      protocols: [],
      headers: {},
      connectTimeoutMs: 10_000,
    });
  });

  test("everything prepared survives structured clone, since it crosses to a worker", async () => {
    const settings = await prepare({ url: "ws://localhost:1/v1/realtime", apiKey: () => "ek_1", headers: { a: "b" }, protocols: ["p"] }, "subprotocol");
    expect(structuredClone(settings)).toEqual(settings);
  });
});

describe("the address", () => {
  test.each([
    ["ws://h/v1/realtime", undefined, `ws://h/v1/realtime?model=${WEBSOCKET_DEFAULTS.model}`],
    ["ws://h/v1/realtime", "m", "ws://h/v1/realtime?model=m"],
    ["ws://h/v1/realtime?model=theirs", undefined, "ws://h/v1/realtime?model=theirs"],
    ["ws://h/v1/realtime?model=theirs", "mine", "ws://h/v1/realtime?model=mine"],
    ["ws://h/v1/realtime?call_id=rtc_1", undefined, "ws://h/v1/realtime?call_id=rtc_1"],
    ["ws://h/v1/realtime?intent=transcription", undefined, "ws://h/v1/realtime?intent=transcription"],
    ["wss://r.azure.com/openai/realtime?api-version=1&deployment=d", undefined, "wss://r.azure.com/openai/realtime?api-version=1&deployment=d"],
    ["ws://h/v1/realtime?other=1", undefined, `ws://h/v1/realtime?other=1&model=${WEBSOCKET_DEFAULTS.model}`],
    ["ws://h/p", "a b&c", "ws://h/p?model=a+b%26c"],
    ["nowhere", "m", "nowhere"],
  ])("%s with model %s", async (url, model, expected) => {
    expect((await prepare({ url, ...(model === undefined ? {} : { model }) })).url).toBe(expected);
  });

  test("may be found by a function, once per connection", async () => {
    let calls = 0;
    const factory = webSocket({ url: async () => `ws://h/${++calls}`, model: "m" });
    expect((await factory.prepare("header")).url).toBe("ws://h/1?model=m");
    expect((await factory.prepare("header")).url).toBe("ws://h/2?model=m");
  });
});

describe("the key", () => {
  test("goes into a header where there are headers, also a standard one, beside the app's own", async () => {
    const { headers, protocols } = await prepare({ apiKey: "sk-proj-1", headers: { "OpenAI-Project": "p" } });
    expect(headers).toEqual({ "OpenAI-Project": "p", Authorization: "Bearer sk-proj-1" });
    expect(protocols).toEqual([]);
  });

  test("goes into a subprotocol in a page, before the app's own, and into no header", async () => {
    const { headers, protocols } = await prepare({ apiKey: "ek_1", protocols: ["openai-organization.o"] }, "subprotocol");
    expect(protocols).toEqual(["realtime", "openai-insecure-api-key.ek_1", "openai-organization.o"]);
    expect(headers).toEqual({});
  });

  test.each(["sk-1", "sk-proj-1", "sk-svcacct-1"])("a standard key (%s) never reaches a page", async (apiKey) => {
    await expect(prepare({ apiKey }, "subprotocol")).rejects.toThrow(/ek_/);
    await expect(prepare({ apiKey: () => apiKey }, "subprotocol")).rejects.toBeInstanceOf(TypeError);
  });

  test.each(["with space", "line\n", "comma,", "(x)", "ü"])("%j cannot be a subprotocol: said at once, without repeating the key", async (apiKey) => {
    const error = await prepare({ apiKey }, "subprotocol").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).not.toContain(apiKey);
  });

  test.each(["key\n", " key", "ké"])("%j cannot be a header", async (apiKey) => {
    await expect(prepare({ apiKey })).rejects.toBeInstanceOf(TypeError);
  });

  test("is fetched anew for each connection", async () => {
    let calls = 0;
    const factory = webSocket({ apiKey: async () => `ek_${++calls}` });
    await factory.prepare("header");
    expect((await factory.prepare("header")).headers.Authorization).toBe("Bearer ek_2");
  });

  test("a function that fails is trouble while running: connect-failed with the cause", async () => {
    const cause = new TypeError("fetch failed");
    const error = await prepare({ apiKey: () => Promise.reject(cause) }).catch((reason: unknown) => reason);
    expect(SidetoneError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "connect-failed", fatal: true, cause, message: expect.stringContaining("apiKey") });
    const synchronous = () => {
      throw cause;
    };
    await expect(prepare({ url: synchronous })).rejects.toMatchObject({ code: "connect-failed", cause });
  });

  test("a function that fails with a typed error fails with just that", async () => {
    const refused = new SidetoneError("auth-failed", "not signed in", { fatal: true });
    await expect(prepare({ apiKey: () => Promise.reject(refused) })).rejects.toBe(refused);
  });

  test.each([undefined, null, "", 7, {}])("a function that returns %j gives no key, and says so instead of sending it", async (value) => {
    await expect(prepare({ apiKey: () => value as string })).rejects.toThrow(/apiKey/);
  });
});
