/**
 * Single-letter shortcuts. They press the button that shows the letter, so that a disabled button stays disabled, and they can be switched off, since speech input and
 * some screen readers type letters of their own (WCAG 2.1.4).
 */

/** Listens for the letters while `enabled` is checked. */
export function bindShortcuts(buttons: readonly HTMLButtonElement[], enabled: HTMLInputElement): void {
  const byKey = new Map(buttons.map((button) => [button.getAttribute("aria-keyshortcuts")?.toLowerCase(), button]));
  addEventListener("keydown", (event) => {
    if (!enabled.checked || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const button = byKey.get(event.key.toLowerCase());
    if (button === undefined || button.disabled || button.hidden) return;
    event.preventDefault();
    button.click();
  });
  enabled.addEventListener("change", () => document.body.classList.toggle("no-shortcuts", !enabled.checked));
}
