import { Command, InvalidArgumentError } from 'commander';
import type { PersonAct } from '../core/yard/yard-change.ts';
import type { DayOptions, OpenOptions } from './yard-view.ts';

export function yardCommand(): Command {
  const yard = new Command('yard').description(
    'what is on the premises, why it is still open, and the count of a day (场内)',
  );
  yard
    .command('open')
    .description('what is open for longer than it may, with cause, age and evidence (未闭合)')
    .argument('<ledger>', 'ledger.db of the gate')
    .option('--limit <n>', 'so many, oldest first', limit, 1_000)
    .option('--json', 'one JSON object an item')
    .action(async (file: string, options: Omit<OpenOptions, 'file'>) => {
      const { showOpen } = await import('./yard-view.ts');
      showOpen({ ...options, file });
    });
  yard
    .command('day')
    .description('entries, exits, arm and loops of a day held against each other (日对账)')
    .argument('<ledger>', 'ledger.db of the gate')
    .requiredOption('--date <date>', 'the day by UTC, as 2026-12-01', date)
    .option('--json', 'print the result as one JSON object')
    .action(async (file: string, options: Omit<DayOptions, 'file'>) => {
      const { showDay } = await import('./yard-view.ts');
      showDay({ ...options, file });
    });
  addActs(yard);
  return yard;
}

type Given = Readonly<Record<string, string>>;

function addActs(yard: Command): void {
  const act = (
    name: string,
    { text, options, wish }: { text: string; options: Given; wish: (given: Given) => PersonAct },
  ) => {
    const command = yard
      .command(name)
      .description(text)
      .requiredOption('--config <file>', 'configuration file of the running gate')
      .requiredOption('--person <name>', 'who does it; the name goes into the journal');
    for (const [flag, help] of Object.entries(options)) command.requiredOption(flag, help);
    command.option('--act-id <id>', 'id of an act that is asked for again: it is not done twice');
    command.action(async (given: Given) => {
      const { doInYard } = await import('./yard-act.ts');
      const { config = '', person = '' } = given;
      await doInYard({ config, person, actId: given['actId'], wish: wish(given) });
    });
  };
  const of = (given: Given, name: string) => given[name] ?? '';
  act('join', {
    text: 'an exit without a visit is the exit of this visit (关联出场)',
    options: {
      '--crossing <id>': 'the exit, as yard open names it',
      '--visit <id>': 'the visit',
    },
    wish: (g) => ({ act: 'join', crossing: of(g, 'crossing'), visit: of(g, 'visit') }),
  });
  act('record-entry', {
    text: 'an entry without a visit was this truck (补登进场)',
    options: {
      '--crossing <id>': 'the entry, as yard open names it',
      '--plate <plate>': 'the truck',
    },
    wish: (g) => ({ act: 'recordEntry', crossing: of(g, 'crossing'), plate: of(g, 'plate') }),
  });
  act('check', {
    text: 'somebody has looked for a vehicle, trailer or box in the yard, or for a diverted vehicle where it had to appear (场内核查)',
    options: { '--item <id>': 'what was looked for', '--found <yes|no>': 'whether it is there' },
    wish: (g) => ({ act: 'yardCheck', item: of(g, 'item'), found: yes(of(g, 'found')) }),
  });
  act('withdraw', {
    text: 'the goods of a visit have been withdrawn (退关)',
    options: { '--visit <id>': 'the visit', '--reason <text>': 'why' },
    wish: (g) => ({ act: 'withdraw', visit: of(g, 'visit'), reason: of(g, 'reason') }),
  });
  act('drop', {
    text: 'a trailer stands in the yard without its tractor (甩挂)',
    options: { '--trailer <plate>': 'the trailer' },
    wish: (g) => ({ act: 'dropTrailer', trailer: of(g, 'trailer') }),
  });
  act('hitch', {
    text: 'a tractor has taken a trailer (换挂)',
    options: { '--trailer <plate>': 'the trailer', '--plate <plate>': 'the tractor' },
    wish: (g) => ({ act: 'hitch', trailer: of(g, 'trailer'), plate: of(g, 'plate') }),
  });
  act('move', {
    text: 'a box has been put elsewhere in the yard (移箱)',
    options: { '--container <number>': 'the box', '--position <text>': 'where it stands now' },
    wish: (g) => ({ act: 'moveBox', container: of(g, 'container'), position: of(g, 'position') }),
  });
  act('hold', {
    text: 'keep a box or a vehicle on the premises (扣留)',
    options: {
      '--kind <container|vehicle>': 'what it is',
      '--name <number|plate>': 'which',
      '--instruction <stop|inspect|escort>': 'what is demanded',
      '--reason <text>': 'why',
    },
    wish: (g) =>
      ({
        act: 'placeHold',
        subject: { kind: of(g, 'kind'), name: of(g, 'name') },
        instruction: of(g, 'instruction'),
        reason: of(g, 'reason'),
      }) as PersonAct,
  });
  act('lift', {
    text: 'end a hold that was placed here (解除扣留)',
    options: { '--hold <id>': 'the hold', '--reason <text>': 'why' },
    wish: (g) => ({ act: 'liftHold', hold: of(g, 'hold'), reason: of(g, 'reason') }),
  });
  act('settle', {
    text: 'the cause that was found is right, and nothing more is to come (结案)',
    options: { '--item <id>': 'the open item', '--reason <text>': 'why' },
    wish: (g) => ({ act: 'settle', item: of(g, 'item'), reason: of(g, 'reason') }),
  });
}

function yes(text: string): boolean {
  if (text === 'yes' || text === 'no') return text === 'yes';
  throw new InvalidArgumentError('--found is yes or no');
}

function limit(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 1_000_000) return count;
  throw new InvalidArgumentError('1 to 1000000');
}

function date(text: string): string {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(atMs);
  if (isDay && new Date(atMs).toISOString().slice(0, 10) === text) return text;
  throw new InvalidArgumentError('a day as 2026-12-01');
}
