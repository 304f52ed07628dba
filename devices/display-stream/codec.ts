/** Pure making of a display's frames from what is to be shown, by its profile. */
import {
  type DisplayNotice,
  type DisplayProfile,
  encodedRow,
  hexBytes,
  type RowContents,
  writeCheck,
} from 'kakou/driver-kit';

export interface FrameOptions {
  readonly block: DisplayProfile;
  /** Contents of the rows; the site's or the profile's. */
  readonly rows: readonly RowContents[];
  readonly address: number | undefined;
}

/** What a row shows; empty where there is nothing of its contents. */
function rowText(notice: DisplayNotice, contents: RowContents): string {
  const texts = {
    zh: notice.text.zh,
    en: notice.text.en,
    reasonZh: notice.reason?.zh ?? '',
    reasonEn: notice.reason?.en ?? '',
  };
  return contents.map((each) => texts[each]).find((text) => text !== '') ?? '';
}

/** Frames in the order in which they are written. */
export function framesOf(notice: DisplayNotice, options: FrameOptions): readonly Uint8Array[] {
  const { block, rows } = options;
  // Rows that a site does not use are written too: what stood there before must go.
  const texts = block.rows.map((_, i) => encodedRow(rowText(notice, rows[i] ?? []), block));
  if (block.frame.per === 'row') return texts.map((text, i) => frameOf(text, i, options));
  const separator = hexBytes(block.frame.separator ?? '');
  const all = texts.flatMap((text, i) => (i === 0 ? [...text] : [...separator, ...text]));
  return [frameOf(Uint8Array.from(all), 0, options)];
}

function frameOf(
  text: Uint8Array,
  rowIndex: number,
  { block: { frame }, address }: FrameOptions,
): Uint8Array {
  const head = hexBytes(frame.head);
  const { row, length, addressAt, check } = frame;
  if (row) head[row.at] = row.from + rowIndex;
  if (addressAt !== undefined && address !== undefined) head[addressAt] = address;
  if (length) {
    const value = text.length + length.plus;
    const [high, low] = [value >> 8, value & 0xff];
    const bytes = length.size === 1 ? [low] : length.endian === 'big' ? [high, low] : [low, high];
    head.set(bytes, length.at);
  }
  const whole = Uint8Array.of(...head, ...text, ...hexBytes(frame.tail ?? ''));
  return check ? writeCheck(check, whole) : whole;
}
