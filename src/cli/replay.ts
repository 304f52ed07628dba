import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import { drivers } from '../../devices/index.ts';
import {
  parseRecording,
  type ReadRecording,
  RecordingUnreadable,
} from '../adapters/recording/recording-lines.ts';
import { findingText } from '../config/finding.ts';
import type { LoadedGate } from '../config/load-gate.ts';
import { loadRecordedGate } from '../config/load-recorded-gate.ts';
import type { ToldPassage } from '../replay/passages.ts';
import type { Replay } from '../replay-gate.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

export function replayCommand(): Command {
  return new Command('replay')
    .description('play a recording through drivers and lanes, touching no device (回放)')
    .argument('<file>', 'recording of kakou recorder dump, or of the folder recordings of a gate')
    .option('--config <file>', "another configuration than the recording's own")
    .option('--feed <folder>', 'files of the customs feed, for look-ups that were not recorded')
    .option('--json', 'print the result as one JSON object')
    .action(replay);
}

/** The replay told another story than the recording. */
const differs = 1;
const fileBytesMax = 536_870_912;

async function replay(
  file: string,
  { config, feed, json }: { config?: string; feed?: string; json?: true },
): Promise<void> {
  const recording = read(file);
  if (!recording) {
    process.exitCode = configurationMistake;
    return;
  }
  const gate = config === undefined ? await recordedGate(recording) : await loadOrExplain(config);
  if (!gate) {
    process.exitCode = configurationMistake;
    return;
  }
  const { replayRecording } = await import('../replay-gate.ts');
  const result = await replayRecording(recording, gate, feed === undefined ? {} : { feed }).catch(
    (error: unknown) => {
      if (feed === undefined || (error as NodeJS.ErrnoException).code === undefined) throw error;
      return refuse(`${feed}: ${String(error)}`, 'give the folder that the feed is dropped into');
    },
  );
  if (!result) {
    process.exitCode = configurationMistake;
    return;
  }
  if (json) process.stdout.write(`${JSON.stringify({ cut: recording.cut, ...result })}\n`);
  else print(recording, result);
  if (result.comparison.differences.length > 0) process.exitCode = differs;
}

function read(file: string): ReadRecording | undefined {
  try {
    const { size } = statSync(file);
    if (size > fileBytesMax) return refuse(`${file} has ${size} bytes, more than a recording has`);
    return parseRecording(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof RecordingUnreadable)
      return refuse(`${file}: ${error.message}`, error.hint);
    const { code } = error as NodeJS.ErrnoException;
    return refuse(
      `${file} cannot be read: ${code ?? String(error)}`,
      'give the path of a recording',
    );
  }
}

function refuse(message: string, hint = 'see docs/reference/recorder.md'): undefined {
  process.stderr.write(`${message}\n    hint: ${hint}\n`);
  return undefined;
}

async function recordedGate({ header }: ReadRecording): Promise<LoadedGate | undefined> {
  const loaded = await loadRecordedGate(header, drivers);
  if (loaded.kind === 'gate') return loaded.gate;
  const findings = loaded.findings.map(findingText).join('\n');
  return refuse(
    `${findings}\nthe gate of the recording cannot be made by this kakou`,
    'give the configuration of today with --config, or use the kakou that wrote it',
  );
}

function print(recording: ReadRecording, result: Replay): void {
  const { header, entries, losses, cut } = recording;
  const { trigger, code, subject } = header.cause;
  const cause = [trigger, code, subject].filter(Boolean).join(' ');
  const lines = [
    `recording of ${new Date(header.savedAtMs).toISOString()}, kakou ${header.kakou}, cause: ${cause}`,
    `${entries.length} entries${cut === undefined ? '' : `; CUT: ${cut}`}`,
    ...losses.map(({ source, dropped }) => `${source}: ${dropped} older entries were not kept`),
    ...result.replayed.map(passageText),
    ...result.comparison.differences.map(
      ({ laneId, passageId, member, recorded, replayed }) =>
        `DIFFERS ${laneId} ${passageId} ${member}: recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(replayed)}`,
    ),
    ...result.otherWrites.map(
      ({ deviceId, recorded, replayed }) =>
        `note: ${deviceId} was written something else: recorded ${JSON.stringify(recorded)}, replayed ${JSON.stringify(replayed)}`,
    ),
    ...result.notes.map((note) => `note: ${note}`),
    result.comparison.differences.length > 0
      ? 'the replay differs from the recording'
      : `the replay gives what the recording says, for ${result.comparison.compared} passages`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

function passageText({ laneId, startedAtMs, decisions, commands, outcome }: ToldPassage): string {
  const last = decisions.at(-1);
  const verdict = last
    ? `${last.disposition}, plate ${last.plate ?? '-'}, containers ${JSON.stringify(last.containers)}, weight ${JSON.stringify(last.weight)}`
    : 'no decision';
  const end = outcome ?? 'still there';
  return `${new Date(startedAtMs).toISOString()} ${laneId}: ${verdict}; ordered: ${commands.join() || 'nothing'}; ${end}`;
}
