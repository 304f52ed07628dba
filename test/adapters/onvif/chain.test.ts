/** The whole way of a plate: emulated camera, worker, driver, device. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { motion, profileMPlate } from '../../../devices/plate-camera-onvif/emulator-messages.ts';
import { freePort } from '../../../scripts/main-job/programs.ts';
import type { OnvifProfile } from '../../../src/driver-kit/profile/onvif.ts';
import {
  hostOnvifCamera,
  type OnvifCameraHost,
} from '../../../src/simulation/onvif-camera-host.ts';
import { pause } from '../../support/onvif-loop.ts';
import {
  type OnvifUnderTest,
  type OnvifUnderTestOptions,
  onvifUnderTest,
  quick,
  until,
} from '../../support/onvif-under-test.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

interface Together {
  readonly host: OnvifCameraHost;
  readonly gate: OnvifUnderTest;
}

async function together(
  t: Test,
  options: Partial<OnvifUnderTestOptions> = {},
  camera: Parameters<typeof hostOnvifCamera>[0] = {},
): Promise<Together> {
  const host = await hostOnvifCamera(camera);
  const gate = await onvifUnderTest({ port: host.port, ...options });
  t.teardown(async () => {
    gate.device.stop();
    await host.close();
  });
  return { host, gate };
}

const plate = (text = '粤B12345', more = {}) =>
  profileMPlate({ utcMs: Date.now(), plate: text, objectId: '15', ...more });

/** The camera sees this plate again and again until it is told. */
async function seen({ host, gate }: Together, text: string): Promise<boolean> {
  const told = () => gate.plates().some(({ raw }) => raw === text);
  return until(() => {
    if (host.camera.subscriptions > 0 && !told()) host.camera.queue(plate(text));
    return told();
  }, 30_000);
}

const state = ({ gate }: Together) => gate.health().at(-1);

t.test('a plate goes from the camera to the lane as the camera wrote it', async (t) => {
  const { host, gate } = await together(t);
  await gate.device.start();
  const utcMs = Date.now();
  host.camera.queue(motion(utcMs, true));
  const said = { likelihood: 0.93, country: 'CN', colour: 'Yellow', objectId: '15' };
  host.camera.queue(profileMPlate({ utcMs, plate: '粤B12345', ...said }));
  host.camera.queue(profileMPlate({ utcMs, plate: '001234', objectId: '16' }));
  t.ok(await until(() => gate.plates().length === 2));
  t.strictSame(gate.plates(), [
    {
      kind: 'plateRead',
      view: 'front',
      raw: '粤B12345',
      colour: 'yellow',
      country: 'CN',
      confidence: 0.93,
      deviceEventId: `LPR_1:15:${new Date(utcMs).toISOString()}`,
      replayed: false,
      capturedAtMs: utcMs,
    },
    {
      kind: 'plateRead',
      view: 'front',
      raw: '001234',
      deviceEventId: `LPR_1:16:${new Date(utcMs).toISOString()}`,
      replayed: false,
      capturedAtMs: utcMs,
    },
  ]);
  t.match(gate.health(), [{ state: 'up' }]);
  t.same(gate.log, []);
});

t.test('a picture follows its reading, from the camera whatever host it names', async (t) => {
  const both = await together(t, { snapshots: true }, { hasMedia2: true });
  const { host, gate } = both;
  host.camera.misbehaviour.believedHost = '192.0.2.77:8080';
  await gate.device.start();
  host.camera.queue(plate());
  t.ok(await until(() => gate.pictures.length === 1), gate.log.join('\n'));
  const sha256 = createHash('sha256').update(host.camera.picture).digest('hex');
  t.match(gate.pictures, [
    {
      deviceEventId: /^LPR_1:15:/,
      picture: { role: 'scene', mediaType: 'image/jpeg', sha256 },
    },
  ]);
  const digests = host.camera.seen.filter(({ operation }) => operation === 'snapshot');
  t.same(
    digests.map(({ signIn }) => signIn),
    ['none', 'accepted'],
  );
  host.camera.queue(plate('粤B54321', { operation: 'Initialized' }));
  t.ok(await until(() => gate.plates().length === 2));
  await pause(300);
  t.equal(gate.pictures.length, 1, 'history has no picture of now');
});

t.test('a second media service that does not work is passed over', async (t) => {
  const { host, gate } = await together(t, { snapshots: true }, { hasMedia2: true });
  host.camera.misbehaviour.hasBrokenMedia2 = true;
  host.camera.account.schemes = ['MD5'];
  await gate.device.start();
  host.camera.queue(plate());
  t.ok(await until(() => gate.pictures.length === 1), gate.log.join('\n'));
});

