import { Command, Option } from 'commander';
import { askGate } from './ask-gate.ts';

interface LaneOptions {
  readonly config: string;
  readonly lane: string;
  readonly person: string;
  readonly to?: 'in' | 'out';
}

/** Orders of a person to a lane of the running gate; each is in the journal, with the name, before it does anything. */
export function laneCommand(): Command {
  const lane = new Command('lane').description('orders to a lane of a running gate (通道)');
  const orders = [
    [
      'drain',
      'drain',
      'finish the trucks in the lane, take no new one, then out of service (排空)',
    ],
    ['maintain', 'maintain', 'the same, and then maintenance: nothing opens by itself (检修)'],
    ['resume', 'resume', 'end whatever was ordered: the lane serves again (恢复)'],
    ['open-held', 'holdOpen', 'evacuation: hold the arm open until "resume" (紧急常开)'],
    ['turn', 'turn', 'turn a reversible lane as soon as it has been empty for long enough (换向)'],
    ['open', 'open', 'open once, in maintenance and over an empty lane (检修开闸)'],
  ] as const;
  for (const [name, order, description] of orders) {
    const command = lane
      .command(name)
      .description(description)
      .requiredOption('--config <file>', 'configuration file of the running gate')
      .requiredOption('--lane <id>', 'lane as the configuration names it')
      .requiredOption('--person <name>', 'who orders it; the name goes into the journal');
    if (order === 'turn') {
      command.addOption(
        new Option('--to <direction>', 'the new direction')
          .choices(['in', 'out'])
          .makeOptionMandatory(),
      );
    }
    command.action(async ({ config, lane: id, person, to }: LaneOptions) => {
      await askGate(config, id, { act: 'lane', order, lane: id, person, ...(to && { to }) });
    });
  }
  return lane;
}
