/**
 * What the onvif package does by itself against a camera that misbehaves, and what this gate makes of the same
 * camera. Each first half shows the trap; were it mended in a later version, that half would tell.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import onvif from 'onvif';
import t, { type Test } from 'tap';
import { profileMPlate } from '../../../devices/plate-camera-onvif/emulator-messages.ts';
import { readXml, xmlDocumentOf } from '../../../src/driver-kit/xml.ts';
import {
  hostOnvifCamera,
  type OnvifCameraHost,
} from '../../../src/simulation/onvif-camera-host.ts';
import { cameraOn, loopOn, naiveUse, pause, type RunningLoop } from '../../support/onvif-loop.ts';
import { until } from '../../support/onvif-under-test.ts';
import { repositoryFile } from '../../support/repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A camera whose addresses the package can use. */
async function easyCamera(t: Test, password = 'secret'): Promise<OnvifCameraHost> {
  const host = await hostOnvifCamera({ password });
  host.camera.misbehaviour.hasQuery = false;
  host.camera.misbehaviour.hasReference = false;
  t.teardown(() => host.close());
  return host;
}

function follow(t: Test, options: Parameters<typeof loopOn>[0]): RunningLoop {
  const loop = loopOn(options);
  t.teardown(() => loop.stop());
  return loop;
}

const plate = (text = '粤B12345', more = {}) =>
  profileMPlate({ utcMs: Date.now(), plate: text, objectId: '15', ...more });

t.test('a camera that faults on every fetch is not stormed', async (t) => {
  const host = await easyCamera(t);
  host.camera.misbehaviour.faultsOnPull = true;
  const naive = await naiveUse(host.port);
  await pause(3_000);
  naive.stop();
  const stormed = host.camera.count('CreatePullPointSubscription');
  t.ok(stormed > 20, `the package made ${stormed} subscriptions in 3 s`);
  host.camera.seen.length = 0;
  const ours = follow(t, { port: host.port });
  await pause(3_000);
  const made = host.camera.count('CreatePullPointSubscription');
  t.ok(made >= 1 && made <= 4, `this gate made ${made}`);
  t.ok(ours.codes().every((code) => code === 'onvif-subscription-lost'));
  host.camera.misbehaviour.faultsOnPull = false;
  t.ok(await until(() => ours.said.some(({ kind }) => kind === 'pulled')), 'and it comes back');
});

t.test('a time with an offset ends nothing', async (t) => {
  const host = await easyCamera(t);
  for (const form of ['+00:00', 'none'] as const) {
    host.camera.misbehaviour.timeForm = form;
    const naive = await naiveUse(host.port);
    await pause(500);
    host.camera.queue(plate());
    await pause(500);
    t.same(naive.events, [], `${form}: the package hears nothing`);
    t.match(naive.errors, [/getTime/]);
    naive.stop();
    host.camera.loseSubscriptions();
    const ours = loopOn({ port: host.port });
    t.ok(await until(() => ours.said.some(({ kind }) => kind === 'subscribed')), form);
    host.camera.queue(plate());
    t.ok(await until(() => ours.texts().length === 1), `${form}: this gate hears it`);
    ours.stop();
  }
});

t.test('a subscription that could not be made is tried again', async (t) => {
  const host = await easyCamera(t);
  host.spoil('CreatePullPointSubscription', { kind: 'text', text: 'busy' });
  const naive = await naiveUse(host.port);
  const ours = follow(t, { port: host.port });
  await pause(500);
  t.equal(naive.errors.length, 1);
  t.same(ours.codes(), ['onvif-answer-refused']);
  host.spoil('CreatePullPointSubscription', undefined);
  t.ok(await until(() => ours.said.some(({ kind }) => kind === 'subscribed')), 'by this gate');
  host.camera.queue(plate());
  t.ok(await until(() => ours.texts().length === 1));
  t.same(naive.events, [], 'the package has given up');
  naive.stop();
});

