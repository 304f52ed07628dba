import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Command } from 'commander';
import { configurationMistake, loadOrExplain } from './load.ts';

export function recorderCommand(): Command {
  const recorder = new Command('recorder').description('flight recorder of the gate (飞行记录)');
  recorder
    .command('dump')
    .description('write the newest traffic of all devices of a running gate to a file (导出)')
    .requiredOption('--config <file>', 'configuration file of the running gate')
    .option('--out <file>', 'file to write; a name with the time where it is left out')
    .action(dump);
  return recorder;
}

const silentMs = 20_000;

async function dump({ config, out }: { config: string; out?: string }): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { host, port } = loaded.config.panel;
  // Whatever the panel listens on, a recording is only given to this machine.
  const address = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  const time = new Date().toISOString().replace(/[-:]/g, '').replace('.', '-');
  const file = out ?? `${time}.recording.jsonl`;
  try {
    const response = await ask(address, port);
    if (response.statusCode !== 200) return refuse(await problemOf(response));
    await write(response, file);
    process.stdout.write(`${file}\n`);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return refuse(`${file} is there already`, 'give another --out');
    if (code === 'ECONNREFUSED') {
      return refuse(
        `no gate answers at ${address}:${port}`,
        'the gate must run on this machine, with this configuration',
      );
    }
    refuse(`the recording could not be fetched: ${message || code}`, 'see the log of the gate');
  }
}

function refuse(message: string, hint?: string): void {
  process.stderr.write(`${message}\n${hint === undefined ? '' : `    hint: ${hint}\n`}`);
  process.exitCode = 1;
}

function ask(host: string, port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get({ host, port, path: '/api/recording', timeout: silentMs }, resolve);
    request.on('timeout', () => request.destroy(new Error(`silent for ${silentMs} ms`)));
    request.on('error', reject);
  });
}

async function problemOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of response.setEncoding('utf8')) text = (text + part).slice(0, 2_000);
  try {
    return String((JSON.parse(text) as { detail?: unknown }).detail);
  } catch {
    return `the panel answered ${response.statusCode}: is this the port of a kakou panel?`;
  }
}

/** A file that is not whole is not left there. */
async function write(response: IncomingMessage, file: string): Promise<void> {
  const output = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(response, output);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') await rm(file, { force: true });
    throw error;
  }
}
