import { PCM16_24K, type ServerConversationItem } from "@sidetone/core/protocol";
import { describe, expect, it } from "vitest";
import { Conversation, SpokenAudio, type StoredItem } from "./conversation.ts";
import { itemWithAudio, truncateItem } from "./item-requests.ts";

function userItem(id: string): StoredItem {
  return { wire: { id, type: "message", role: "user", content: [{ type: "input_text", text: id }] }, heard: new Map(), spoken: null };
}

function spokenItem(id: string, ms: number): StoredItem {
  const spoken = new SpokenAudio(PCM16_24K);
  if (ms > 0) spoken.append(new Uint8Array(ms * 48).fill(1));
  const wire: ServerConversationItem = {
    id,
    type: "message",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_audio", transcript: "hello" }],
  };
  return { wire, heard: new Map(), spoken };
}

const idsOf = (conversation: Conversation) => conversation.items.map(({ wire }) => wire.id);

describe("Conversation", () => {
  it("appends, puts first, and puts after an item", () => {
    const conversation = new Conversation("conv_1");
    expect(conversation.lastId).toBeNull();
    conversation.add(userItem("a"));
    conversation.add(userItem("b"));
    conversation.add(userItem("c"), "a");
    conversation.add(userItem("d"), "root");
    expect(idsOf(conversation)).toEqual(["d", "a", "c", "b"]);
    expect(conversation.lastId).toBe("b");
    expect(conversation.previousOf("d")).toBeNull();
    expect(conversation.previousOf("b")).toBe("c");
  });

  it("refuses an unknown place and a known id, and adds nothing", () => {
    const conversation = new Conversation("conv_1");
    conversation.add(userItem("a"));
    expect(() => conversation.add(userItem("b"), "x")).toThrow("the previous item with id 'x' does not exist");
    expect(() => conversation.add(userItem("a"))).toThrow("an item with id 'a' already exists");
    expect(idsOf(conversation)).toEqual(["a"]);
  });

  it("knows what waits for an answer: what follows the last one, and what came too late for it", () => {
    const conversation = new Conversation("conv_1");
    const [a, b, c] = [userItem("a"), userItem("b"), userItem("c")];
    conversation.add(a);
    const known = new Set(conversation.items);
    conversation.add(b);
    conversation.answer([a], known);
    conversation.add(spokenItem("answer", 100));
    conversation.add(c);
    expect(conversation.open(conversation.items)).toEqual([b, c]);
    conversation.answer(conversation.items, new Set(conversation.items));
    expect(conversation.open(conversation.items)).toEqual([c]);
  });

  it("names what it was asked to do when an item is unknown", () => {
    const conversation = new Conversation("conv_1");
    expect(() => conversation.require("x", "truncating")).toThrow("Error truncating item: the item with id 'x' does not exist.");
    expect(() => conversation.require("x", "deleting")).toThrow("Error deleting item");
  });
});

describe("truncateItem", () => {
  it("keeps what was heard and forgets the transcript", () => {
    const item = spokenItem("a", 3700);
    truncateItem(item, 0, 1234);
    expect(item.spoken?.keptMs).toBe(1234);
    expect(item.spoken?.sentMs).toBe(3700);
    expect(item.wire).toMatchObject({ content: [{ type: "output_audio" }] });
    expect(item.wire.type === "message" && "transcript" in item.wire.content[0]!).toBe(false);
  });

  it("accepts nothing and everything", () => {
    const item = spokenItem("a", 3700);
    truncateItem(item, 0, 3700);
    truncateItem(item, 0, 0);
    expect(item.spoken?.keptMs).toBe(0);
  });

  it("refuses more than there is, in the service's words, and changes nothing", () => {
    const item = spokenItem("a", 3700);
    expect(() => truncateItem(item, 0, 3760)).toThrow("Audio content of 3700ms is already shorter than 3760ms");
    expect(item.spoken?.keptMs).toBe(3700);
    truncateItem(item, 0, 1000);
    expect(() => truncateItem(item, 0, 1001)).toThrow("Audio content of 1000ms is already shorter than 1001ms");
  });

  it.each([
    ["a user's item", userItem("a"), 0],
    ["a part that does not exist", spokenItem("a", 100), 1],
    ["speech of which nothing was sent yet", spokenItem("a", 0), 0],
  ])("refuses %s", (_, item, contentIndex) => {
    expect(() => truncateItem(item, contentIndex, 0)).toThrow("Only model output audio messages can be truncated");
  });
});

describe("itemWithAudio", () => {
  it("gives the audio that was kept, and leaves the item as it is", () => {
    const item = spokenItem("a", 200);
    truncateItem(item, 0, 50);
    const retrieved = itemWithAudio(item, PCM16_24K);
    expect(retrieved).toMatchObject({ object: "realtime.item", content: [{ type: "output_audio" }] });
    const part = retrieved.type === "message" ? retrieved.content[0] : undefined;
    expect(part?.type === "output_audio" && Buffer.from(part.audio ?? "", "base64").length).toBe(50 * 48);
    expect(JSON.stringify(item.wire)).not.toContain('"audio":');
  });
});
