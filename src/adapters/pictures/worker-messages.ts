/** What main thread and picture worker tell each other. */
import type { PictureEntry, PictureFault, PictureMishap } from '../../ports/pictures.ts';

export interface PictureLimits {
  /** Days a picture is kept after it came last, by role. */
  readonly retentionDays: Readonly<Record<'scene' | 'plate' | 'container' | 'other', number>>;
  /** All originals and thumbnails together, MiB. */
  readonly quotaMiB: number;
  /** Below this much free space scene pictures are not kept, MiB; below half of it none. */
  readonly freeMiBMin: number;
}

export interface PictureWorkerData {
  /** Folder of the files. */
  readonly directory: string;
  /** The database of the rows. */
  readonly recordsFile: string;
  readonly limits: PictureLimits;
}

export type ToPictureWorker =
  | { readonly kind: 'keep'; readonly entry: PictureEntry; readonly bytes: Uint8Array }
  /** Its bytes are not kept; that it came is. */
  | { readonly kind: 'refused'; readonly entry: PictureEntry; readonly reason: PictureFault }
  | { readonly kind: 'belong'; readonly passageId: string; readonly sha256s: readonly string[] }
  | { readonly kind: 'stop' };

export type FromPictureWorker =
  /** It can write. */
  | { readonly kind: 'ready' }
  /** A message of so many picture bytes has been dealt with. */
  | { readonly kind: 'done'; readonly bytes: number }
  | ({ readonly kind: 'faulted' } & PictureMishap)
  | {
      readonly kind: 'standing';
      readonly code: PictureFault;
      readonly isOver: boolean;
      readonly detail: string;
    };

/** What the checking process is asked, a picture at a time. */
export interface CheckRequest {
  readonly id: number;
  readonly file: string;
  readonly mediaType: string;
  /** Where the thumbnail is to be; absent where none is wanted. */
  readonly thumbnail?: string;
  /** A file beside it, written first. */
  readonly temporary?: string;
}

export type CheckAnswer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'checked';
      readonly id: number;
      readonly verdict: 'whole' | 'truncated' | 'damaged';
      readonly detail: string;
      /** 0 where none was made. */
      readonly thumbnailBytes: number;
    };
