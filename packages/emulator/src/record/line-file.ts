/**
 * A file that grows line by line. A line is with the operating system before its `write` returns, so that a crash of this process loses none; that costs some 10 µs, and no
 * memory. What the disk does not take is refused and leaves nothing behind: every line of the file is whole.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** Files of one name that are told apart by a number. */
const MAX_NAMESAKES = 1000;

/** Takes lines. */
export class LineFile {
  /** Path without the extension `.jsonl`. */
  readonly base: string;
  readonly #fd: number;
  readonly #onError: (error: Error) => void;
  #bytes = 0;
  #open = true;

  /** Makes a new file `name`, with a number where there is one already. @throws {Error} when it cannot be made. */
  constructor(directory: string, name: string, onError: (error: Error) => void) {
    const { base, fd } = newFile(join(directory, name));
    this.base = base;
    this.#fd = fd;
    this.#onError = onError;
  }

  /** Adds a line. Returns false when the disk does not take it. */
  write(line: string): boolean {
    if (!this.#open) return false;
    const bytes = Buffer.from(`${line}\n`);
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#bytes + at);
      this.#bytes += bytes.length;
      return true;
    } catch (error) {
      this.#takeBack();
      this.#onError(error as Error);
      return false;
    }
  }

  /** Closes the file. Idempotent. */
  end(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      closeSync(this.#fd);
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  /** Removes what was written of a line. */
  #takeBack(): void {
    try {
      ftruncateSync(this.#fd, this.#bytes);
    } catch {
      // The next line is written over it.
    }
  }
}

function newFile(base: string): { base: string; fd: number } {
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? base : `${base}-${count}`;
    try {
      return { base: candidate, fd: openSync(`${candidate}.jsonl`, "wx", 0o600) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || count === MAX_NAMESAKES) throw error;
    }
  }
}