t.test('a plate of digits stays text', async (t) => {
  const host = await easyCamera(t);
  const naive = await naiveUse(host.port);
  const ours = follow(t, { port: host.port });
  t.ok(await until(() => host.camera.subscriptions === 2));
  for (const text of ['123456', '001234', '12E345', 'true', '粤B12345'])
    host.camera.queue(plate(text));
  t.ok(await until(() => naive.events.length === 5 && ours.texts().length === 5));
  const ofPackage = naive.events.map(({ message }) => {
    const path = ['message', 'message', 'data', 'elementItem'];
    const items = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], message);
    const found = (items as { licensePlateInfo?: { plateNumber: unknown } }[]).find(
      (item) => item.licensePlateInfo,
    );
    return found?.licensePlateInfo?.plateNumber;
  });
  t.strictSame(ofPackage, [123456, '001234', '12E345', true, '粤B12345'], 'the package guesses');
  const ofGate = ours.texts().map((text) => /<tt:PlateNumber>([^<]*)</.exec(text)?.[1]);
  t.strictSame(ofGate, ['123456', '001234', '12E345', 'true', '粤B12345']);
  naive.stop();
});

t.test('a plate that is gone is an event for the package', async (t) => {
  const host = await easyCamera(t);
  const naive = await naiveUse(host.port);
  t.ok(await until(() => host.camera.subscriptions === 1));
  host.camera.queue(plate('粤B12345', { operation: 'Deleted' }));
  t.ok(await until(() => naive.events.length === 1), 'told apart by the driver alone');
  naive.stop();
});

t.test('the profile’s times go out, not the package’s', async (t) => {
  const host = await easyCamera(t);
  const naive = await naiveUse(host.port);
  t.ok(await until(() => host.camera.count('PullMessages') === 1));
  t.match(host.camera.seen.at(-1)?.body, '<Timeout>PT1M</Timeout>');
  naive.stop();
  host.camera.seen.length = 0;
  follow(t, {
    port: host.port,
    change: (block) => ({
      ...block,
      service: {
        ...block.service,
        pull: { timeoutS: 7, messageLimit: 3, lifetimeS: 90, renew: true, filter: true },
      },
    }),
  });
  t.ok(await until(() => host.camera.count('PullMessages') === 1));
  const bodyOf = (operation: string) =>
    host.camera.seen.find((request) => request.operation === operation)?.body;
  t.match(bodyOf('PullMessages'), '<Timeout>PT7S</Timeout><MessageLimit>3</MessageLimit>');
  const created = bodyOf('CreatePullPointSubscription') ?? '';
  t.match(created, '<InitialTerminationTime>PT90S</InitialTerminationTime>');
  t.match(created, />tns1:RuleEngine\/Recognition\/LicensePlate<\/TopicExpression><\/Filter>/);
  t.equal(
    readXml(created, { lengthMax: 1e5, depthMax: 9, nodesMax: 99, attributesMax: 9 }).kind,
    'read',
  );
});

t.test('an address with two parameters can be fetched from', async (t) => {
  const host = await easyCamera(t);
  host.camera.misbehaviour.hasQuery = true;
  const naive = await naiveUse(host.port);
  await pause(500);
  naive.stop();
  t.equal(host.camera.count('PullMessages'), 0, 'the package cannot write it');
  t.match(naive.errors[0], /character|entity/i);
  host.camera.seen.length = 0;
  const ours = follow(t, { port: host.port });
  t.ok(await until(() => host.camera.count('PullMessages') === 1), 'this gate can');
  t.same(ours.codes(), []);
});

t.test('reference parameters of any maker go back', async (t) => {
  const host = await easyCamera(t);
  host.camera.misbehaviour.hasReference = true;
  const naive = await naiveUse(host.port);
  await pause(300);
  naive.stop();
  t.match(naive.errors[0], /not known/, 'the package knows those of Axis alone');
  const ours = follow(t, { port: host.port });
  t.ok(await until(() => ours.said.some(({ kind }) => kind === 'subscribed')));
  host.camera.queue(plate());
  t.ok(await until(() => ours.texts().length === 1));
});

