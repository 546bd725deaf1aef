/**
 * Phone calls to the emulator, without a phone: a caller in the same process, and webhooks to the application, which answers over HTTP as it would answer the service.
 */
import { unixMs } from "../clock.ts";
import type { ServerContext } from "../server/routes.ts";
import { resolveSipCall } from "./call-options.ts";
import type { SipSimulator } from "./caller.ts";
import { SipCall } from "./simulated-call.ts";
import { deliverWebhook } from "./webhook.ts";

const EVENT_ID_LENGTH = 32;

/** The simulator of an emulator. */
export function sipSimulator(context: ServerContext): SipSimulator {
  const { calls, options, registry } = context;
  const random = registry.random("sip");
  const hex = (length: number) => Array.from({ length }, () => (random.uint32() % 16).toString(16)).join("");
  return {
    call(given = {}) {
      const resolved = resolveSipCall(given, `${hex(16)}@caller.example`);
      if (calls.closed) throw new Error("The emulator is closing; no calls can be made.");
      const call = new SipCall(calls.nextId(), resolved, context);
      calls.add(call);
      const event = {
        id: `evt_${hex(EVENT_ID_LENGTH)}`,
        object: "event",
        created_at: Math.floor(unixMs(options.clock) / 1000),
        type: "realtime.call.incoming",
        data: { call_id: call.id, sip_headers: resolved.headers, sip_media_security: resolved.media },
      };
      if (options.webhooks !== null) call.webhooks = deliverWebhook({ id: `wh_${hex(EVENT_ID_LENGTH)}`, event }, options.webhooks, options.clock, call.signal);
      return call;
    },
  };
}
