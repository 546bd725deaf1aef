/** A typed event emitter. A listener that throws does not keep the others from hearing. */

/** Listeners by event name; `Events` maps names to what listeners get. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(value: never) => void>>();

  /** Calls `listener` for every `name` event from now on; the returned function ends that. */
  on<Name extends keyof Events>(name: Name, listener: (value: Events[Name]) => void): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(name, listeners);
    }
    // A wrapper per registration: the same function given twice is called twice, and each registration ends by itself.
    const own = (value: never): void => listener(value as Events[Name]);
    listeners.add(own);
    return () => listeners.delete(own);
  }

  /** Calls the listeners of `name` in the order in which they came. What they throw is thrown again from a task of its own, where the platform reports it. */
  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    const listeners = this.#listeners.get(name);
    if (listeners === undefined) return;
    for (const listener of [...listeners]) {
      // One that an earlier listener of this very event ended is not called any more.
      if (!listeners.has(listener)) continue;
      try {
        (listener as (value: Events[Name]) => void)(value);
      } catch (error) {
        Promise.reject(error);
      }
    }
  }

  /** Whether anyone listens for `name`. */
  has(name: keyof Events): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** Forgets all listeners. */
  clear(): void {
    for (const listeners of this.#listeners.values()) listeners.clear();
  }
}
