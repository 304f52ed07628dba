#!/usr/bin/env node
/** The command line. Every command is a file of its own and sets the exit code; nothing here is imported. */
import { Command } from 'commander';
import { packageVersion } from '../package-file.ts';

/** In the order of the help. A command's file is loaded when it is asked for: all of them take half a second. */
const commands: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ['run', async () => (await import('./run.ts')).runCommand()],
  ['check', async () => (await import('./check.ts')).checkCommand()],
  ['parse', async () => (await import('./parse.ts')).parseCommand()],
  ['profile', async () => (await import('./profile.ts')).profileCommand()],
  ['device', async () => (await import('./device.ts')).deviceCommand()],
  ['lane', async () => (await import('./lane.ts')).laneCommand()],
  ['journal', async () => (await import('./journal.ts')).journalCommand()],
  ['recorder', async () => (await import('./recorder.ts')).recorderCommand()],
  ['replay', async () => (await import('./replay.ts')).replayCommand()],
  ['simulate', async () => (await import('./simulate.ts')).simulateCommand()],
  ['decide', async () => (await import('./decide.ts')).decideCommand()],
  ['backtest', async () => (await import('./decide.ts')).backtestCommand()],
  ['account', async () => (await import('./account.ts')).accountCommand()],
  ['feed', async () => (await import('./feed.ts')).feedCommand()],
  ['yard', async () => (await import('./yard.ts')).yardCommand()],
  ['order', async () => (await import('./order.ts')).orderCommand()],
  ['centre', async () => (await import('./centre.ts')).centreCommand()],
]);

const program = new Command('kakou')
  .description('gate and yard supervision edge controller (卡口控制器)')
  .version(packageVersion(), '-V, --version', 'say which version this is (版本)')
  .showHelpAfterError()
  .exitOverride((error) => {
    // Help and version end well; every other misuse of the command line is 2, as a configuration error is.
    process.exit(error.exitCode === 0 ? 0 : 2);
  });
const own = commands.get(process.argv[2] ?? '');
for (const load of own ? [own] : commands.values()) program.addCommand(await load());
for (const command of program.commands) {
  command.copyInheritedSettings(program);
  for (const part of command.commands) {
    part.copyInheritedSettings(program);
    for (const its of part.commands) its.copyInheritedSettings(program);
  }
}

await program.parseAsync();
