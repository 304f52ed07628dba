import type { ReadRecording } from '../adapters/recording/recording-lines.ts';
import type { ServedReplay } from '../replay-serve.ts';
import { configurationMistake } from './load.ts';
import { differenceText, differs, passageText, recordingLinesOf, refuse } from './replay-report.ts';

export interface ServeChoice {
  readonly serve?: string;
  readonly broker?: string;
  readonly json?: true;
}

/** False, with the reason on stderr, where options do not go together. */
export function isPossible(
  options: ServeChoice & { readonly config?: string; readonly feed?: string },
): boolean {
  const { serve, broker, config, feed } = options;
  if (serve === undefined && broker !== undefined) {
    refuse('--broker goes with --serve', 'a replay of its own sends nothing');
    return false;
  }
  if (serve !== undefined && (config !== undefined || feed !== undefined)) {
    refuse(
      '--serve takes neither --config nor --feed',
      'change gate.yaml in the served folder, or drop files into its folder feed',
    );
    return false;
  }
  if (broker !== undefined && !/^(mqtt|mqtts|ws|wss):\/\/[^@\s]+$/.test(broker)) {
    refuse(`${broker} is no broker`, 'give mqtt://host:port, without user and password in it');
    return false;
  }
  return true;
}

/** Sets the exit code: 0 only where the daemon told the same as the recording. */
export async function serveReplay(
  recording: ReadRecording,
  { serve = '', broker, json }: ServeChoice,
): Promise<void> {
  const { serveRecording, ServeRefused } = await import('../replay-serve.ts');
  const stop = new AbortController();
  const end = () => stop.abort();
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  // With --json the result alone goes to stdout.
  const tell = (line: string) => {
    if (json) process.stderr.write(`${line}\n`);
    else process.stdout.write(`${line}\n`);
  };
  for (const line of recordingLinesOf(recording)) tell(line);
  try {
    const result = await serveRecording(recording, {
      folder: serve,
      ...(broker !== undefined && { brokerUrl: broker }),
      tell,
      signal: stop.signal,
    });
    if (json) process.stdout.write(`${JSON.stringify({ cut: recording.cut, ...result })}\n`);
    else for (const line of linesOf(result)) tell(line);
    const { comparison } = result;
    if (!comparison || comparison.differences.length > 0) process.exitCode = differs;
  } catch (error) {
    if (!(error instanceof ServeRefused)) throw error;
    refuse(error.message, error.hint);
    process.exitCode = configurationMistake;
  } finally {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  }
}

function linesOf({ replayed, comparison, notes }: ServedReplay): readonly string[] {
  return [
    ...replayed.map(passageText),
    ...(comparison?.differences ?? []).map(differenceText),
    ...notes.map((note) => `note: ${note}`),
    verdictOf(comparison),
  ];
}

function verdictOf(comparison: ServedReplay['comparison']): string {
  if (!comparison) return 'nothing was compared';
  return comparison.differences.length > 0
    ? 'the daemon differs from the recording'
    : `the daemon gives what the recording says, for ${comparison.compared} passages`;
}