t.test('a picture that never comes delays no reading', async (t) => {
  const both = await together(t, { snapshots: true });
  await both.gate.device.start();
  for (const [kind, count] of [
    ['silence', 1],
    ['truncate', 2],
    ['text', 3],
  ] as const) {
    both.host.spoil('snapshot', { kind, text: '<html>no picture</html>' });
    const begun = performance.now();
    both.host.camera.queue(plate(`粤B1234${count}`));
    t.ok(await until(() => both.gate.plates().length === count));
    t.ok(performance.now() - begun < 2_000, kind);
    t.ok(await until(() => both.gate.faults('onvif-snapshot-failed') === count), kind);
  }
  t.same(both.gate.pictures, []);
  t.match(state(both), { state: 'up' });
});

const basic =
  (word: 'never' | 'overTls' | 'anywhere') =>
  (block: OnvifProfile): OnvifProfile => ({
    ...quick(block),
    service: {
      ...quick(block).service,
      snapshot: { bytesMax: 1_024, timeoutMs: 1_000, basic: word },
    },
  });

t.test('the password itself goes over the line only where it is allowed', async (t) => {
  for (const [word, pictures] of [
    ['overTls', 0],
    ['anywhere', 1],
  ] as const) {
    const { host, gate } = await together(t, { snapshots: true, change: basic(word) });
    host.camera.account.schemes = ['Basic'];
    await gate.device.start();
    host.camera.queue(plate());
    t.ok(await until(() => gate.pictures.length + gate.faults('onvif-snapshot-failed') === 1));
    t.equal(gate.pictures.length, pictures, word);
  }
});

t.test('a picture over its limit is not taken', async (t) => {
  const { host, gate } = await together(t, { snapshots: true, change: basic('never') });
  host.camera.picture = new Uint8Array(60_000).fill(7);
  host.camera.picture.set([0xff, 0xd8, 0xff]);
  await gate.device.start();
  host.camera.queue(plate());
  t.ok(await until(() => gate.faults('onvif-snapshot-failed') === 1));
  t.match(gate.log.join(), /more than 1024 bytes/);
});

t.test('a camera over TLS is known by its own certificate', async (t) => {
  const tls = selfSigned('camera of some maker');
  const certificateFile = join(temporaryFolder(), 'camera.pem');
  writeFileSync(certificateFile, tls.cert);
  const pinned = await together(t, { tls: true, certificateFile, snapshots: true }, { tls });
  await pinned.gate.device.start();
  t.ok(await seen(pinned, '粤B12345'));
  t.ok(await until(() => pinned.gate.pictures.length > 0), pinned.gate.log.join('\n'));
  const other = selfSigned('camera of some maker');
  const foreign = await together(t, { tls: true, certificateFile }, { tls: other });
  await t.rejects(foreign.gate.device.start(), { code: 'onvif-certificate-refused' });
});

t.test('a camera that restarts is followed again', async (t) => {
  const both = await together(t);
  await both.gate.device.start();
  t.ok(await seen(both, '粤B00001'));
  both.host.camera.clockOffsetMs = -86_400_000;
  await both.host.reboot(500);
  t.ok(await seen(both, '粤B00002'));
  t.match(state(both), { state: 'up' });
  t.ok(both.gate.faults('onvif-clock-stepped') > 0, 'with the time it has now');
  t.equal(both.gate.workers.length, 1, 'by the same worker');
});

t.test('a subscription that is lost is made anew, after a while', async (t) => {
  const both = await together(t);
  await both.gate.device.start();
  t.ok(await seen(both, '粤B00001'));
  both.host.camera.loseSubscriptions();
  t.ok(await until(() => both.gate.faults('onvif-subscription-lost') === 1));
  t.match(state(both), { state: 'down', fault: 'onvif-subscription-lost' });
  t.ok(await seen(both, '粤B00002'));
  t.equal(both.host.camera.count('Unsubscribe'), 0);
});

t.test('a camera that cuts its fetches loses no plate', async (t) => {
  const both = await together(t);
  await both.gate.device.start();
  both.host.spoil('PullMessages', { kind: 'cut', afterMs: 300 });
  t.ok(await until(() => both.gate.faults('onvif-answer-cut') > 0));
  const made = both.host.camera.count('CreatePullPointSubscription');
  both.host.camera.queue(plate('粤B00001'));
  both.host.spoil('PullMessages', undefined);
  t.ok(await until(() => both.gate.plates().length === 1));
  t.equal(both.host.camera.count('CreatePullPointSubscription'), made);
});