t.test('an answer that stops half-way ends the call', async (t) => {
  const host = await easyCamera(t);
  host.spoil('PullMessages', { kind: 'truncate' });
  const cam = new onvif.Cam({
    hostname: '127.0.0.1',
    port: host.port,
    username: 'gate',
    password: 'secret',
    timeout: 500,
    autoconnect: false,
  });
  await new Promise((resolve) => cam.connect(resolve));
  await new Promise((resolve) => cam.createPullPointSubscription(resolve));
  let ended = false;
  cam.pullMessages({}, () => {
    ended = true;
  });
  const camera = cameraOn({ port: host.port });
  await camera.connect();
  await camera.subscribe();
  await t.rejects(camera.pull(), { code: 'onvif-answer-cut' });
  await pause(2_000);
  t.notOk(ended, 'the package never calls back');
  camera.close();
});

t.test('an answer that drips ends by time', async (t) => {
  const host = await easyCamera(t);
  host.spoil('GetServices', { kind: 'drip', everyMs: 200 });
  const cam = new onvif.Cam({
    hostname: '127.0.0.1',
    port: host.port,
    timeout: 500,
    autoconnect: false,
  });
  let ended = false;
  cam.getServices(() => {
    ended = true;
  });
  const camera = cameraOn({ port: host.port });
  const begun = performance.now();
  await t.rejects(camera.connect(), { code: 'onvif-timeout' });
  t.ok(performance.now() - begun < 6_000);
  t.notOk(ended, 'the package’s limit of 0.5 s is one of silence');
  camera.close();
});

t.test('an answer without end is cut at its limit', async (t) => {
  const host = await easyCamera(t);
  host.spoil('GetServices', { kind: 'text', text: 'x'.repeat(8_000_000) });
  const cam = new onvif.Cam({ hostname: '127.0.0.1', port: host.port, autoconnect: false });
  let kept = 0;
  cam.on('rawResponse', (text: string) => {
    kept = text.length;
  });
  await new Promise((resolve) => cam.getServices(resolve));
  t.equal(kept, 8_000_000, 'the package keeps whatever comes');
  const camera = cameraOn({ port: host.port });
  await t.rejects(camera.connect(), { code: 'onvif-answer-refused', message: /262144 bytes/ });
  camera.close();
});

t.test('an address beyond ASCII ends no process', async (t) => {
  const host = await easyCamera(t);
  host.camera.misbehaviour.eventPath = '/onvif/事件';
  const script = join(temporaryFolder(), 'naive.mjs');
  const module = repositoryFile('node_modules/onvif/lib/onvif.js');
  writeFileSync(
    script,
    `import onvif from ${JSON.stringify(module)};
     const cam = new onvif.Cam({ hostname: '127.0.0.1', port: ${host.port}, username: 'gate', password: 'secret' });
     cam.connect(() => { cam.on('event', () => {}); cam.on('eventsError', () => {}); setTimeout(() => process.exit(0), 1500); });`,
  );
  const run = promisify(execFile)(process.execPath, [script]);
  await t.rejects(run, { code: 1, stderr: /ERR_UNESCAPED_CHARACTERS/ }, 'the process dies');
  host.camera.seen.length = 0;
  const ours = follow(t, { port: host.port });
  t.ok(await until(() => ours.said.some(({ kind }) => kind === 'subscribed')), 'this gate asks it');
});

t.test('a wrong password locks no account', async (t) => {
  const host = await easyCamera(t);
  for (let tries = 0; tries < 3; tries += 1)
    (await naiveUse(host.port, { password: 'wrong' })).stop();
  t.ok(host.camera.account.isLocked(Date.now()), 'three connects of the package are enough');
  host.camera.account.reset();
  host.camera.seen.length = 0;
  const ours = follow(t, { port: host.port, password: 'wrong' });
  const waits = () => {
    const last = ours.said.at(-1);
    return last?.kind === 'lost' ? last.retryMs : 0;
  };
  t.ok(await until(() => waits() > 280_000), 'three times, then it waits');
  await pause(500);
  const refused = host.camera.seen.filter(({ signIn }) => signIn === 'refused').length;
  t.equal(refused, 3);
  t.notOk(host.camera.account.isLocked(Date.now()));
  t.match(ours.said.at(-1), { kind: 'lost', code: 'onvif-auth-refused' });
});

