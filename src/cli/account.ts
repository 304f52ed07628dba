import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { secrets } from '../adapters/passwords/secrets.ts';
import { openAccounts } from '../adapters/store/account-store.ts';
import { StoreError } from '../adapters/store/open-database.ts';
import { faultTexts } from '../core/fault-codes.ts';
import { type Role, roles } from '../core/persons/roles.ts';
import type { AccountAct, AccountStore } from '../ports/accounts.ts';
import { weakness } from '../runtime/sign-in.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

interface AccountOptions {
  readonly config: string;
  readonly person: string;
  readonly role: Role;
  readonly passwordStdin?: true;
}

/** It was not done. */
const refused = 1;

export function accountCommand(): Command {
  const account = new Command('account').description('persons who may act at the gate (账户)');
  const changing = (name: string, description: string) =>
    account
      .command(name)
      .description(description)
      .argument('<name>', 'name of the account')
      .requiredOption('--config <file>', 'configuration file of the gate')
      .requiredOption('--person <name>', 'who does it; stands in the journal');
  const stdin = ['--password-stdin', 'read the password from standard input'] as const;
  changing('add', 'add an account; without --password-stdin a password is made and told once')
    .addOption(
      new Option('--role <role>', 'what the person may do').choices(roles).makeOptionMandatory(),
    )
    .option(...stdin)
    .action((name: string, options: AccountOptions) => onAccounts(options, add(name, options)));
  changing('disable', 'end the sessions of an account and let it sign in no more').action(
    (name: string, options: AccountOptions) =>
      onAccounts(options, async (accounts, act) =>
        accounts.disable(name, act) ? `${name} is disabled\n` : unknown(name),
      ),
  );
  changing('reset', 'give an account a new password; its sessions end, and it may sign in again')
    .option(...stdin)
    .action((name: string, options: AccountOptions) => onAccounts(options, reset(name, options)));
  account
    .command('list')
    .description('accounts with their roles')
    .requiredOption('--config <file>', 'configuration file of the gate')
    .action((options: AccountOptions) =>
      onAccounts(options, async (accounts) =>
        accounts
          .list()
          .map(({ name, role, isDisabled }) => `${name} ${role}${isDisabled ? ' disabled' : ''}\n`)
          .join(''),
      ),
    );
  return account;
}

/** A text for the person, or why nothing was done. */
type Done = string | { readonly mistake: string };
type Work = (accounts: AccountStore, act: AccountAct) => Promise<Done>;

function add(name: string, options: AccountOptions): Work {
  return async (accounts, act) => {
    const given = passwordOf(name, options);
    if (typeof given === 'object') return given;
    const passwordHash = await secrets.hashPassword(given);
    const { role } = options;
    const isAdded = accounts.add({ name, role, passwordHash }, act);
    return isAdded
      ? `${name} is added as ${role}${told(given, options)}\n`
      : { mistake: `there is an account ${name} already` };
  };
}

function reset(name: string, options: AccountOptions): Work {
  return async (accounts, act) => {
    const given = passwordOf(name, options);
    if (typeof given === 'object') return given;
    const passwordHash = await secrets.hashPassword(given);
    const isReset = accounts.resetPassword(name, passwordHash, act);
    return isReset ? `${name} has a new password${told(given, options)}\n` : unknown(name);
  };
}

function told(password: string, { passwordStdin }: AccountOptions): string {
  return passwordStdin ? '' : `; it is told once: ${password}`;
}

function unknown(name: string): Done {
  return { mistake: `there is no account ${name}` };
}

function passwordOf(name: string, { passwordStdin }: AccountOptions): Done {
  const password = passwordStdin
    ? readFileSync(0, 'utf8').replace(/\r?\n$/, '')
    : secrets.newSetUpCode();
  const weak = weakness(name, password);
  return weak === undefined ? password : { mistake: `${faultTexts[weak]?.hint}` };
}

async function onAccounts({ config, person }: AccountOptions, work: Work): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  try {
    const accounts = openAccounts(join(loaded.config.data.directory, 'accounts.db'));
    try {
      const done = await work(accounts, { person, atMs: Date.now() });
      if (typeof done === 'string') process.stdout.write(done);
      else refuse(done.mistake);
    } finally {
      accounts.close();
    }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    refuse(`${error.message}\n    hint: ${error.hint}`);
  }
}

function refuse(mistake: string): void {
  process.stderr.write(`${mistake}\n`);
  process.exitCode = refused;
}
