import { existsSync, readFileSync, statSync } from 'node:fs';
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
import type { Replay } from '../replay-gate.ts';
import { decideAgain } from './decide-again.ts';
import { configurationMistake, loadOrExplain } from './load.ts';
import { differenceText, differs, passageText, recordingLinesOf, refuse } from './replay-report.ts';
import { isPossible, type ServeChoice, serveReplay } from './serve-replay.ts';

export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'play a recording, or make the decisions of a passage again; no device is touched (回放)',
    )
    .argument(
      '<file-or-passage>',
      'recording of kakou recorder dump or of the folder recordings of a gate; or the id of a passage',
    )
    .option('--config <file>', "another configuration than the recording's own")
    .option('--feed <folder>', 'files of the customs feed, for look-ups that were not recorded')
    .option(
      '--serve <folder>',
      'host its devices on this machine for a daemon that you run yourself',
    )
    .option(
      '--broker <url>',
      'with --serve: where that daemon sends its events; nowhere if left out',
    )
    .option('--json', 'print the result as one JSON object')
    .action(replay);
}

const fileBytesMax = 536_870_912;

interface ReplayOptions extends ServeChoice {
  readonly config?: string;
  readonly feed?: string;
}

const passageId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function replay(file: string, options: ReplayOptions): Promise<void> {
  const { config, feed, json } = options;
  if (passageId.test(file) && !existsSync(file)) return replayPassage(file, config);
  const recording = isPossible(options) ? read(file) : undefined;
  if (!recording) {
    process.exitCode = configurationMistake;
    return;
  }
  if (options.serve !== undefined) return serveReplay(recording, options);
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

async function replayPassage(passage: string, config: string | undefined): Promise<void> {
  if (config !== undefined) return decideAgain(passage, config);
  refuse(
    `${passage} is the id of a passage, and no configuration is given`,
    'give the configuration of its gate with --config: its decisions are made again from the ledger',
  );
  process.exitCode = configurationMistake;
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
  const lines = [
    ...recordingLinesOf(recording),
    ...result.replayed.map(passageText),
    ...result.comparison.differences.map(differenceText),
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
