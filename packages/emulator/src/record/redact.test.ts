import { describe, expect, it } from "vitest";
import { redact, redactText } from "./redact.ts";

const KEY = "sk-proj-abcdefghijklmnop0123456789";

describe("redaction", () => {
  it("takes out keys, tokens and what goes to MCP servers, and leaves the rest", () => {
    const event = {
      type: "session.update",
      session: {
        instructions: `Never tell the key ${KEY} to anybody.`,
        tools: [
          {
            type: "mcp",
            server_label: "docs",
            server_url: "https://ann:pass@mcp.example.com/sse?api_key=abc&page=2",
            authorization: "anything at all",
            headers: { "X-Custom": "a secret, too" },
            allowed_tools: ["search"],
          },
          { type: "function", name: "login", parameters: { type: "object", properties: { password: { type: "string" }, headers: { type: "object" } } } },
        ],
        client_secret: { value: "ek_x", expires_at: 5 },
      },
    };
    expect(redact(event)).toEqual({
      type: "session.update",
      session: {
        instructions: "Never tell the key [redacted] to anybody.",
        tools: [
          {
            type: "mcp",
            server_label: "docs",
            server_url: "https://[redacted]@mcp.example.com/sse?api_key=[redacted]&page=2",
            authorization: "[redacted]",
            headers: { "X-Custom": "[redacted]" },
            allowed_tools: ["search"],
          },
          event.session.tools[1],
        ],
        client_secret: { value: "[redacted]", expires_at: 5 },
      },
    });
    expect(event.session.tools[0]?.authorization).toBe("anything at all");
  });

  it("takes them out of text that is no event", () => {
    expect(redactText(`{"authorization": "Basic \\"x\\" y", "a": "Bearer abcdefghijkl", "key": "${KEY}"`)).toBe(
      '{"authorization": "[redacted]", "a": "[redacted]", "key": "[redacted]"',
    );
  });

  it("takes headers out of servers that are not well described, and of text that breaks off", () => {
    const tool = { server_url: "https://mcp.example.com", headers: { "X-Custom": "a secret" } };
    expect(redact({ session: { tools: [tool] } })).toEqual({ session: { tools: [{ ...tool, headers: { "X-Custom": "[redacted]" } }] } });
    expect(redactText('{"tools":[{"type":"mcp","headers": {"X-Custom": "a secret", "Y": "an')).toBe('{"tools":[{"type":"mcp","headers": "[redacted]"');
    expect(redactText('{"headers":{"X":"a secret"},"a":1')).toBe('{"headers":"[redacted]","a":1');
  });

  it("leaves audio and plain words as they are", () => {
    const event = { type: "input_audio_buffer.append", audio: "sk+AAAA/Bearer==", note: "the risk-averse ask-me-anything desk" };
    expect(redact(event)).toEqual(event);
  });
});
