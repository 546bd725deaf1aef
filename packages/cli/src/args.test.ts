import { describe, expect, test } from "vitest";
import { type Command, commandHelp, parseCommandLine } from "./args.ts";
import { choice, duration, integer, nonEmpty, webSocketUrl } from "./values.ts";

const command: Command = {
  name: "sing",
  operands: "<song>",
  operandCount: 1,
  summary: "Sing a song.",
  details: "Loudly.",
  flags: { key: { value: "<name>", help: "The key." }, loud: { help: "Louder." }, verse: { value: "<n>", many: true, help: "Which verses." } },
  run: async () => 0,
};

const parse = (...argv: string[]) => parseCommandLine(command, argv);
const usage = (sentence: RegExp) => expect.objectContaining({ exitCode: 2, message: expect.stringMatching(sentence) });

describe("parseCommandLine", () => {
  test("reads operands, values, repeated values and switches in any order", () => {
    const args = parse("--verse", "1", "a.song", "--loud", "--key=C", "--verse=2");
    expect(args.operands).toEqual(["a.song"]);
    expect([args.text("key"), args.has("loud"), args.all("verse")]).toEqual(["C", true, ["1", "2"]]);
  });

  test("leaves what was not given undefined", () => {
    const args = parse("a.song");
    expect([args.text("key"), args.has("loud"), args.all("verse")]).toEqual([undefined, false, []]);
  });

  test.each([
    [["a.song", "--quiet"], /no flag --quiet/],
    [["a.song", "--quiet=very"], /no flag --quiet/],
    [["a.song", "-q"], /no flag -q/],
    [["a.song", "--key"], /--key needs a value/],
    [["a.song", "--key", "--loud"], /--key needs a value/],
    [["a.song", "--loud=yes"], /--loud takes no value/],
    [[], /needs <song>/],
    [["a", "b"], /"b" is one argument too many/],
  ])("%j is a sentence and exit code 2", (argv, sentence) => {
    expect(() => parse(...argv)).toThrow(usage(sentence));
  });

  test("a command may take as many operands as come", () => {
    expect(parseCommandLine({ ...command, operandCount: "any" }, ["a", "b", "c"]).operands).toEqual(["a", "b", "c"]);
    expect(parseCommandLine({ ...command, operandCount: "any" }, []).operands).toEqual([]);
  });

  test("--help needs no operand, and lists every flag", () => {
    expect(parse("--help").has("help")).toBe(true);
    const help = commandHelp(command);
    for (const part of ["sidetone sing <song>", "--key <name>", "--loud", "--verse <n>", "--help", "Loudly."]) expect(help).toContain(part);
  });
});

describe("values", () => {
  test.each([
    ["2s", 2000],
    ["1500ms", 1500],
    ["0.25s", 250],
    ["1.5m", 90_000],
    ["1 min", 60_000],
  ])("%s is %d ms", (text, ms) => {
    expect(duration("at", text, 0, 3_600_000)).toBe(ms);
  });

  test.each(["", "5", "s", "-1s", "1e3s", "2 hours", "NaNs"])("%j is no duration", (text) => {
    expect(() => duration("at", text, 0, 1000)).toThrow(usage(/--at is/));
  });

  test("ranges are part of the sentence", () => {
    expect(() => duration("at", "2m", 500, 60_000)).toThrow(usage(/allowed are 500ms to 60s/));
    expect(() => integer("port", "65536", 0, 65_535)).toThrow(usage(/0 to 65535/));
    expect(() => integer("port", "80x", 0, 65_535)).toThrow(usage(/80x/));
    expect(integer("port", "0", 0, 65_535)).toBe(0);
    expect(() => choice("voice", "bass", ["echo", "tone"])).toThrow(usage(/echo, tone/));
    expect(() => nonEmpty("model", " ")).toThrow(usage(/--model is empty/));
  });

  test.each([
    ["nowhere", /no URL/],
    ["http://a/b", /write ws:\/\/a\/b/],
    ["https://a/b", /write wss:\/\/a\/b/],
    ["ftp://a/b", /ws: or wss:/],
  ])("%s is no WebSocket address", (text, sentence) => {
    expect(() => webSocketUrl("url", text)).toThrow(usage(sentence));
  });
});
