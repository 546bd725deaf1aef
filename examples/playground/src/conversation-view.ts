/**
 * The conversation as bubbles. Follows the newest message only while the reader is at the end; else a button leads there.
 */
import type { ConversationEntry, PipelineMeters } from "sidetone";
import { byId, make, setText } from "./elements.ts";
import { duration, seconds } from "./format.ts";

/** This near to the end counts as being there, in CSS pixels. */
const AT_END_PX = 48;

interface Bubble {
  readonly row: HTMLLIElement;
  readonly text: HTMLElement;
  readonly note: HTMLElement;
  readonly bar: HTMLProgressElement;
  entry: ConversationEntry | null;
  /** What of it screen readers were told. */
  told: string;
}

/** Shows who said what, and how much of it was heard. */
export class ConversationView {
  /** Who answers, as the bubbles name it. */
  replyName = "Model";
  readonly #scroller = byId("conversation", HTMLElement);
  readonly #list = byId("bubbles", HTMLOListElement);
  readonly #empty = byId("conversation-empty", HTMLElement);
  readonly #newest = byId("newest", HTMLButtonElement);
  readonly #announcer = byId("announcer", HTMLElement);
  readonly #bubbles = new Map<string, Bubble>();
  #entries: readonly ConversationEntry[] = [];
  #atEnd = true;

  constructor() {
    this.#scroller.addEventListener("scroll", () => this.#look(), { passive: true });
    new ResizeObserver(() => this.#follow()).observe(this.#scroller);
    this.#newest.addEventListener("click", () => {
      this.#atEnd = true;
      this.#newest.hidden = true;
      this.#follow();
      this.#scroller.focus({ preventScroll: true });
    });
  }

  /** Forgets everything, for a new session. */
  clear(): void {
    this.#bubbles.clear();
    this.#list.replaceChildren();
    this.#announcer.textContent = "";
    this.#atEnd = true;
    this.#newest.hidden = true;
    this.#entries = [];
    this.#empty.hidden = false;
    this.#scroller.scrollTop = 0;
  }

  /** Shows the conversation as it is now; `sounding` says whether the meters' item is at the ear. */
  update(entries: readonly ConversationEntry[], meters: PipelineMeters, sounding: boolean): void {
    if (entries !== this.#entries) {
      this.#reconcile(entries);
      this.#entries = entries;
      this.#empty.hidden = entries.length > 0;
      this.#newest.hidden = this.#atEnd;
      this.#follow();
    }
    this.#showPlayhead(meters, sounding);
  }

  #reconcile(entries: readonly ConversationEntry[]): void {
    const ids = new Set(entries.map(({ id }) => id));
    for (const [id, bubble] of this.#bubbles) {
      if (ids.has(id)) continue;
      bubble.row.remove();
      this.#bubbles.delete(id);
    }
    entries.forEach((entry, index) => {
      let bubble = this.#bubbles.get(entry.id);
      if (bubble === undefined) {
        bubble = this.#create(entry);
        this.#bubbles.set(entry.id, bubble);
      }
      if (this.#list.children[index] !== bubble.row) this.#list.insertBefore(bubble.row, this.#list.children[index] ?? null);
      if (bubble.entry !== entry) this.#fill(bubble, entry);
    });
  }

  #create(entry: ConversationEntry): Bubble {
    const row = make("li", `bubble ${entry.role}`);
    const text = make("p", "bubble-text");
    const note = make("p", "bubble-note");
    const bar = make("progress", "bubble-bar");
    bar.hidden = true;
    bar.max = 1;
    row.append(make("p", "bubble-who", this.#nameOf(entry)), text, bar, note);
    return { row, text, note, bar, entry: null, told: "" };
  }

  #fill(bubble: Bubble, entry: ConversationEntry): void {
    bubble.entry = entry;
    const { row, text, note, bar } = bubble;
    row.dataset.status = entry.status;
    const spoken = entry.text.trim();
    row.classList.toggle("wordless", spoken === "");
    setText(text, spoken !== "" ? spoken : entry.status === "active" ? "…" : "(speech)");
    const { heardMs, totalMs } = entry;
    const known = heardMs !== null && totalMs !== null;
    if (entry.status === "interrupted") {
      setText(note, known ? `Interrupted: heard ${seconds(heardMs)} of ${seconds(totalMs)}` : "Interrupted");
      bar.hidden = !known || totalMs === 0;
      if (!bar.hidden && known) bar.value = heardMs / totalMs;
      bar.setAttribute("aria-label", "How much of it was heard");
    }
    if (entry.status === "active" || spoken === "") return;
    const news = !known ? `${this.#nameOf(entry)}: ${spoken}` : (note.textContent ?? "");
    if (news !== bubble.told) this.#announcer.textContent = news;
    bubble.told = news;
  }

  /** The position at the ear, under the bubble that sounds. */
  #showPlayhead(meters: PipelineMeters, sounding: boolean): void {
    for (const [id, { row, note, entry }] of this.#bubbles) {
      const here = sounding && id === meters.itemId && entry?.status !== "interrupted";
      row.classList.toggle("sounding", here);
      if (here) setText(note, `Heard ${seconds(meters.heardMs)}`);
      else if (entry?.role === "assistant" && entry.status !== "interrupted" && id === meters.itemId) setText(note, `Heard ${duration(meters.heardMs)}`);
    }
  }

  #nameOf({ role }: ConversationEntry): string {
    return role === "user" ? "You" : role === "assistant" ? this.replyName : "System";
  }

  /** Where the reader is. */
  #look(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < AT_END_PX;
    if (this.#atEnd) this.#newest.hidden = true;
  }

  /** Keeps the end in view for a reader who is there. */
  #follow(): void {
    if (this.#atEnd && this.#entries.length > 0) this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }
}