t.test('a camera that says nothing is silent, then lost, and comes back', async (t) => {
  const both = await together(t);
  await both.gate.device.start();
  t.ok(await seen(both, '粤B00001'));
  both.host.spoil('PullMessages', { kind: 'silence' });
  t.ok(await until(() => state(both)?.state === 'silent'));
  t.ok(await until(() => both.gate.faults('onvif-pull-overdue') > 0));
  both.host.spoil('PullMessages', undefined);
  t.ok(await seen(both, '粤B00002'));
});

t.test('a camera that prolongs by Renew alone, or not at all, goes on', async (t) => {
  const short = (block: OnvifProfile) => {
    const { service } = quick(block);
    return { ...block, service: { ...service, pull: { ...service.pull, lifetimeS: 20 } } };
  };
  const renewing = await together(t, { change: short });
  renewing.host.camera.misbehaviour.needsRenew = true;
  const unable = await together(t, { change: short });
  unable.host.camera.misbehaviour.hasRenew = false;
  unable.host.camera.misbehaviour.tellsEndAsNow = true;
  await Promise.all([renewing.gate.device.start(), unable.gate.device.start()]);
  t.ok(await until(() => renewing.host.camera.count('Renew') > 0, 20_000));
  t.ok(await until(() => unable.gate.faults('onvif-renew-failed') > 0, 20_000));
  t.ok(await seen(renewing, '粤B00001'));
  t.ok(await seen(unable, '粤B00002'));
  for (const { host } of [renewing, unable])
    t.equal(host.camera.count('CreatePullPointSubscription'), 1);
});

t.test(
  'old firmware without GetServices, or with its time behind a sign-in, is followed',
  async (t) => {
    const both = await together(t);
    both.host.camera.misbehaviour.hasGetServices = false;
    both.host.camera.misbehaviour.signsTime = true;
    await both.gate.device.start();
    t.ok(await seen(both, '粤B00001'));
    t.same(both.gate.log, []);
  },
);

t.test('a camera that takes no token is signed in to by HTTP', async (t) => {
  const byHttp = (block: OnvifProfile): OnvifProfile => ({
    ...quick(block),
    service: { ...quick(block).service, auth: 'httpDigest' },
  });
  // The second profile is a wrong one: each token costs a refusal, and the sign-in goes on all the same.
  for (const change of [byHttp, quick]) {
    const both = await together(t, { change, snapshots: true });
    both.host.camera.account.takesTokens = false;
    await both.gate.device.start();
    t.ok(await seen(both, '粤B00001'));
    t.ok(await until(() => both.gate.pictures.length > 0), both.gate.log.join('\n'));
    t.notOk(both.host.camera.seen.some(({ signIn }) => signIn === 'refused'));
    both.gate.device.stop();
  }
});

t.test('a plate that waited in the camera is history', async (t) => {
  const both = await together(t);
  await both.gate.device.start();
  both.host.camera.queue(plate('粤B00001', { utcMs: Date.now() - 20_000 }));
  both.host.camera.queue(plate('粤B00002', { utcMs: Date.now() + 20_000 }));
  both.host.camera.queue(plate('粤B00003'));
  t.ok(await until(() => both.gate.plates().length === 3));
  t.same(
    both.gate.plates().map(({ replayed }) => replayed),
    [true, true, false],
  );
  t.equal(both.gate.faults('notification-clock'), 1, 'a time ahead is told');
});

t.test('a camera an hour ahead is followed by its own clock, and told of', async (t) => {
  const both = await together(t);
  both.host.camera.clockOffsetMs = 3_600_000;
  await both.gate.device.start();
  both.host.camera.queue(plate('粤B00001', { utcMs: Date.now() + 3_600_000 }));
  t.ok(await until(() => both.gate.plates().length === 1));
  t.match(both.gate.plates(), [{ replayed: false }]);
  t.equal(both.gate.faults('onvif-clock-skew'), 1);
});

t.test('a camera that is absent at start is found when it comes', async (t) => {
  const port = await freePort();
  const gate = await onvifUnderTest({ port });
  await t.rejects(gate.device.start(), { code: 'connect-refused' });
  t.match(gate.health(), [{ state: 'down', fault: 'connect-refused' }]);
  const host = await hostOnvifCamera({ port });
  t.teardown(async () => {
    gate.device.stop();
    await host.close();
  });
  t.ok(await seen({ host, gate }, '粤B00001'));
});

t.test('no log line and no fault holds the password', async (t) => {
  const password = 'S3cret-of-the-camera';
  const { host, gate } = await together(t, { password: `${password}x` }, { password });
  host.camera.misbehaviour.signsTime = true;
  await t.rejects(gate.device.start(), { code: 'onvif-auth-refused' });
  t.ok(gate.log.length > 0);
  t.notMatch(gate.log.join(), password);
});
