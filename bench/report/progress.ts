/** Progress with the time that is left: one line that changes on a terminal, a plain line per group when piped. */
import { clock } from "./format.ts";

const DRAW_MS = 100;

/** What progress is written to. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows how far a run is. */
export class Progress {
  readonly #stream: ProgressOutput;
  readonly #live: boolean;
  readonly #started = performance.now();
  #drawn = 0;

  constructor(stream: ProgressOutput) {
    this.#stream = stream;
    this.#live = Boolean(stream.isTTY) && !process.env.CI;
  }

  /** `done` is the fraction of the whole run. */
  update(done: number, what: string): void {
    const now = performance.now();
    if (!this.#live || now - this.#drawn < DRAW_MS) return;
    this.#drawn = now;
    const line = `${Math.round(done * 100)} %, ${this.#left(done)}  ${what}`;
    this.#stream.write(`\r\x1b[2K${line.slice(0, (this.#stream.columns || 80) - 1)}`);
  }

  /** A group begins: the line that stays when there is no terminal. */
  group(done: number, title: string): void {
    if (this.#live) this.update(done, title);
    else this.#stream.write(`${title} … (${Math.round(done * 100)} %, ${this.#left(done)})\n`);
  }

  /** Clears the line, so that something else can be written. */
  clear(): void {
    if (this.#live) this.#stream.write("\r\x1b[2K");
  }

  get elapsedMs(): number {
    return performance.now() - this.#started;
  }

  #left(done: number): string {
    if (done < 0.02) return "time left unknown yet";
    return `${clock((this.elapsedMs / done) * (1 - done))} left`;
  }
}
