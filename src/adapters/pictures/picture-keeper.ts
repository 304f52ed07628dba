/**
 * What the picture worker does: writes pictures and their rows, has them checked, and gives up the oldest when
 * their time or the space is over. Short space costs thumbnails first, then scene pictures, then all of them; the
 * rows stay, and nothing outside this worker notices but by a fault.
 */
import type {
  AgedFile,
  PictureEntry,
  PictureFault,
  PictureRecords,
  PictureRole,
} from '../../ports/pictures.ts';
import type { CheckOutcome } from './picture-checker.ts';
import type { PictureFiles } from './picture-files.ts';
import { incomingFolder, originalPath, thumbnailPath } from './picture-paths.ts';
import type {
  CheckRequest,
  FromPictureWorker,
  PictureLimits,
  ToPictureWorker,
} from './worker-messages.ts';

export interface KeeperOptions {
  readonly files: PictureFiles;
  readonly records: PictureRecords;
  readonly checker: { check(request: CheckRequest): Promise<CheckOutcome>; stop(): void };
  readonly limits: PictureLimits;
  /** Wall clock, ms. */
  readonly now: () => number;
  /** Free bytes of the disk. */
  readonly freeBytes: () => number;
  readonly tell: (message: FromPictureWorker) => void;
}

/** How short space is; each step includes those before it. */
type Shortage = 'none' | 'thumbnails' | 'scenes' | 'all';

const mebibyte = 1_048_576;
const dayMs = 86_400_000;
/** Files given up in one go, so that a picture that has come waits for no more. */
const purgedAtOnce = 100;
/** Rows between two states that are looked at after a start. */
const unfinishedMax = 10_000;
const spaceKnownForMs = 2_000;
/** A machine without the decoder is asked again after this, ms. */
const unavailableForMs = 600_000;
/** Share of the quota from which the oldest go, and down to which. */
const [quotaHigh, quotaLow] = [0.95, 0.9];
/** What goes first when space is short. */
const givenUpFirst: readonly PictureRole[] = ['scene', 'other', 'container', 'plate'];

export class PictureKeeper {
  readonly #o: KeeperOptions;
  readonly #standing = new Set<PictureFault>();
  #storedBytes: number;
  #free = { bytes: Number.POSITIVE_INFINITY, atMs: Number.NEGATIVE_INFINITY };
  #checks = 0;
  #isChecking = false;
  #isCheckDue = false;
  #unavailableUntilMs = 0;
  #stopped = false;

  constructor(options: KeeperOptions) {
    this.#o = options;
    this.#settleUnfinished();
    this.#storedBytes = options.records.storedBytes();
    void this.#checkOn();
  }

  take(message: Exclude<ToPictureWorker, { kind: 'stop' }>): void {
    switch (message.kind) {
      case 'keep':
        this.#keep(message.entry, message.bytes);
        this.#o.tell({ kind: 'done', bytes: message.bytes.byteLength });
        return;
      case 'refused':
        return this.#row(() => this.#o.records.refused(message.entry, message.reason));
      case 'belong':
        return this.#row(() => this.#o.records.belong(message.passageId, message.sha256s));
    }
  }

