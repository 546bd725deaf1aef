import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Emitter } from "./emitter.ts";

interface Events {
  number: number;
  text: string;
}

describe("Emitter", () => {
  test("calls the listeners of the event in the order in which they came, with the value", () => {
    const emitter = new Emitter<Events>();
    const calls: string[] = [];
    emitter.on("number", (value) => calls.push(`a${value}`));
    emitter.on("text", (value) => calls.push(value));
    emitter.on("number", (value) => calls.push(`b${value}`));
    emitter.emit("number", 1);
    emitter.emit("text", "t");
    emitter.emit("number", 2);
    expect(calls).toEqual(["a1", "b1", "t", "a2", "b2"]);
  });

  test("nobody listening is no trouble, and has() says so", () => {
    const emitter = new Emitter<Events>();
    emitter.emit("number", 1);
    expect(emitter.has("number")).toBe(false);
    const off = emitter.on("number", () => undefined);
    expect(emitter.has("number")).toBe(true);
    expect(emitter.has("text")).toBe(false);
    off();
    expect(emitter.has("number")).toBe(false);
  });

  test("one function given twice is called twice, and each registration ends by itself, once", () => {
    const emitter = new Emitter<Events>();
    let calls = 0;
    const count = () => calls++;
    const off = emitter.on("number", count);
    emitter.on("number", count);
    emitter.emit("number", 1);
    expect(calls).toBe(2);
    off();
    off();
    emitter.emit("number", 1);
    expect(calls).toBe(3);
  });

  test("a listener that ends another during the event has ended it; one that it adds hears the next event", () => {
    const emitter = new Emitter<Events>();
    const calls: string[] = [];
    emitter.on("number", () => {
      calls.push("first");
      off();
      if (calls.length === 1) emitter.on("number", () => calls.push("added"));
    });
    const off = emitter.on("number", () => calls.push("second"));
    emitter.emit("number", 1);
    expect(calls).toEqual(["first"]);
    emitter.emit("number", 2);
    expect(calls).toEqual(["first", "first", "added"]);
  });

  test("clear() forgets everyone, also during an event", () => {
    const emitter = new Emitter<Events>();
    const calls: string[] = [];
    emitter.on("number", () => {
      calls.push("first");
      emitter.clear();
    });
    emitter.on("number", () => calls.push("second"));
    emitter.emit("number", 1);
    emitter.emit("number", 2);
    expect(calls).toEqual(["first"]);
  });
});

describe("a listener that throws", () => {
  let previous: NodeJS.UnhandledRejectionListener[] = [];
  let thrown: unknown[] = [];
  beforeEach(() => {
    previous = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    thrown = [];
    process.on("unhandledRejection", (reason) => thrown.push(reason));
  });
  afterEach(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of previous) process.on("unhandledRejection", listener);
  });

  test("does not keep the others from hearing, nor the emitter from going on, and the platform hears of it", async () => {
    const emitter = new Emitter<Events>();
    const mine = new Error("mine");
    const heard: number[] = [];
    emitter.on("number", () => {
      throw mine;
    });
    emitter.on("number", (value) => heard.push(value));
    emitter.emit("number", 1);
    emitter.emit("number", 2);
    expect(heard).toEqual([1, 2]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(thrown).toEqual([mine, mine]);
  });
});
