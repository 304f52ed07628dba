import { Command, InvalidArgumentError } from 'commander';
import type { FeedAct } from '../feed-acts.ts';

export function feedCommand(): Command {
  const feed = new Command('feed').description(
    'what customs and the terminal have told, how old it is, and what could not be read (放行信息)',
  );
  under(feed, 'status', 'age by source and class, gaps, quarantine, taints (时效)')
    .option('--json', 'one JSON object a source')
    .action(async (options: { config: string; json?: true }) => {
      const { showStatus } = await import('./feed-view.ts');
      await showStatus(options);
    });
  under(feed, 'find', 'facts of a container, plate, tag, declaration, bill or lineage (查询)')
    .argument('<key>', 'as it is written on the box, the truck or the paper')
    .option('--json', 'one JSON object a fact')
    .action(async (key: string, options: { config: string; json?: true }) => {
      const { showFound } = await import('./feed-view.ts');
      await showFound({ ...options, key });
    });
  under(
    feed,
    'import',
    'drop files into the folder of the feed and wait until they are taken (导入)',
  )
    .argument('<files...>', 'files of the feed, whole')
    .option('--wait <seconds>', 'how long to wait for each', seconds, 600)
    .action(async (files: string[], options: { config: string; wait: number }) => {
      const { importFiles } = await import('./feed-import.ts');
      await importFiles({ ...options, files });
    });
  under(
    feed,
    'review',
    'decisions made while a person had acknowledged a gap or disposed of a taint (复核清单)',
  )
    .option('--json', 'one JSON object a decision')
    .action(async (options: { config: string; json?: true }) => {
      const { showReview } = await import('./feed-review.ts');
      await showReview(options);
    });
  addQuarantine(feed);
  return feed;
}

function addQuarantine(feed: Command): void {
  const quarantine = feed
    .command('quarantine')
    .description('records that could not be read, with the reason (隔离)');
  under(quarantine, 'list', 'what lies there, newest first')
    .option('--source <name>', 'of this source alone')
    .option('--limit <n>', 'so many', count, 100)
    .option('--json', 'one JSON object a line')
    .action(async (options: { config: string; source?: string; limit: number; json?: true }) => {
      const { showQuarantine } = await import('./feed-view.ts');
      await showQuarantine(options);
    });
  under(quarantine, 'show', 'one line as it was sent')
    .argument('<line>', 'its number in the list', count)
    .action(async (line: number, options: { config: string }) => {
      const { showLine } = await import('./feed-view.ts');
      await showLine({ ...options, line });
    });
  act(
    quarantine,
    'redrive',
    'read lines once more, after an upgrade or another configuration (重新处理)',
  )
    .argument('<lines...>', 'their numbers in the list')
    .action(async (lines: string[], options: ActOptions) => {
      for (const line of lines) await doOnFeed(options, { act: 'redrive', line: count(line) });
    });
  act(quarantine, 'dispose', 'what a line tainted is not held up by it any more (处置)')
    .argument('<line>', 'its number in the list', count)
    .action((line: number, options: ActOptions) =>
      doOnFeed(options, { act: 'disposeTaint', line }),
    );
  act(feed, 'acknowledge-gap', 'a range that is missing stays missing (确认缺口)')
    .requiredOption('--source <name>', 'the source')
    .requiredOption('--from <n>', 'first of the gap, as status shows it', count)
    .requiredOption('--through <n>', 'last of the gap', count)
    .action((options: ActOptions & { source: string; from: number; through: number }) => {
      const { source, from: first, through: last } = options;
      return doOnFeed(options, { act: 'acknowledgeGap', source, first, last });
    });
}

function under(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .requiredOption('--config <file>', 'configuration file of the gate');
}

function act(parent: Command, name: string, description: string): Command {
  return under(parent, name, description)
    .requiredOption('--person <name>', 'who does it; the name goes into the journal')
    .requiredOption('--reason <text>', 'why; it goes into the journal');
}

interface ActOptions {
  readonly config: string;
  readonly person: string;
  readonly reason: string;
}

async function doOnFeed({ config, person, reason }: ActOptions, wish: FeedAct): Promise<void> {
  const { askGate } = await import('./ask-gate.ts');
  await askGate(config, wish.act, { act: 'feed', person, reason, wish });
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('a whole number from 1');
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 86_400) return value;
  throw new InvalidArgumentError('more than 0, at most 86400');
}
