/** A real daemon with a second reader in its lane, which reads the cards of drivers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';
import type { FeedRecord } from '../../src/simulation/traffic.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned, rig } from './planned.ts';

const card = '04A1B2C3D4E5F607';

const put = (kind: string, id: string, body: FeedRecord['body']): FeedRecord => ({
  kind,
  id,
  version: 1,
  op: 'put',
  body,
});

t.test(
  'a truck goes in with the card of its driver, and the number of the card goes nowhere',
  async (t) => {
    const cardReaderPort = await freePort();
    const site = await VirtualSite.start(t, {
      lanes: [{ laneId: 'in-1', direction: 'in' }],
      cardReaderPort,
      configure: (config) => {
        const [lane] = config['lanes'] as { requires: string[] }[];
        lane?.requires.push('driver');
        const { sources } = config['feed'] as { sources: { kinds: string[] }[] };
        sources[0]?.kinds.push('driver', 'binding');
        (config['devices'] as unknown[]).push({
          id: 'in-1-cards',
          lane: 'in-1',
          reads: 'driverCards',
          driver: 'rfid-stream',
          profile: 'rfid-reader/uhfreader288',
          transport: { kind: 'tcp', host: '127.0.0.1', port: cardReaderPort },
        });
      },
    });
    await site.startDaemon();
    const bound = (number: number, driverId: string) =>
      put('binding', `B-${number}`, {
        state: 'bound',
        origin: 'preArrival',
        plate: rig(number).plate,
        driverId,
        containers: [],
        consignments: [],
      });
    const driver = put('driver', 'DRIVER-1', { cards: [card], status: 'valid' });
    const first = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
    await site.announce([driver, bound(1, 'DRIVER-1')]);
    t.equal(await site.pass('in-1', { ...first, card }), 'crossed');
    await site.until(() => site.outcomes().length === 1, 'the passage has ended');
    t.strictSame(site.outcomes(), ['passed']);

    const second = planned({ number: 2, direction: 'in', containers: ['TCLU4738789'] });
    await site.announce([bound(2, 'DRIVER-2')]);
    t.equal(await site.pass('in-1', { ...second, card }), 'turnedBack');
    await site.until(() => site.outcomes().length === 2, 'it has gone');
    const [, decided] = site.heard('passage.decided.v1');
    const checks = (decided?.data['checks'] ?? []) as { check: string; code?: string }[];
    t.match(
      checks.filter(({ check }) => check.startsWith('driver-')),
      [{ code: 'driver-unknown' }, { code: 'driver-differs' }],
    );
    await site.wholeAtCentre(t);
    await site.daemon?.stop();

    const ledger = new Database(join(site.directory, 'data', 'ledger.db'), { readonly: true });
    const decisions = ledger.prepare('SELECT inputs FROM decision').pluck().all() as string[];
    ledger.close();
    t.equal(decisions.length, 2);
    for (const inputs of decisions) {
      const { identification, facts } = JSON.parse(inputs);
      t.match(identification.driver.cards[0], /^[0-9a-f]{32}$/);
      t.strictSame(facts.drivers[0]?.cards, identification.driver.cards);
      t.notOk(identification.tags.includes(card), 'it is no tag of the vehicle');
    }
    const bytes = ['ledger.db', 'ledger.db-wal'].map((name) => {
      try {
        return readFileSync(join(site.directory, 'data', name), 'latin1');
      } catch {
        return '';
      }
    });
    t.notOk(
      bytes.some((text) => text.includes(card)),
      'the ledger does not have its number',
    );
  },
);
