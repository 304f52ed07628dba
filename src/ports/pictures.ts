/**
 * Evidence pictures. They are hashed where they arrive, so that the journal can name them at once, and stored
 * afterwards by somebody else: nothing that a lane does waits for a disk.
 */
import type { pictureFaults } from '../core/fault-codes.ts';
import type { DeviceId, PassageId } from '../core/identity.ts';
import type { PictureReference } from '../core/observation.ts';
import type { Instant } from '../core/time.ts';
import type { Picture } from '../driver-kit/contract.ts';

export type PictureFault = keyof typeof pictureFaults;

/** Where pictures come from. */
export interface PictureOrigin {
  readonly deviceId: DeviceId;
  readonly laneId: string;
  /** When the pictures arrived. */
  readonly receivedAt: Instant;
  /** When their reading arrived: the same moment, unless they came later. */
  readonly readingAt: Instant;
  /** The device's own id of the reading, where it has one. */
  readonly deviceEventId?: string;
}

export interface PictureRefusal {
  readonly code: PictureFault;
  readonly detail: string;
}

export interface TakenPictures {
  /** Of those that will be stored, in their order. */
  readonly references: readonly PictureReference[];
  readonly refusals: readonly PictureRefusal[];
}

export interface PictureMishap {
  readonly deviceId: string;
  readonly sha256: string;
  readonly code: PictureFault;
  readonly detail: string;
}

/** What happens to pictures after they were taken. */
export interface PictureEvents {
  /** About one picture of a device. */
  faulted(fault: PictureMishap): void;
  /** About all of them: told when it begins and when it is over. */
  standing(code: PictureFault, isOver: boolean, detail: string): void;
}

export interface PictureStore {
  start(events: PictureEvents): void;
  /** Hashes and hands over at once, without any IO. The bytes are the store's from then on. */
  take(origin: PictureOrigin, pictures: readonly Picture[]): TakenPictures;
  /** The passage these pictures belong to has become known. */
  belong(passageId: PassageId, sha256s: readonly string[]): void;
  /** Writes what waits, for 5 s at most. */
  stop(): Promise<void>;
}

/** Roles in the order in which they are given up when space is short: the plate is the last to go. */
export type PictureRole = PictureReference['role'];

/** What is known of a picture. `truncated` and `damaged` are stored as they came. */
export interface PictureStanding {
  readonly state: 'storing' | 'stored' | 'truncated' | 'damaged' | 'refused' | 'purged';
  readonly bytes: number;
  readonly mediaType: string;
  /** Why it was refused. */
  readonly reason?: string;
  readonly purgedAtMs?: number;
  /** Absolute path of the original. */
  readonly file: string;
  /** Absolute path of the thumbnail, where there is one. */
  readonly thumbnail?: string;
}

/** Reading of stored pictures, by hash. */
export interface PictureShelf {
  /** Undefined where nothing is known of it. Throws where the records cannot be read. */
  look(sha256: string): PictureStanding | undefined;
  /** Pictures of a passage, oldest first, at most 16; likewise. */
  ofPassage(passageId: string): readonly PassagePictureRow[];
}

export interface PassagePictureRow {
  readonly sha256: string;
  readonly role: PictureRole;
  readonly deviceId: string;
  /** It is truncated or damaged. */
  readonly isBroken: boolean;
}

/** Picture as it goes to the records. */
export interface PictureEntry {
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly role: PictureRole;
  readonly deviceId: string;
  readonly laneId: string;
  readonly receivedAtMs: number;
  readonly readingAtMs: number;
  readonly deviceEventId?: string;
}

export interface StoredFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly deviceId: string;
}

/** A stored picture that may be given up. */
export interface AgedFile extends StoredFile {
  readonly thumbnailBytes: number;
}

export type PictureVerdict = 'whole' | 'truncated' | 'damaged';

/** The rows about pictures, with one writer. Each call is a transaction. */
export interface PictureRecords {
  /** Writes down that it came; says whether its bytes are still to be written. */
  begin(entry: PictureEntry): 'write' | 'known';
  stored(sha256: string): void;
  refused(entry: PictureEntry, reason: string): void;
  /** Its bytes could not be written. */
  notStored(sha256: string, reason: string): void;
  belong(passageId: string, sha256s: readonly string[]): void;
  /** Rows left between two states by a stop. */
  unfinished(limit: number): readonly (StoredFile & { readonly state: 'storing' | 'purging' })[];
  /** The oldest that nobody has checked, counted as tried; at the second try at most. */
  nextUnchecked(): (StoredFile & { readonly tries: number }) | undefined;
  /** False where it has been given up meanwhile. */
  checked(sha256: string, verdict: PictureVerdict, thumbnailBytes: number): boolean;
  /** Stored pictures of a role, oldest first, last received before `beforeMs`. */
  oldest(role: PictureRole, beforeMs: number, limit: number): readonly AgedFile[];
  purging(sha256: string): void;
  purged(sha256: string, atMs: number): void;
  /** Bytes of stored pictures with their thumbnails. */
  storedBytes(): number;
  close(): void;
}
