/** The open contact that the daemon times, over the death and the stop of a real daemon. */
import t, { type Test } from 'tap';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const inbound = [{ laneId: 'in-1', direction: 'in' }] as const;
/** Read by everybody: the relay on terminal 1. */
const openRelay = 1;

/** A site with an ADAM, whose contact is made; `end` is called while it is. */
async function inThePause(
  t: Test,
  options: { watchdogMs?: number; end: (site: VirtualSite) => void },
): Promise<VirtualSite> {
  let made = false;
  const { watchdogMs } = options;
  const site: VirtualSite = await VirtualSite.start(t, {
    lanes: inbound,
    manner: { patienceMs: 20_000 },
    ioModule: { module: 'adam6050', ...(watchdogMs !== undefined && { watchdogMs }) },
    configure: (config) => {
      for (const device of config['devices'] as { id: string; profile: string }[]) {
        if (device.id === 'in-1-io') device.profile = 'io-module/advantech-adam-6050';
      }
    },
    onOpenContact: () => {
      if (made) return;
      made = true;
      setTimeout(() => options.end(site), 150);
    },
  });
  await site.startDaemon();
  site
    .pass('in-1', planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] }))
    .catch(() => undefined);
  await site.until(() => site.daemon?.exited !== undefined, 'the daemon is gone');
  return site;
}

t.test('stopped in the pause: the contact is ended before the daemon goes', async (t) => {
  const site = await inThePause(t, { end: ({ daemon }) => daemon?.kill('SIGTERM') });
  const { module } = site.lane('in-1');
  t.notOk(module.contact(openRelay));
  t.ok(module.light('red'), 'and the lamp is red');
  t.match(
    module.writes.filter(({ address }) => address === 16).map(({ value }) => value),
    [0, 0xff00, 0],
  );
});

t.test('killed in the pause: only the watchdog of the module ends the contact', async (t) => {
  const site = await inThePause(t, {
    watchdogMs: 2_000,
    end: ({ daemon }) => daemon?.kill('SIGKILL'),
  });
  const { module } = site.lane('in-1');
  t.ok(module.contact(openRelay), 'a dead daemon ends nothing');
  await site.until(() => !module.contact(openRelay), 'the watchdog takes it off', 4_000);
});

t.test(
  'killed in the pause: the next daemon begins by ending the contact, and opens once',
  async (t) => {
    const site = await inThePause(t, { end: ({ daemon }) => daemon?.kill('SIGKILL') });
    const { module } = site.lane('in-1');
    t.ok(module.contact(openRelay));
    const before = module.writes.length;
    await site.startDaemon();
    await site.until(() => !module.contact(openRelay), 'it is ended');
    t.match(module.writes[before], { address: 16, value: 0 }, 'before anything else is written');
    await site.until(() => site.outcomes().length === 1, 'the passage has ended');
    t.equal(site.contacts.length, 1, 'no second opening');
    // The truck had green, and may have gone while nobody looked.
    t.ok(['passed', 'referred'].includes(String(site.outcomes()[0])));
  },
);