t.test('a token that meets a challenge is a refusal as well', async (t) => {
  const host = await easyCamera(t);
  host.camera.account.challengesTokens = true;
  (await naiveUse(host.port, { password: 'wrong' })).stop();
  const refusals = () => host.camera.seen.filter(({ signIn }) => signIn === 'refused').length;
  t.equal(refusals(), 4, 'one connect of the package');
  host.camera.account.reset();
  host.camera.seen.length = 0;
  const ours = follow(t, { port: host.port, password: 'wrong' });
  const waits = () => ours.said.some((m) => m.kind === 'lost' && m.retryMs > 280_000);
  t.ok(await until(waits));
  t.equal(refusals(), 3);
  t.notOk(host.camera.account.isLocked(Date.now()));
});

t.test('a password with letters beyond ASCII signs in', async (t) => {
  const password = '口令-ümlaut';
  const host = await easyCamera(t, password);
  const naive = await naiveUse(host.port, { password });
  t.match(naive.errors, [/not authorized/], 'the package cannot');
  naive.stop();
  host.camera.account.reset();
  const ours = follow(t, { port: host.port, password });
  t.ok(await until(() => ours.said.some(({ kind }) => kind === 'subscribed')));
});

t.test('a camera whose clock is set is signed in to again', async (t) => {
  // One each, because refusals of the one would count against the other.
  const [theirs, host] = [await easyCamera(t), await easyCamera(t)];
  const naive = await naiveUse(theirs.port);
  const ours = follow(t, { port: host.port });
  t.ok(await until(() => theirs.camera.subscriptions + host.camera.subscriptions === 2));
  for (const { camera } of [theirs, host]) {
    camera.clockOffsetMs = 3_600_000;
    camera.queue(plate());
  }
  t.ok(await until(() => ours.codes().includes('onvif-clock-stepped')));
  const isHeard = () => {
    // It may be between two subscriptions, so the camera sees the plate more than once.
    host.camera.queue(plate());
    return ours.texts().length >= 2;
  };
  t.ok(await until(isHeard), 'this gate reads its time anew');
  t.notOk(host.camera.account.isLocked(Date.now()));
  await pause(500);
  t.match(naive.errors.at(-1), /not authorized/, 'the package keeps the old one');
  theirs.camera.queue(plate());
  await pause(500);
  t.equal(naive.events.length, 1, 'and has given up');
  naive.stop();
});

t.test('nobody else loses a subscription by this gate', async (t) => {
  const host = await easyCamera(t);
  host.camera.misbehaviour.unsubscribesAll = true;
  const ours = loopOn({ port: host.port });
  t.ok(await until(() => host.camera.subscriptions === 1));
  const naive = await naiveUse(host.port);
  t.ok(await until(() => host.camera.subscriptions === 2));
  ours.stop();
  await pause(300);
  t.equal(host.camera.subscriptions, 2, 'ours ends by itself');
  host.camera.queue(plate());
  naive.stop();
  t.ok(await until(() => host.camera.subscriptions === 0), 'the package’s goodbye ends all');
  t.equal(host.camera.count('Unsubscribe'), 1);
});

t.test('a message is handed on as it was written, with its namespaces', async (t) => {
  const text =
    '<a:E xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d"><a:M x="1"><b:T>b:topic &#38; 粤</b:T><U/></a:M></a:E>';
  const reading = readXml(text, { lengthMax: 999, depthMax: 9, nodesMax: 99, attributesMax: 9 });
  if (reading.kind !== 'read') throw new Error(reading.reason);
  const [message] = reading.root.children;
  if (!message) throw new Error('no child');
  t.equal(
    xmlDocumentOf(text, message),
    '<a:M xmlns:a="urn:a" xmlns:b="urn:b" xmlns="urn:d" x="1"><b:T>b:topic &#38; 粤</b:T><U/></a:M>',
  );
});
