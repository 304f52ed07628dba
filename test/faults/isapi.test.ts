import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { platePost } from '../../devices/plate-camera-isapi/emulator.ts';
import { hostIsapiCamera } from '../../src/simulation/isapi-camera-host.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const password = 'S3cret-of-the-camera';

t.test('a truck whose plate comes by ISAPI is let through by a real daemon', async (t) => {
  const host = await hostIsapiCamera({ password });
  t.teardown(() => host.close());
  const passwordFile = join(temporaryFolder(), 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    configure: (config) => {
      const devices = config['devices'] as Record<string, unknown>[];
      const camera = devices.find(({ id }) => id === 'in-1-plate');
      Object.assign(camera ?? {}, {
        driver: 'plate-camera-isapi',
        profile: 'plate-camera/hikvision-anpr-isapi',
        transport: {
          kind: 'isapi',
          host: '127.0.0.1',
          port: host.port,
          username: 'gate',
          passwordFile,
        },
      });
    },
  });
  await site.startDaemon();
  await site.until(() => host.listeners === 1, 'the camera is listened to');
  const truck = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  let seen = 0;
  // The camera sees the plate as long as the truck is there, and its stream breaks once meanwhile.
  const seeing = setInterval(() => {
    host.heartbeat(Date.now());
    if (site.lane('in-1').world.isFree) return;
    seen += 1;
    if (seen === 1) return host.cut();
    const { text, confidence = 0 } = truck.plateRead;
    const alert = { uuid: `u-${seen}`, plate: text ?? 'unknown', confidence, colour: 'yellow' };
    host.passes({ ...alert, atMs: Date.now() });
    return undefined;
  }, 300);
  t.teardown(() => clearInterval(seeing));
  t.equal(await site.pass('in-1', truck), 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.outcomes(), ['passed']);
  t.equal(site.contacts.length, 1);
  await site.wholeAtCentre(t);
});

t.test('a truck whose plate is posted by ISAPI is let through by a real daemon', async (t) => {
  let pushPort = 0;
  const path = '/devices/in-1/alerts';
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    configure: (config) => {
      pushPort = (config['devicePush'] as { port: number }).port;
      const devices = config['devices'] as Record<string, unknown>[];
      const camera = devices.find(({ id }) => id === 'in-1-plate');
      Object.assign(camera ?? {}, {
        driver: 'plate-camera-isapi',
        profile: 'plate-camera/hikvision-anpr-isapi',
        transport: { kind: 'httpPush', path },
      });
    },
  });
  await site.startDaemon();
  const answers = new Set<string>();
  const truck = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  const post = async (plate: string, uuid: string) => {
    const { contentType, body } = platePost({ plate, uuid, confidence: 99, atMs: Date.now() });
    const answer = await fetch(`http://127.0.0.1:${pushPort}${path}`, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: Buffer.from(body),
    });
    answers.add(`${answer.status} "${await answer.text()}"`);
  };
  const seeing = setInterval(() => {
    if (site.lane('in-1').world.isFree) return;
    // The same alert again and again, as from a camera that waits for another answer.
    post(truck.plateRead.text ?? 'unknown', 'u-1').catch(() => undefined);
  }, 300);
  t.teardown(() => clearInterval(seeing));
  t.equal(await site.pass('in-1', truck), 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame([...answers], ['200 ""'], 'acknowledged, and nothing that could be an order');
  t.equal(site.contacts.length, 1);
  await site.wholeAtCentre(t);
});
