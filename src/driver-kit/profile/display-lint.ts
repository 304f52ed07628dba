/** What the schema of a `display` block cannot say, and the block's own tests. */
import type { StreamSession } from '../contract.ts';
import { isWide } from './checksums.ts';
import type { DisplayProfile } from './display.ts';
import type { ProfileFinding } from './finding.ts';
import { hexBytes } from './frame-rules.ts';
import { spacedHex } from './hex.ts';

/** Findings of a `display` block that has passed its schema. */
export function lintDisplayProfile(block: DisplayProfile): readonly ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const find = (path: string, message: string, hint: string) =>
    findings.push({ path: `display.${path}`, message, hint });
  const { frame, rows, columns, encoding } = block;
  const head = hexBytes(frame.head).length;
  const tail = hexBytes(frame.tail ?? '').length;
  const { row, length, addressAt, check } = frame;
  const places = [
    ['row.at', row?.at, 1],
    ['length.at', length?.at, length?.size ?? 1],
    ['addressAt', addressAt, 1],
  ] as const;
  for (const [name, at, width] of places) {
    if (at === undefined || at + width <= head) continue;
    find(`frame.${name}`, `byte ${at} is not in a head of ${head} bytes`, 'bytes count from 0');
  }
  if (frame.per === 'row' && rows.length > 1 && !row) {
    const hint = 'tell where the head names the row, or write all rows in one frame';
    find('frame.row', 'the display cannot tell one row from another', hint);
  }
  if (frame.per === 'all' && rows.length > 1 && frame.separator === undefined && !block.pad) {
    find('frame.separator', 'nothing divides two rows', 'give a separator, or pad the rows');
  }
  const textMax =
    columns * (encoding === 'utf-8' ? 2 : 1) * (frame.per === 'all' ? rows.length : 1);
  if (length?.size === 1 && textMax + length.plus > 255) {
    const message = `${textMax} bytes of text do not fit into a length of one byte`;
    find('frame.length.size', message, 'use two bytes, or fewer columns');
  }
  if (check) {
    const width = isWide(check) || check.enc !== 'raw' ? 2 : 1;
    const isInTail = check.at < 0 && -check.at <= tail && -check.at >= width;
    if (!isInTail) {
      const hint = 'count it from the end of the frame, and write 00 for it in the tail';
      find('frame.check.at', 'the check does not stand in the tail', hint);
    }
  }
  return findings;
}

/** Runs a profile's own tests, each on a fresh session of its driver. */
export function proveDisplayProfile(
  block: DisplayProfile,
  makeSession: (settings: Readonly<Record<string, unknown>>) => StreamSession,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const { zh, en, reasonZh, reasonEn, address } = test;
    const now = { wallMs: 0, monotonicMs: 0 };
    const session = makeSession(address === undefined ? {} : { address });
    session.opened(now);
    const reason = { zh: reasonZh ?? '', en: reasonEn ?? '' };
    const hasReason = reasonZh !== undefined || reasonEn !== undefined;
    const shown = session.show?.(
      { kind: 'wait', text: { zh, en }, ...(hasReason && { reason }) },
      now,
    );
    const got = (shown?.send ?? []).map(spacedHex);
    const expected = test.frames.map((hex) => spacedHex(hexBytes(hex)));
    if (got.join('|') === expected.join('|')) return [];
    return [
      {
        path: `display.tests.${index}.frames`,
        message: `"${test.name}": writes [${got.join('], [')}]`,
        hint: 'correct the frame or the test, whichever the manual contradicts',
      },
    ];
  });
}
