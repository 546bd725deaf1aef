/** The benchmark and the command that runs it agree, by type and by list. */
import { expect, expectTypeOf, test } from "vitest";
import { type BenchRequest, type BenchRoom, SUITES as COMMAND_SUITES } from "../packages/cli/src/bench-room.ts";
import { SUITES } from "./args.ts";
import * as room from "./room.ts";

test("the CLI knows every suite, and asks in the benchmark's words", () => {
  expect([...COMMAND_SUITES]).toEqual([...SUITES]);
  expectTypeOf(room).toExtend<BenchRoom>();
  expectTypeOf<BenchRequest>().toExtend<room.RoomRequest>();
  expect(Object.keys(room)).toEqual(["run"]);
});
