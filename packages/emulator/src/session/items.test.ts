import { encodeBase64 } from "@sidetone/core/dsp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkedEmulator } from "../../../../test/support/checked-emulator.ts";
import { type Event, WireClient } from "../../test/wire-client.ts";
import { type Emulator, toneVoice } from "../index.ts";

describe("items", () => {
  let emulator: Emulator;
  let client: WireClient;

  beforeEach(async () => {
    emulator = await checkedEmulator({ voice: toneVoice({ durationMs: 3700 }), profile: { speedUp: 1000, firstAudioDelayMs: 2, transcriptLeadMs: 1 } });
    client = new WireClient(emulator.url);
    await client.next("session.created");
  });

  afterEach(() => emulator.close());

  const text = (words: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text: words }] });
  const truncate = (item_id: unknown, audio_end_ms: unknown, content_index: unknown = 0) => ({
    type: "conversation.item.truncate",
    item_id,
    content_index,
    audio_end_ms,
  });

  /** Lets the model speak; its item's id. */
  async function spoken(): Promise<string> {
    client.send({ type: "response.create" });
    return (await client.next("response.done")).response.output[0].id;
  }

  it("are added and done, last by default, or where they are put", async () => {
    client.send({ type: "conversation.item.create", item: { ...text("one"), id: "one" } });
    client.send({ type: "conversation.item.create", item: { ...text("two"), id: "two" } });
    client.send({ type: "conversation.item.create", item: { ...text("middle"), id: "middle" }, previous_item_id: "one" });
    client.send({ type: "conversation.item.create", item: { ...text("first"), id: "first" }, previous_item_id: "root" });
    await client.next("conversation.item.done", 4);
    const added = client.all("conversation.item.added").map(({ item, previous_item_id }: Event) => [item.id, previous_item_id]);
    expect(added).toEqual([
      ["one", null],
      ["two", "one"],
      ["middle", "one"],
      ["first", null],
    ]);
    expect(client.all("conversation.item.added")[0].item).toEqual({ ...text("one"), id: "one", status: "completed" });
    expect(emulator.sessions[0]?.conversation.items.map(({ wire }) => wire.id)).toEqual(["first", "one", "middle", "two"]);
  });

  it.each([
    [{ item: text("x"), previous_item_id: "item_x" }, "item_create_invalid_previous_item_id", "previous_item_id"],
    [{}, "missing_required_parameter", "item"],
    [{ item: { type: "message", role: "user" } }, "missing_required_parameter", "item.content"],
    [{ item: { type: "message", role: "robot", content: [] } }, "invalid_value", "item.role"],
    [{ item: { type: "poem" } }, "invalid_value", "item.type"],
    [{ item: { type: "message", role: "user", content: [{ type: "output_text", text: "x" }] } }, "invalid_value", "item.content[0].type"],
    [{ item: { type: "message", role: "assistant", content: [{ type: "output_audio", audio: "AAAA" }] } }, "unknown_parameter", "item.content[0].audio"],
    [{ item: { type: "message", role: "user", content: [{ type: "input_audio", audio: "???" }] } }, "invalid_value", "item.content[0].audio"],
    [{ item: { type: "function_call_output", output: "x" } }, "missing_required_parameter", "item.call_id"],
  ])("are not created from %j", async (fields, code, param) => {
    expect(await client.fails({ type: "conversation.item.create", event_id: "mine", ...fields })).toMatchObject({ code, param, event_id: "mine" });
    expect(client.all("conversation.item.added")).toEqual([]);
  });

  it("are not created twice", async () => {
    client.send({ type: "conversation.item.create", item: { ...text("one"), id: "one" } });
    expect(await client.fails({ type: "conversation.item.create", item: { ...text("one"), id: "one" } })).toMatchObject({
      code: "item_create_duplicate_item_id",
    });
  });

  it("may bring the user's audio, and give it back when they are retrieved", async () => {
    const audio = encodeBase64(new Uint8Array(4800).fill(3));
    client.send({ type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "input_audio", audio }] } });
    const { item } = await client.next("conversation.item.done");
    expect(item.content).toEqual([{ type: "input_audio", transcript: null }]);
    client.send({ type: "conversation.item.retrieve", item_id: item.id });
    const retrieved = await client.next("conversation.item.retrieved");
    expect(retrieved.item).toEqual({ ...item, object: "realtime.item", content: [{ type: "input_audio", transcript: null, audio }] });
    expect(emulator.sessions[0]?.items[0]?.heard.get(0)?.samples).toHaveLength(2400);
  });

  it("are deleted once", async () => {
    client.send({ type: "conversation.item.create", item: { ...text("one"), id: "one" } });
    client.send({ type: "conversation.item.delete", item_id: "one" });
    expect(await client.next("conversation.item.deleted")).toMatchObject({ item_id: "one" });
    expect(await client.fails({ type: "conversation.item.delete", item_id: "one" })).toMatchObject({ code: "item_delete_invalid_item_id" });
    expect(await client.fails({ type: "conversation.item.retrieve", item_id: "one" })).toMatchObject({ code: "item_retrieve_invalid_item_id" });
    expect(emulator.sessions[0]?.items).toHaveLength(1);
    expect(emulator.sessions[0]?.conversation.items).toEqual([]);
  });

  it("are truncated to what was heard, and lose their transcript", async () => {
    const id = await spoken();
    client.send(truncate(id, 1234));
    expect(await client.next("conversation.item.truncated")).toMatchObject({ item_id: id, content_index: 0, audio_end_ms: 1234 });
    client.send({ type: "conversation.item.retrieve", item_id: id });
    const [part] = (await client.next("conversation.item.retrieved")).item.content;
    expect(part).not.toHaveProperty("transcript");
    expect(Buffer.from(part.audio, "base64").length).toBe(1234 * 48);
    expect(emulator.sessions[0]?.items[0]?.spoken).toMatchObject({ sentMs: 3700, keptMs: 1234 });
    expect(emulator.sessions[0]?.truncations).toMatchObject([{ itemId: id, contentIndex: 0, audioEndMs: 1234 }]);
  });

  it("are truncated at 0 and at their very end", async () => {
    const id = await spoken();
    client.send(truncate(id, 3700));
    client.send(truncate(id, 0));
    expect((await client.next("conversation.item.truncated", 2)).audio_end_ms).toBe(0);
  });

  it("are not truncated beyond what was sent", async () => {
    const id = await spoken();
    expect(await client.fails({ ...truncate(id, 3760), event_id: "late" })).toEqual({
      type: "invalid_request_error",
      code: "invalid_value",
      message: "Audio content of 3700ms is already shorter than 3760ms",
      param: "audio_end_ms",
      event_id: "late",
    });
    expect(emulator.sessions[0]?.items[0]?.spoken?.keptMs).toBe(3700);
    expect(emulator.sessions[0]?.truncations).toEqual([]);
  });

  it("are truncated only when they are speech of the model", async () => {
    client.send({ type: "conversation.item.create", item: { ...text("one"), id: "one" } });
    const message = "Only model output audio messages can be truncated";
    expect(await client.fails(truncate("one", 0))).toMatchObject({ message, code: "unsupported_content_type" });
    expect(await client.fails(truncate(await spoken(), 0, 1))).toMatchObject({ message });
  });

  it("must be named rightly to be truncated", async () => {
    const id = await spoken();
    expect(await client.fails(truncate("item_x", 0))).toMatchObject({
      code: "item_truncate_invalid_item_id",
      message: "Error truncating item: the item with id 'item_x' does not exist.",
    });
    expect(await client.fails(truncate(id, 12.5))).toMatchObject({
      code: "invalid_type",
      param: "audio_end_ms",
      message: "Invalid type for 'audio_end_ms': expected an integer, but got a decimal instead.",
    });
    expect(await client.fails(truncate(id, -1))).toMatchObject({ code: "integer_below_min_value", param: "audio_end_ms" });
    expect(await client.fails({ type: "conversation.item.truncate", item_id: id, audio_end_ms: 1 })).toMatchObject({
      code: "missing_required_parameter",
      param: "content_index",
    });
    expect(emulator.sessions[0]?.truncations).toEqual([]);
  });
});
