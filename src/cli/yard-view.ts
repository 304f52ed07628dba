/** Shows the yard of a ledger, beside the daemon that writes it. */
import { readBeside, StoreError } from '../adapters/store/open-database.ts';
import { dayRows, openItems } from '../adapters/store/yard-reader.ts';
import { faultText } from '../core/fault-codes.ts';
import type { Item } from '../core/yard/item.ts';
import { type Balance, type DayCount, reconcileDay } from '../core/yard/reconcile.ts';
import { configurationMistake } from './load.ts';

export interface OpenOptions {
  readonly file: string;
  readonly limit: number;
  readonly json?: true;
}

export interface DayOptions {
  readonly file: string;
  readonly date: string;
  readonly json?: true;
}

const hourMs = 3_600_000;

export function showOpen({ file, limit, json }: OpenOptions): void {
  const items = orExplain(() => readBeside(file, (db) => openItems(db, limit)));
  if (!items) return;
  const nowMs = Date.now();
  if (json) return print(items.map((item) => JSON.stringify(item)));
  print([...items.map((item) => itemText(item, nowMs)), `${items.length} open with a cause`]);
}

function itemText({ itemId, kind, subject, openedAtMs, found }: Item, nowMs: number): string {
  const { zh, en } = faultText(found?.cause ?? '');
  const hours = Math.round((nowMs - openedAtMs) / hourMs);
  const may = found?.candidates?.length ? `; may be ${found.candidates.join(', ')}` : '';
  const due = found?.dueAtMs === undefined ? '' : `; look for it by ${timeText(found.dueAtMs)}`;
  return (
    `${kind} ${subject.slice(2)} (${itemId}), ${hours} h: ${found?.cause}: ${en} (${zh})${may}${due}\n` +
    `    ${JSON.stringify(found?.evidence ?? {})}`
  );
}

const timeText = (ms: number) => new Date(ms).toISOString();

/** Exit code 1 where something remains unexplained. */
export function showDay({ file, date, json }: DayOptions): void {
  const count = orExplain(() => reconcileDay(readBeside(file, (db) => dayRows(db, date))));
  if (!count) return;
  if (json) print([JSON.stringify({ date, ...count })]);
  else print(dayText(date, count));
  if (count.balances.some(({ residual }) => residual !== 0)) process.exitCode = 1;
}

function dayText(date: string, count: DayCount): string[] {
  const { entries, exits, insideBefore, insideAfter, balances, dwell } = count;
  const hours = (ms: number) => (ms / hourMs).toFixed(1);
  return [
    `${date} UTC: ${entries} entries, ${exits} exits; inside ${insideBefore} before, ${insideAfter} after`,
    `${dwell.stays} stays ended: median ${hours(dwell.medianMs)} h, longest ${hours(dwell.longestMs)} h`,
    ...balances.map(balanceText),
  ];
}

function balanceText({ of, counted, against, corrections, residual }: Balance): string {
  const known = Object.entries(corrections).map(([name, n]) => `${n > 0 ? '+' : ''}${n} ${name}`);
  const text = [`${against}`, ...known].join(' ');
  return `${of}: ${counted} = ${text}${residual === 0 ? '' : `; RESIDUAL ${residual}`}`;
}

function orExplain<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    process.stderr.write(`${error.message}\n    hint: ${error.hint}\n`);
    process.exitCode = configurationMistake;
    return undefined;
  }
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
