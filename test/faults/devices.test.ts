import { writeFileSync } from 'node:fs';
import t from 'tap';
import { startVirtualLane } from '../../src/simulation/virtual-lane.ts';
import { exactly } from '../support/exactly.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const inbound = [{ laneId: 'in-1', direction: 'in' }] as const;
const truck = (number = 1) =>
  planned({ number, direction: 'in', containers: [number === 1 ? 'CSQU3054383' : 'CBHU3202732'] });

async function laneView(site: VirtualSite) {
  const answer = await fetch(`http://127.0.0.1:${site.panelPort}/api/gate`);
  const view = (await answer.json()) as {
    lanes: { serviceMode: string; serviceCause?: string }[];
    devices: { deviceId: string; state: string; fault?: string }[];
  };
  return view;
}

async function untilMode(site: VirtualSite, mode: string): Promise<void> {
  let seen = '';
  const timer = setInterval(() => {
    laneView(site).then(
      (view) => {
        seen = view.lanes[0]?.serviceMode ?? '';
      },
      () => undefined,
    );
  }, 50);
  try {
    await site.until(() => seen === mode, `the lane is ${mode}`);
  } finally {
    clearInterval(timer);
  }
}

t.test(
  'the IO module lost while a truck stands there: nothing opens, and the lane comes back',
  async (t) => {
    const site = await VirtualSite.start(t, { lanes: inbound, manner: { patienceMs: 20_000 } });
    await site.startDaemon();
    await untilMode(site, 'inService');
    const lane = site.lane('in-1');
    lane.modbus.inject({ fault: { kind: 'dropRequest' }, on: 'any' });
    await untilMode(site, 'faulted');
    const passing = site.pass('in-1', truck());
    // Long enough for all that identifies the truck, and short enough for it to be fresh when the module is back.
    await new Promise((done) => setTimeout(done, 2_000));
    t.strictSame(site.contacts, [], 'no order without known inputs');
    lane.modbus.inject(undefined);
    lane.modbus.resetConnections();
    t.equal(await passing, 'crossed', 'the module answers again and the truck is judged');
    await site.until(() => site.outcomes().length === 1, 'the passage has ended');
    t.ok(site.heard('device.faulted.v1').length > 0);
    t.ok(site.heard('device.recovered.v1').length > 0);
    await site.wholeAtCentre(t);
  },
);

t.test('the weighbridge lost in the middle of a passage refers the truck', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound });
  await site.startDaemon();
  await untilMode(site, 'inService');
  const lane = site.lane('in-1');
  await lane.weighbridge.close();
  t.equal(await site.pass('in-1', truck()), 'turnedBack');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.outcomes(), ['referred']);
  t.strictSame(site.contacts, []);
  t.match(site.heard('device.faulted.v1').at(-1), {
    subject: 'in-1-scale',
    data: { state: 'down' },
  });
});

t.test('devices absent at start are waited for, and the lane then works', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound });
  const { ports } = site.lane('in-1');
  await site.lane('in-1').close();
  site.lanes.pop();
  await site.startDaemon();
  exactly(t, (await laneView(site)).lanes, [{ serviceMode: 'powerRestoring' }]);
  const back = await startVirtualLane({
    laneId: 'in-1',
    ports,
    pushUrl: 'http://127.0.0.1:1',
    onOpenContact: () => undefined,
    onPushAnswered: () => undefined,
  });
  site.lanes.push(back);
  await untilMode(site, 'inService');
  const { devices } = await laneView(site);
  t.match(
    devices.find(({ deviceId }) => deviceId === 'in-1-scale'),
    { deviceId: 'in-1-scale' },
  );
});

t.test(
  'a lane whose device is absent can be left out of service, and the others work',
  async (t) => {
    const site = await VirtualSite.start(t, {
      lanes: [...inbound, { laneId: 'in-2', direction: 'in' }],
      configure: (config) => {
        for (const device of config['devices'] as { id: string; onStartFailure: string }[]) {
          if (device.id === 'in-2-io') device.onStartFailure = 'disable-lane';
        }
      },
    });
    await site.lane('in-2').modbus.close();
    await site.startDaemon();
    const view = await laneView(site);
    t.match(view.lanes[1], {
      serviceMode: 'outOfService',
      serviceCause: { code: 'device-absent-at-start' },
    });
    t.equal(await site.pass('in-1', truck()), 'crossed');
    await site.until(() => site.outcomes().length === 1, 'the passage has ended');
    exactly(
      t,
      site.heard('lane.serviceModeChanged.v1').filter(({ subject }) => subject === 'in-2'),
      [{ data: { to: 'outOfService', deviceId: 'in-2-io' } }],
    );
  },
);

t.test('a device that must be there ends the start with its name and a hint', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: inbound,
    configure: (config) => {
      for (const device of config['devices'] as { onStartFailure: string }[])
        device.onStartFailure = 'exit';
    },
  });
  await site.lane('in-1').modbus.close();
  await t.rejects(site.startDaemon(), /ended \(exit code 1\)/);
  const said = await site.daemon?.said(/device-absent/, 10_000);
  t.match(JSON.parse(said ?? '{}'), {
    code: 'device-absent',
    detail: /in-1-io/,
    hint: /onStartFailure/,
  });
});

t.test('a data folder that cannot be used ends the start with the reason', async (t) => {
  const site = await VirtualSite.start(t, { lanes: inbound });
  writeFileSync(`${site.directory}/data`, 'a file where the folder should be');
  await t.rejects(site.startDaemon(), /ended \(exit code 1\)/);
  const said = await site.daemon?.said(/could not start/, 1_000);
  t.match(JSON.parse(said ?? '{}'), {
    code: 'data-directory-unusable',
    hint: /data\.directory/,
  });
});
