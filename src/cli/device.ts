import { Command } from 'commander';
import type { ClearOptions } from './device-clear.ts';
import type { ProbeOptions } from './device-probe.ts';
import type { TryOptions } from './device-try.ts';
import { numberOption, withLineOptions } from './line.ts';

const rate = numberOption('--baud', 300, 921_600);

export function deviceCommand(): Command {
  const device = new Command('device').description(
    'devices on a serial line or behind raw TCP (设备)',
  );
  withLineOptions(
    device
      .command('try')
      .description('read a device by a profile and explain every byte; Ctrl-C ends (试读)'),
  )
    .requiredOption('--profile <name>', 'kind/name of a profile, or a path that ends in .json')
    .option('--hex <bytes...>', 'these bytes in hexadecimal, in place of a line')
    .option('--file <file>', 'the bytes of a file, raw or as hexadecimal text')
    .option('--baud <rate>', "rate of the serial port; the profile's usual one if absent", rate)
    .option('--address <n>', 'address of the device', numberOption('--address', 0, 255))
    .option('--division <kg>', 'scale division in kg', numberOption('--division', 1, 1_000))
    .option('--seconds <n>', 'end by itself after so long', numberOption('--seconds', 1, 86_400))
    .option('--no-send', 'send no polls and no start dialogue: only listen')
    .option('--json', 'one JSON object a line')
    .action(async (options: TryOptions) => {
      const { tryDevice } = await import('./device-try.ts');
      await tryDevice(options);
    });
  withLineOptions(
    device
      .command('probe')
      .description('listen and rank the shipped profiles by what they can read (识别)'),
  )
    .option(
      '--baud <rate...>',
      'rates of the serial port to try; the usual ones if absent',
      (text: string, before: readonly number[] = []) => [...before, rate(text)],
    )
    .option('--seconds <n>', 'how long to listen', numberOption('--seconds', 1, 600), 5)
    .option('--record <file>', 'keep what was heard as it came; the file must not exist')
    .option('--poll', 'ask as well: writes the polls of the profiles to the line')
    .option('--json', 'one JSON object a profile')
    .action(async (options: ProbeOptions) => {
      const { probeDevice } = await import('./device-probe.ts');
      await probeDevice(options);
    });
  device
    .command('clear')
    .description(
      'give a module of a running gate its outputs back after its own watchdog (解除安全状态)',
    )
    .requiredOption('--config <file>', 'configuration file of the running gate')
    .requiredOption('--device <id>', 'device as the configuration names it')
    .requiredOption('--person <name>', 'who orders it; the name goes into the journal')
    .action(async (options: ClearOptions) => {
      const { clearDevice } = await import('./device-clear.ts');
      await clearDevice(options);
    });
  return device;
}
