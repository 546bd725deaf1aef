/**
 * A file that something of the conversation goes to. It is opened for writing before anything is said, so that a conversation is not held for nothing; what it held before
 * stays until the new content is there, and a file that was made for a run without result goes away again.
 */
import { constants } from "node:fs";
import { type FileHandle, open, realpath, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { CliError, isSystemError, usageError } from "../failure.ts";

/** An output file, held open. */
export class OutputFile {
  /** As given on the command line. */
  readonly path: string;
  /** The flag it was given with, without dashes. */
  readonly #flag: string;
  readonly #handle: FileHandle;
  readonly #existed: boolean;
  #open = true;

  private constructor(flag: string, path: string, handle: FileHandle, existed: boolean) {
    this.#flag = flag;
    this.path = path;
    this.#handle = handle;
    this.#existed = existed;
  }

  /** Opens `path` for writing. @throws {CliError} when it cannot be written, or is `inputPath` or the file of `other`. */
  static async open(flag: string, path: string, inputPath: string, other: OutputFile | null = null): Promise<OutputFile> {
    const existed = await stat(path).then(
      () => true,
      () => false,
    );
    // Devices such as /dev/null may be given twice.
    const own = existed && (await stat(path)).isFile() ? await realpath(path) : null;
    if (own !== null && own === (await realpath(inputPath))) throw usageError(`--${flag} ${path} is the input file itself; give another name.`);
    if (own !== null && other !== null && own === (await realpath(other.path))) throw usageError(`--${flag} and --${other.#flag} name one file; give two.`);
    try {
      return new OutputFile(flag, path, await open(path, constants.O_WRONLY | constants.O_CREAT, 0o666), existed);
    } catch (error) {
      throw explained(flag, path, error);
    }
  }

  /** Writes `bytes` as the whole content and closes. @throws {CliError} when the disk does not take them. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      await this.#handle.writeFile(bytes);
      if ((await this.#handle.stat()).isFile()) await this.#handle.truncate(bytes.length);
    } catch (error) {
      throw explained(this.#flag, this.path, error);
    } finally {
      this.#open = false;
      await this.#handle.close();
    }
  }

  /** Closes without writing, unless {@link write} has been called; idempotent. */
  async discard(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
    if (!this.#existed) await rm(this.path, { force: true });
  }
}

function explained(flag: string, path: string, error: unknown): CliError {
  const say = (sentence: string): CliError => new CliError("unwritable", sentence, { cause: error });
  if (isSystemError(error, "ENOENT", "ENOTDIR")) return say(`${path} cannot be written: there is no folder ${dirname(path)}; make it first.`);
  if (isSystemError(error, "EISDIR")) return say(`--${flag} ${path} is a folder; give the name of a file.`);
  if (isSystemError(error, "EACCES", "EPERM", "EROFS")) return say(`${path} may not be written by this user; choose another --${flag}.`);
  if (isSystemError(error, "ENOSPC", "EDQUOT")) return say(`${path} cannot be written: the disk is full.`);
  return say(`${path} cannot be written (${(error as Error).message}).`);
}
