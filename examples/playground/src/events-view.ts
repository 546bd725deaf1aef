/**
 * What went over the wire, newest last: type, time, JSON on demand. Deltas of one item share a row with a counter, or they would hide everything else.
 */
import { byId, make, setText } from "./elements.ts";
import { count } from "./format.ts";

/** Rows kept; older ones go. */
const MAX_ROWS = 200;
/** Longer strings are cut in the JSON, in characters. */
const MAX_STRING = 400;
const AT_END_PX = 24;

/** Which way an event went; `page` is the library's own. */
export type Direction = "sent" | "received" | "page";

const ARROWS: Record<Direction, string> = { sent: "↑", received: "↓", page: "•" };
const WORDS: Record<Direction, string> = { sent: "sent", received: "received", page: "in the page" };

interface Row {
  readonly element: HTMLLIElement;
  readonly details: HTMLDetailsElement;
  readonly times: HTMLElement;
  readonly key: string | null;
  event: object;
  count: number;
}

/** Shows events. */
export class EventsView {
  readonly #scroller = byId("events-scroller", HTMLElement);
  readonly #list = byId("events", HTMLOListElement);
  readonly #empty = byId("events-empty", HTMLElement);
  readonly #total = byId("events-count", HTMLElement);
  readonly #byKey = new Map<string, Row>();
  #rows: Row[] = [];
  #waiting: Row[] = [];
  #changed = new Set<Row>();
  #count = 0;
  #startedMs = 0;

  /** Starts anew; times count from `nowMs`. */
  clear(nowMs: number): void {
    this.#byKey.clear();
    this.#rows = [];
    this.#waiting = [];
    this.#changed.clear();
    this.#list.replaceChildren();
    this.#empty.hidden = false;
    this.#count = 0;
    this.#startedMs = nowMs;
  }

  /** Takes an event; shown with the next {@link update}. */
  add(direction: Direction, type: string, event: object, nowMs: number): void {
    this.#count++;
    const item = (event as { item_id?: unknown }).item_id;
    const key = type.endsWith(".delta") ? `${type} ${String(item)}` : null;
    const known = key === null ? undefined : this.#byKey.get(key);
    if (known !== undefined) {
      known.count++;
      known.event = event;
      this.#changed.add(known);
      return;
    }
    const row = this.#create(direction, type, event, nowMs, key);
    if (key !== null) this.#byKey.set(key, row);
    this.#waiting.push(row);
    if (this.#waiting.length > MAX_ROWS) this.#waiting.shift();
  }

  /** Once per animation frame. */
  update(): void {
    for (const row of this.#changed) {
      setText(row.times, `×${count(row.count)}`);
      if (row.details.open) this.#showJson(row);
    }
    this.#changed.clear();
    setText(this.#total, this.#count === 0 ? "" : count(this.#count));
    if (this.#waiting.length === 0) return;
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    const atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    this.#rows.push(...this.#waiting);
    this.#list.append(...this.#waiting.map(({ element }) => element));
    this.#waiting = [];
    for (const row of this.#rows.splice(0, Math.max(0, this.#rows.length - MAX_ROWS))) {
      row.element.remove();
      if (row.key !== null) this.#byKey.delete(row.key);
    }
    this.#empty.hidden = true;
    if (atEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #create(direction: Direction, type: string, event: object, nowMs: number, key: string | null): Row {
    const element = make("li");
    const details = make("details", `event ${direction}`);
    const summary = make("summary");
    const times = make("span", "event-times");
    const arrow = make("span", "event-arrow", ARROWS[direction]);
    arrow.setAttribute("role", "img");
    arrow.setAttribute("aria-label", WORDS[direction]);
    summary.append(make("span", "event-time", ((nowMs - this.#startedMs) / 1000).toFixed(2)), arrow, typeName(type), times);
    details.append(summary);
    element.append(details);
    const row: Row = { element, details, times, key, event, count: 1 };
    details.addEventListener("toggle", () => this.#showJson(row));
    return row;
  }

  #showJson({ details, event }: Row): void {
    let json = details.querySelector("pre");
    if (json === null) {
      json = make("pre");
      details.append(json);
    }
    setText(json, JSON.stringify(event, shorten, 2));
  }
}

/** A type that may break into lines between its words. */
function typeName(type: string): HTMLElement {
  const name = make("span", "event-type");
  for (const word of type.split(/(?<=[._])/)) name.append(word, make("wbr"));
  return name;
}

function shorten(_name: string, value: unknown): unknown {
  return typeof value === "string" && value.length > MAX_STRING ? `${value.slice(0, MAX_STRING)}… (${count(value.length)} characters)` : value;
}
