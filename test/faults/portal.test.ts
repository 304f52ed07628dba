/** A portal ahead of the lane, over HTTP and with a real daemon: boxes find their truck by its plate. */
import t from 'tap';
import { containerPost } from '../../devices/container-camera-http/emulator.ts';
import { platePost } from '../../devices/plate-camera-http/emulator.ts';
import type { PlannedPassage } from '../../src/simulation/traffic.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

interface ConfiguredDevice {
  id: string;
  lane: string;
  transport: { path?: string };
}

/** The camera for boxes stands at the portal, with a plate camera of its own. */
function withPortal(config: Record<string, unknown>): void {
  const devices = config['devices'] as ConfiguredDevice[];
  const boxes = devices.find(({ id }) => id === 'in-1-boxes');
  const plate = devices.find(({ id }) => id === 'in-1-plate');
  if (!boxes || !plate) throw new Error('the virtual lane has other devices');
  Object.assign(boxes, { id: 'portal-boxes', lane: 'portal' });
  boxes.transport.path = '/devices/portal/containers';
  const transport = { ...plate.transport, path: '/devices/portal/plate' };
  devices.push({ ...plate, id: 'portal-plate', lane: 'portal', transport });
  config['stations'] = [{ id: 'portal', lanes: ['in-1'], quietMs: 3_000 }];
}

t.test('trucks overtake each other between portal and lane', async (t) => {
  let pushPort = 0;
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    configure(config) {
      withPortal(config);
      pushPort = (config['devicePush'] as { port: number }).port;
    },
  });
  await site.startDaemon();
  const post = async (path: string, { contentType, body }: ReturnType<typeof containerPost>) => {
    const answer = await fetch(`http://127.0.0.1:${pushPort}/devices/portal/${path}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: Buffer.from(body),
    });
    t.equal(answer.status, 200);
  };
  const drivesThrough = async ({ number, truck, containers }: PlannedPassage) => {
    const before = site.heard('capture.taken.v1').length;
    const plate = post(
      'plate',
      platePost({
        serialNumber: 'portal',
        plateId: number,
        text: truck.plate,
        colour: 'yellow',
        confidence: 97,
        capturedAtMs: Date.now(),
      }),
    );
    const boxes = post(
      'containers',
      containerPost({
        lane: 'portal',
        passId: `pass-${number}`,
        capturedAtMs: Date.now(),
        containers: containers.map((box) => ({
          position: 'single',
          number: box,
          isoType: '22G1',
          confidence: 0.97,
        })),
        images: [],
      }),
    );
    await Promise.all([plate, boxes]);
    await site.until(() => site.heard('capture.taken.v1').length > before, 'it is past the portal');
  };
  const first = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  const second = planned({ number: 2, direction: 'in', containers: ['CBHU3202732'] });
  await drivesThrough(first);
  await drivesThrough(second);

  t.equal(await site.pass('in-1', second), 'crossed');
  t.equal(await site.pass('in-1', first), 'crossed');
  await site.until(() => site.outcomes().length === 2, 'both have gone');
  const decided = site.heard('passage.decided.v1').map(({ data }) => data);
  t.match(decided, [
    { plate: second.truck.plate, disposition: 'admit', containers: [{ number: 'CBHU3202732' }] },
    { plate: first.truck.plate, disposition: 'admit', containers: [{ number: 'CSQU3054383' }] },
  ]);

  const third = planned({ number: 3, direction: 'in', containers: ['MSKU1007221'] });
  t.not(await site.pass('in-1', third), 'crossed', 'nobody saw its box');
  await site.until(() => site.outcomes().length === 3, 'it has backed out');
  const [opened] = site.heard('exception.opened.v1');
  t.ok((opened?.data['reasons'] as string[] | undefined)?.includes('portal-not-joined'));
  t.equal(site.contacts.length, 2);
  await site.wholeAtCentre(t);
});
