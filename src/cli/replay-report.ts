/** What a replay tells, as lines for people; the same for one in its own time and one served to a daemon. */
import type { ReadRecording } from '../adapters/recording/recording-lines.ts';
import type { PassageDifference, ToldPassage } from '../replay/passages.ts';

/** Exit code of a replay that told another story than the recording, or none. */
export const differs = 1;

export function refuse(message: string, hint = 'see docs/reference/recorder.md'): undefined {
  process.stderr.write(`${message}\n    hint: ${hint}\n`);
  return undefined;
}

export function recordingLinesOf({ header, entries, losses, cut }: ReadRecording): string[] {
  const { trigger, code, subject } = header.cause;
  const cause = [trigger, code, subject].filter(Boolean).join(' ');
  return [
    `recording of ${new Date(header.savedAtMs).toISOString()}, kakou ${header.kakou}, cause: ${cause}`,
    `${entries.length} entries${cut === undefined ? '' : `; CUT: ${cut}`}`,
    ...losses.map(({ source, dropped }) => `${source}: ${dropped} older entries were not kept`),
  ];
}

export function differenceText(difference: PassageDifference): string {
  const { laneId, passageId, member, recorded, replayed } = difference;
  return `DIFFERS ${laneId} ${passageId} ${member}: recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(replayed)}`;
}

export function passageText(passage: ToldPassage): string {
  const { laneId, startedAtMs, decisions, commands, outcome } = passage;
  const last = decisions.at(-1);
  const verdict = last
    ? `${last.disposition}, plate ${last.plate ?? '-'}, containers ${JSON.stringify(last.containers)}, weight ${JSON.stringify(last.weight)}`
    : 'no decision';
  const end = outcome ?? 'still there';
  return `${new Date(startedAtMs).toISOString()} ${laneId}: ${verdict}; ordered: ${commands.join() || 'nothing'}; ${end}`;
}
