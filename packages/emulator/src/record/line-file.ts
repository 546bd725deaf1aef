/**
 * A file that grows line by line. Lines go to the operating system as they come, so that a crash of this process loses what is under way and no more; memory is bounded, since
 * lines that a slow disk cannot take are refused.
 */
import { createWriteStream, openSync, type WriteStream } from "node:fs";
import { join } from "node:path";

/** Bytes that may wait for the disk. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** Files of one name that are told apart by a number. */
const MAX_NAMESAKES = 1000;

/** Takes lines. */
export class LineFile {
  /** Path without the extension `.jsonl`. */
  readonly base: string;
  readonly #stream: WriteStream;
  #failed = false;

  /** Makes a new file `name`, with a number where there is one already. @throws {Error} when it cannot be made. */
  constructor(directory: string, name: string, onError: (error: Error) => void) {
    const { base, fd } = newFile(join(directory, name));
    this.base = base;
    this.#stream = createWriteStream(`${base}.jsonl`, { fd });
    this.#stream.on("error", (error) => {
      this.#failed = true;
      onError(error);
    });
  }

  /** Adds a line. Returns false when it is not taken: too much waits for the disk, or the disk failed. */
  write(line: string): boolean {
    if (this.#failed || this.#stream.writableLength > MAX_WAITING_BYTES) return false;
    this.#stream.write(`${line}\n`);
    return true;
  }

  /** Adds a line, however much waits; for the few last ones. */
  last(line: string): void {
    if (!this.#failed) this.#stream.write(`${line}\n`);
  }

  /** Everything is written and the file is closed. */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stream.closed || this.#failed) resolve();
      else this.#stream.once("close", resolve).end();
    });
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