  #keep(entry: PictureEntry, bytes: Uint8Array): void {
    try {
      const shortage = this.#shortage();
      const isScene = entry.role === 'scene' || entry.role === 'other';
      if (shortage === 'all' || (shortage === 'scenes' && isScene)) return this.#doWithout(entry);
      if (shortage !== 'scenes') this.#stand('pictures-space-low', true, '');
      const { files, records } = this.#o;
      if (records.begin(entry) === 'write') {
        this.#write(entry, bytes, files);
        records.stored(entry.sha256);
        this.#storedBytes += bytes.byteLength;
      }
      this.#stand('pictures-not-stored', true, '');
    } catch (error) {
      this.#notStored(error);
    }
    void this.#checkOn();
  }

  /** For want of space. */
  #doWithout(entry: PictureEntry): void {
    const [free, stored] = [this.#free.bytes, this.#storedBytes].map((bytes) =>
      Math.floor(bytes / mebibyte),
    );
    this.#stand('pictures-space-low', false, `${free} MiB free, ${stored} MiB of pictures`);
    this.#o.records.refused(entry, 'pictures-space-low');
  }

  #write(entry: PictureEntry, bytes: Uint8Array, files: PictureFiles): void {
    try {
      files.write(entry, bytes);
    } catch (error) {
      this.#row(() => this.#o.records.notStored(entry.sha256, 'pictures-not-stored'));
      throw error;
    }
  }

  /** A row that cannot be written is told and not tried again: the journal has the hash. */
  #row(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#notStored(error);
    }
  }

  #notStored(error: unknown): void {
    // What was believed of the space was wrong.
    this.#free = { ...this.#free, atMs: Number.NEGATIVE_INFINITY };
    this.#stand('pictures-not-stored', false, messageOf(error));
  }

  /** Said once when it begins, and once when it is over. */
  #stand(code: PictureFault, isOver: boolean, detail: string): void {
    if (this.#standing.has(code) !== isOver) return;
    if (isOver) this.#standing.delete(code);
    else this.#standing.add(code);
    this.#o.tell({ kind: 'standing', code, isOver, detail });
  }

  #shortage(): Shortage {
    const { quotaMiB, freeMiBMin } = this.#o.limits;
    const free = this.#freeBytes() / mebibyte;
    const share = this.#storedBytes / (quotaMiB * mebibyte);
    if (free < freeMiBMin / 2) return 'all';
    if (free < freeMiBMin || share >= 1) return 'scenes';
    return free < freeMiBMin * 2 || share >= quotaHigh ? 'thumbnails' : 'none';
  }

  #freeBytes(): number {
    const atMs = this.#o.now();
    if (Math.abs(atMs - this.#free.atMs) > spaceKnownForMs) {
      this.#free = { bytes: this.#o.freeBytes(), atMs };
    }
    return this.#free.bytes;
  }

  /**
   * Gives up pictures whose time is over, then the oldest while there are too many or the disk is nearly full.
   * Says whether there is more to do.
   */
  age(): boolean {
    try {
      const isMore = this.#expire() || this.#makeRoom();
      const shortage = this.#shortage();
      if (shortage === 'none' || shortage === 'thumbnails') {
        this.#stand('pictures-space-low', true, '');
      }
      void this.#checkOn();
      return isMore;
    } catch (error) {
      this.#notStored(error);
      return false;
    }
  }

  #expire(): boolean {
    const { limits, records, now } = this.#o;
    for (const role of givenUpFirst) {
      const beforeMs = now() - limits.retentionDays[role] * dayMs;
      const old = records.oldest(role, beforeMs, purgedAtOnce);
      for (const picture of old) this.#purge(picture);
      if (old.length === purgedAtOnce) return true;
    }
    return false;
  }

  #makeRoom(): boolean {
    const { limits, records } = this.#o;
    const quotaBytes = limits.quotaMiB * mebibyte;
    const isOverQuota = this.#storedBytes >= quotaBytes * quotaHigh;
    // Pictures are the first to go when the disk is nearly full, whoever fills it: the ledger needs what is left.
    const missing = (limits.freeMiBMin / 2) * mebibyte - this.#freeBytes();
    let tooMuch = Math.max(isOverQuota ? this.#storedBytes - quotaBytes * quotaLow : 0, missing);
    let purged = 0;
    for (const role of givenUpFirst) {
      if (tooMuch <= 0) break;
      const oldest = records.oldest(role, Number.MAX_SAFE_INTEGER, purgedAtOnce);
      for (const picture of oldest) {
        if (tooMuch <= 0 || purged >= purgedAtOnce) break;
        this.#purge(picture);
        tooMuch -= picture.bytes + picture.thumbnailBytes;
        purged += 1;
      }
    }
    if (purged > 0) this.#free = { ...this.#free, atMs: Number.NEGATIVE_INFINITY };
    return purged >= purgedAtOnce && tooMuch > 0;
  }

  /** First the row, then the file: what a stop leaves between them is found by the row. */
  #purge(picture: AgedFile): void {
    const { files, records, now } = this.#o;
    records.purging(picture.sha256);
    files.remove(picture);
    records.purged(picture.sha256, now());
    this.#storedBytes -= picture.bytes + picture.thumbnailBytes;
  }

  /** What a stop left between two states. */
  #settleUnfinished(): void {
    const { files, records, now } = this.#o;
    for (const { state, ...picture } of records.unfinished(unfinishedMax)) {
      if (state === 'purging') {
        files.remove(picture);
        records.purged(picture.sha256, now());
      } else if (files.isWhole(picture)) {
        records.stored(picture.sha256);
      } else {
        files.remove(picture);
        records.notStored(picture.sha256, 'interrupted');
      }
    }
  }

  /** One after another, the oldest first; the rows are the queue, so none is lost by a restart. */
  async #checkOn(): Promise<void> {
    this.#isCheckDue = true;
    if (this.#isChecking) return;
    this.#isChecking = true;
    try {
      // What has come while the last one found nothing to do is not left lying.
      while (this.#isCheckDue && !this.#stopped && this.#o.now() >= this.#unavailableUntilMs) {
        this.#isCheckDue = false;
        if (await this.#checkNext()) this.#isCheckDue = true;
      }
    } catch (error) {
      if (!this.#stopped) this.#notStored(error);
    } finally {
      this.#isChecking = false;
    }
  }

  async #checkNext(): Promise<boolean> {
    const { files, records, checker, tell } = this.#o;
    const picture = records.nextUnchecked();
    if (!picture) return false;
    const { sha256, deviceId } = picture;
    this.#checks += 1;
    const file = originalPath(files.root, picture);
    const wanted = this.#shortage() === 'none' && {
      thumbnail: thumbnailPath(files.root, sha256),
      temporary: `${incomingFolder(files.root)}/${sha256}.thumb`,
    };
    const request = { id: this.#checks, file, mediaType: picture.mediaType, ...wanted };
    const outcome = await checker.check(request);
    if (this.#stopped) return false;
    switch (outcome.verdict) {
      case 'unavailable':
        this.#unavailableUntilMs = this.#o.now() + unavailableForMs;
        this.#stand('picture-check-unavailable', false, outcome.detail);
        return false;
      case 'crashed':
        tell({
          ...{ kind: 'faulted', deviceId, sha256 },
          ...{ code: 'picture-check-failed', detail: `${outcome.detail}: ${sha256}` },
        });
        return true;
      default: {
        this.#stand('picture-check-unavailable', true, '');
        const { verdict, detail, thumbnailBytes } = outcome;
        if (!records.checked(sha256, verdict, thumbnailBytes)) {
          // Given up while it was being checked: its thumbnail came after the removal.
          files.remove(picture);
          return true;
        }
        this.#storedBytes += thumbnailBytes;
        if (verdict !== 'whole') {
          const code = verdict === 'truncated' ? 'picture-truncated' : 'picture-damaged';
          tell({ kind: 'faulted', deviceId, sha256, code, detail: `${detail}: ${sha256}` });
        }
        return true;
      }
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#o.checker.stop();
    this.#o.records.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
