import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { profileMPlate } from '../../devices/plate-camera-onvif/emulator-messages.ts';
import { hostOnvifCamera } from '../../src/simulation/onvif-camera-host.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { madePicture, sha256Of } from '../support/test-pictures.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const password = 'S3cret-of-the-camera';

t.test('a truck whose plate comes by ONVIF is let through by a real daemon', async (t) => {
  const host = await hostOnvifCamera({ password });
  const still = await madePicture(1);
  host.camera.picture = still.bytes;
  t.teardown(() => host.close());
  const passwordFile = join(temporaryFolder(), 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    configure: (config) => {
      const devices = config['devices'] as Record<string, unknown>[];
      const camera = devices.find(({ id }) => id === 'in-1-plate');
      Object.assign(camera ?? {}, {
        driver: 'plate-camera-onvif',
        profile: 'plate-camera/onvif-profile-m',
        transport: {
          kind: 'onvif',
          host: '127.0.0.1',
          port: host.port,
          username: 'gate',
          passwordFile,
        },
      });
    },
  });
  await site.startDaemon();
  await site.until(() => host.camera.subscriptions === 1, 'the camera is followed');
  const truck = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  // The camera sees the plate as long as the truck is there.
  const seeing = setInterval(() => {
    if (site.lane('in-1').world.isFree) return;
    const { text, confidence = 0 } = truck.plateRead;
    const seen = { utcMs: Date.now(), likelihood: confidence / 100, objectId: '1' };
    host.camera.queue(profileMPlate({ ...seen, plate: text ?? '' }));
  }, 300);
  t.teardown(() => clearInterval(seeing));
  t.equal(await site.pass('in-1', truck), 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.outcomes(), ['passed']);
  t.equal(site.contacts.length, 1);
  const entries = [...site.heard('passage.decided.v1'), ...site.heard('passage.pictured.v1')];
  const named = entries.flatMap(({ data }) => (data['pictures'] ?? []) as { sha256: string }[]);
  t.match(named, [{ sha256: still.sha256, role: 'scene', deviceId: 'in-1-plate' }]);
  t.equal(named.length, 1, 'the same bytes are named once');
  const kept = await fetch(`http://127.0.0.1:${site.panelPort}/api/pictures/${still.sha256}`);
  t.equal(sha256Of(new Uint8Array(await kept.arrayBuffer())), still.sha256);
  await site.wholeAtCentre(t);
});
