/** The place for trouble: one notice at a time, read out at once by screen readers, closed by a button. */
import { make } from "./elements.ts";
import type { Trouble } from "./troubles.ts";

/** Shows notices. */
export class NoticeView {
  readonly #element: HTMLElement;
  readonly #onSample: () => void;
  #shown: Trouble | null = null;

  /** `onSample` is called when the person prefers the sample recording. */
  constructor(element: HTMLElement, onSample: () => void) {
    this.#element = element;
    this.#onSample = onSample;
  }

  /** What is shown, or null. */
  get shown(): Trouble | null {
    return this.#shown;
  }

  show(trouble: Trouble): void {
    this.#shown = trouble;
    const text = make("p", "notice-text");
    text.append(make("strong", "", trouble.title), make("br"), trouble.text);
    const actions = make("p", "notice-actions");
    if (trouble.offerSample) actions.append(this.#button("Use the sample recording", this.#onSample));
    actions.append(this.#button("Dismiss", () => undefined));
    this.#element.replaceChildren(text, actions);
    this.#element.hidden = false;
  }

  hide(): void {
    this.#shown = null;
    this.#element.hidden = true;
    this.#element.replaceChildren();
  }

  #button(label: string, action: () => void): HTMLButtonElement {
    const button = make("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => {
      this.hide();
      action();
    });
    return button;
  }
}
