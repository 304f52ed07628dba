#!/usr/bin/env node
/** The command line. Every command is a file of its own and sets the exit code; nothing here is imported. */
import { Command } from 'commander';
import { packageVersion } from '../package-file.ts';
import { centreCommand } from './centre.ts';
import { checkCommand } from './check.ts';
import { backtestCommand, decideCommand } from './decide.ts';
import { deviceCommand } from './device.ts';
import { journalCommand } from './journal.ts';
import { parseCommand } from './parse.ts';
import { profileCommand } from './profile.ts';
import { recorderCommand } from './recorder.ts';
import { replayCommand } from './replay.ts';
import { runCommand } from './run.ts';
import { simulateCommand } from './simulate.ts';

const program = new Command('kakou')
  .description('gate and yard supervision edge controller (卡口控制器)')
  .version(packageVersion(), '-V, --version', 'say which version this is (版本)')
  .showHelpAfterError()
  .exitOverride((error) => {
    // Help and version end well; every other misuse of the command line is 2, as a configuration error is.
    process.exit(error.exitCode === 0 ? 0 : 2);
  })
  .addCommand(runCommand())
  .addCommand(checkCommand())
  .addCommand(parseCommand())
  .addCommand(profileCommand())
  .addCommand(deviceCommand())
  .addCommand(journalCommand())
  .addCommand(recorderCommand())
  .addCommand(replayCommand())
  .addCommand(simulateCommand())
  .addCommand(decideCommand())
  .addCommand(backtestCommand())
  .addCommand(centreCommand());
for (const command of program.commands) {
  command.copyInheritedSettings(program);
  for (const part of command.commands) part.copyInheritedSettings(program);
}

await program.parseAsync();
