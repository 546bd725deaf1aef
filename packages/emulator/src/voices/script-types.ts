/**
 * A conversation as data: what the user is taken to have said, what the model answers to what, and when. It can be written as JSON.
 */
import type { McpToolDescription } from "@sidetone/core/protocol";
import type { ProfileOverrides } from "../profiles.ts";
import type { ItemTiming, TimedWord, UserTranscript } from "./voice.ts";

/** A conversation. */
export interface Script {
  /** What it is called in messages. Default: nothing. */
  readonly name?: string;
  /**
   * The model's turns. A response takes the first one that is not used up and whose `when` fits; without a `when` they are taken in order, one for each response.
   */
  readonly turns: readonly ScriptTurn[];
  /** What a response is when no turn fits: the user's own words, a tone, or a failure that says so. Default: `fail`. */
  readonly otherwise?: "echo" | "tone" | "fail";
}

/** One turn of the model. At most one of `say` and `items`. */
export interface ScriptTurn {
  /** What it answers to. Default: anything. */
  readonly when?: ScriptMatch;
  /** How many responses it can be, or `always`. Default: 1. */
  readonly times?: number | "always";
  /**
   * What the user is taken to have said: the session's first piece of speech is the first `heard` of the script, the second the second, and so on. It comes as input
   * transcription, and `when.text` looks at it.
   */
  readonly heard?: string | UserTranscript;
  /** Wait before the first item, in ms of wall time, 0 to 600000, on top of the profile's delay. Default: 0. */
  readonly delayMs?: number;
  /** What differs from the profile's behaviour: any of its properties. Default: nothing. */
  readonly pace?: ProfileOverrides;
  /** The words of the one message of this turn. */
  readonly say?: string;
  /** How `say` sounds. Default: a tone as long as reading it aloud. */
  readonly audio?: ScriptAudio;
  /** The items of this turn, for more than one message. Default: none. */
  readonly items?: readonly ScriptItem[];
  /** Makes the response fail after its items. */
  readonly fail?: ScriptFailure;
  /** Leaves the response incomplete after its items, for this reason. */
  readonly incomplete?: "max_output_tokens" | "content_filter";
}

/** What a turn answers to: `any`, or everything that is given. */
export type ScriptMatch = "any" | ScriptConditions;

/** Conditions that must all hold. */
export interface ScriptConditions {
  /** The session's nth response, from 1. */
  readonly response?: number;
  /** What the user wrote, or is taken to have said, since the model's last message: holds this text, in whatever case; or fits this regular expression. */
  readonly text?: string | { readonly matches: string; readonly flags?: string };
  /** Whether the user spoke since the model's last message. */
  readonly spoken?: boolean;
  /** The last item is a function's output: any one, or that of the function `name`, or one that holds the text `holds`. */
  readonly functionOutput?: boolean | { readonly name?: string; readonly holds?: string };
}

/** A response that fails. */
export interface ScriptFailure {
  /** The service's code, such as `rate_limit_exceeded`. */
  readonly code: string;
  /** The service's error class. Default: `server_error`. */
  readonly type?: string;
  /** Words for people. Default: none. */
  readonly message?: string;
}

/** How a message sounds. Lengths in ms, 0 to 600000. */
export type ScriptAudio =
  | {
      /** A file; a path that is not absolute starts at the script's folder, or at the working directory for a script that is no file. */
      readonly wav: string;
    }
  | {
      /** Length of a melody, in ms. */
      readonly tone: number;
    }
  | {
      /** Length of the measurement signal, in ms. */
      readonly chirp: number;
    }
  | {
      /** Length of silence, in ms. */
      readonly silence: number;
    }
  | {
      /** The message's own text (`true`), or other words, through a speech synthesiser of this machine. */
      readonly say: true | string;
    }
  /** The user's own words. */
  | "echo"
  /** A transcript alone. */
  | "none";

/** One item of a turn. */
export type ScriptItem = ScriptMessage | ScriptFunctionCall | ScriptMcpCall | ScriptMcpListTools;

/** Something that is said or written. */
export interface ScriptMessage extends ItemTiming {
  readonly type: "message";
  /** The words. With `words`, they may be left out. */
  readonly text?: string;
  /** How it sounds. Default: a tone as long as reading it aloud. */
  readonly audio?: ScriptAudio;
  /** The transcript with its timing. Default: `text`, spread over the sound. */
  readonly words?: readonly TimedWord[];
  /** Whether it is written although the session speaks. Default: false. */
  readonly written?: boolean;
  /** `phase` of the message. Default: the profile's. */
  readonly phase?: "commentary" | "final_answer";
}

/** A call to one of the session's functions. */
export interface ScriptFunctionCall extends ItemTiming {
  readonly type: "function_call";
  /** The function to call. */
  readonly name: string;
  /** JSON text, which may be broken on purpose; or an object, which becomes JSON. Default: `{}`. */
  readonly arguments?: string | Readonly<Record<string, unknown>>;
}

/** A call to a tool of an MCP server; with neither `output` nor `error`, the simulated server answers. */
export interface ScriptMcpCall extends ItemTiming {
  readonly type: "mcp_call";
  /** Label of the server, as in the session's tools. */
  readonly server_label: string;
  /** The tool to call. */
  readonly name: string;
  /** JSON text, or an object, which becomes JSON. Default: `{}`. */
  readonly arguments?: string | Readonly<Record<string, unknown>>;
  /** What the tool gives back. */
  readonly output?: string;
  /** What went wrong instead. */
  readonly error?: string;
  /** Whether the client is asked first. Default: false. */
  readonly approval?: boolean;
}

/** The import of an MCP server's list of tools. */
export interface ScriptMcpListTools extends ItemTiming {
  readonly type: "mcp_list_tools";
  /** Label of the server, as in the session's tools. */
  readonly server_label: string;
  /** The tools it has. */
  readonly tools: readonly McpToolDescription[];
}

/** Gives back `script`, with the compiler looking at it. */
export function defineScript<const S extends Script>(script: S): S {
  return script;
}
