/** A field fault that was recorded is served through the devices' own protocols, and another real daemon meets it again. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { platePost } from '../../devices/plate-camera-isapi/emulator.ts';
import { profileMPlate } from '../../devices/plate-camera-onvif/emulator-messages.ts';
import { LlrpReader } from '../../devices/rfid-llrp/emulator.ts';
import { type Program, startProgram } from '../../scripts/main-job/programs.ts';
import { parseRecording } from '../../src/adapters/recording/recording-lines.ts';
import type { Replay } from '../../src/replay-gate.ts';
import { type ServedReplay, serveRecording } from '../../src/replay-serve.ts';
import { hostIsapiCamera } from '../../src/simulation/isapi-camera-host.ts';
import { hostOnvifCamera } from '../../src/simulation/onvif-camera-host.ts';
import { badLine } from '../support/bad-line.ts';
import { hostLlrpReader } from '../support/llrp-reader-host.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned, rig } from './planned.ts';

const inbound = [{ laneId: 'in-1', direction: 'in' }] as const;
const kakou = repositoryFile('dist/src/cli/kakou.js');

/** Dumps what the daemon has recorded, and ends it. */
async function recordingOf(t: Test, site: VirtualSite): Promise<string> {
  const file = join(site.directory, 'fault.jsonl');
  const args = [kakou, 'recorder', 'dump', '--config', site.configFile, '--out', file];
  // Not in this thread: the devices of the site live in it, and would fall silent meanwhile.
  const dump = spawn(process.execPath, args, { stdio: 'ignore' });
  t.strictSame(await once(dump, 'exit'), [0, null]);
  await site.daemon?.stop();
  return file;
}

/** Serves a recording to a daemon that is started for it. */
async function serve(t: Test, file: string, folder: string): Promise<ServedReplay> {
  const lines: string[] = [];
  let daemon: Program | undefined;
  t.teardown(() => daemon?.stop());
  const served = await serveRecording(parseRecording(readFileSync(file, 'utf8')), {
    folder,
    signal: new AbortController().signal,
    tell(line) {
      lines.push(line);
      const config = /kakou run --config (\S+)$/.exec(line)?.[1];
      if (config === undefined) return;
      daemon = startProgram({
        name: 'served-daemon',
        args: [kakou, 'run', '--config', config],
        directory: folder,
        onLine: () => undefined,
      });
    },
  });
  t.comment(lines.join('\n'));
  await daemon?.stop();
  return served;
}

t.test('a field fault that was recorded is met again by another daemon', async (t) => {
  let site: VirtualSite | undefined;
  const line = await badLine({ port: () => site?.lane('in-1').weighbridge.port ?? 0 });
  t.teardown(() => line.close());
  site = await VirtualSite.start(t, {
    lanes: inbound,
    configure: (config) => {
      config['recorder'] = { filesMax: 0 };
      for (const device of config['devices'] as { id: string; transport: { port: number } }[]) {
        if (device.id === 'in-1-scale') device.transport.port = line.port;
      }
    },
  });
  await site.startDaemon();
  line.garble = 0x44;
  site.lane('in-1').modbus.inject({ fault: { kind: 'dropReply' }, on: 'read', times: 1 });
  const wanted = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  t.equal(await site.pass('in-1', wanted), 'crossed', 'garbled weights, a lost answer');
  const misread = planned({ number: 2, direction: 'in', containers: ['CBHU3202732'] });
  const plateRead = { text: '粤BA1O0Z', confidence: 97 };
  t.equal(await site.pass('in-1', { ...misread, plateRead }), 'turnedBack', 'a misread plate');
  const { outcomes } = site;
  await site.until(() => outcomes.call(site).length === 2, 'both have gone');
  const file = await recordingOf(t, site);

  const folder = join(site.directory, 'served');
  const served = await serve(t, file, folder);
  t.strictSame(served.comparison, { compared: 2, differences: [] });
  t.strictSame(served.notes, []);
  t.match(served.replayed, [
    { outcome: 'passed', commands: ['open'], decisions: [{ disposition: 'admit' }] },
    { commands: [] },
  ]);

  await t.test('the folder is for its owner alone', async (t) => {
    t.equal(statSync(folder).mode & 0o777, 0o700);
    t.equal(statSync(join(folder, 'gate.yaml')).mode & 0o777, 0o600);
  });

  await t.test('a folder that is in use is refused, with a hint', async (t) => {
    const { status, stderr } = spawnSync(
      process.execPath,
      [kakou, 'replay', file, '--serve', folder],
      { encoding: 'utf8' },
    );
    t.equal(status, 2);
    t.match(stderr, /is not empty\n {4}hint: /);
  });

  await t.test('one byte of a plate, and the daemon tells another story', async (t) => {
    const other = join(site.directory, 'other.jsonl');
    writeFileSync(other, firstPassageOf(readFileSync(file, 'utf8'), '粤BA1001', '粤BA1007'));
    const served = await serve(t, other, join(site.directory, 'served-other'));
    t.equal(served.comparison?.compared, 1);
    const members = served.comparison?.differences.map(({ member }) => member) ?? [];
    t.ok(members.includes('outcome'), members.join());
    t.ok(members.includes('plate'), members.join());
  });
});

/** A recording up to the end of its first passage, with another plate in what was posted. */
function firstPassageOf(text: string, plate: string, other: string): string {
  const lines = text.trimEnd().split('\n');
  const ended = lines.findIndex((each) => each.includes('"passage.ended.v1"'));
  const kept = lines.slice(1, ended + 1);
  const changed = kept.map((each) =>
    each.includes('"k":"posted"') ? each.replace(plate, other) : each,
  );
  const end = JSON.stringify({ k: 'end', entries: kept.length });
  return [lines[0], ...changed, end, ''].join('\n');
}

t.test('a daemon that never comes is waited for, and a signal ends that in order', async (t) => {
  const directory = temporaryFolder();
  const file = join(directory, 'a.jsonl');
  const entry = { n: 1, m: 0, w: 0, s: 'scale', k: 'received', hex: '00' };
  const transport = { kind: 'tcp', host: '10.0.0.1', port: 4_001 };
  const header = {
    format: 'kakou-recording',
    formatVersion: 1,
    kakou: '0.1.0',
    bootId: 'b',
    cause: { trigger: 'asked' },
    savedAtMs: 0,
    config: {
      gate: 'g',
      lanes: [{ id: 'l' }],
      feed: { sources: [] },
      devices: [{ id: 'scale', lane: 'l', driver: 'd', profile: 'p/p', transport }],
    },
    policies: [],
    profiles: { 'p/p': { profile: {} } },
    losses: [],
  };
  writeFileSync(
    file,
    [header, entry, { k: 'end', entries: 1 }].map((e) => `${JSON.stringify(e)}\n`).join(''),
  );
  const folder = join(directory, 'served');
  const program = startProgram({
    name: 'replay',
    args: [kakou, 'replay', file, '--serve', folder],
    directory,
    onLine: () => undefined,
  });
  t.teardown(() => program.stop());
  const said = await program.said(/run: kakou run --config/, 15_000);
  t.match(said, join(folder, 'gate.yaml'));
  program.kill('SIGINT');
  await program.said(/nothing was compared/, 15_000);
  while (program.exited === undefined) await new Promise((done) => setTimeout(done, 20));
  t.equal(program.exited, 'exit code 1');
});

const password = 'S3cret-of-the-camera';

function signedIn(port: number, kind: 'isapi' | 'onvif', passwordFile: string) {
  return { kind, host: '127.0.0.1', port, username: 'gate', passwordFile };
}

t.test('cameras by ISAPI and ONVIF and a reader by LLRP tell the same again', async (t) => {
  const alerts = await hostIsapiCamera({ password });
  const onvif = await hostOnvifCamera({ password });
  t.teardown(() => Promise.all([alerts.close(), onvif.close()]));
  const reader = new LlrpReader();
  const { port: readerPort } = await hostLlrpReader(t, reader);
  const passwordFile = join(temporaryFolder(), 'password');
  writeFileSync(passwordFile, `${password}\n`);
  const alertPath = '/devices/in-3/alerts';
  let pushUrl = '';
  const others: Readonly<Record<string, object>> = {
    'in-1-plate': {
      driver: 'plate-camera-isapi',
      profile: 'plate-camera/hikvision-anpr-isapi',
      transport: signedIn(alerts.port, 'isapi', passwordFile),
    },
    'in-3-plate': {
      driver: 'plate-camera-isapi',
      profile: 'plate-camera/hikvision-anpr-isapi',
      transport: { kind: 'httpPush', path: alertPath },
    },
    'in-2-plate': {
      driver: 'plate-camera-onvif',
      profile: 'plate-camera/onvif-profile-m',
      transport: signedIn(onvif.port, 'onvif', passwordFile),
    },
    'in-1-rfid': {
      driver: 'rfid-llrp',
      profile: 'rfid-reader/llrp-generic',
      transport: { kind: 'tcp', host: '127.0.0.1', port: readerPort },
    },
  };
  const site = await VirtualSite.start(t, {
    lanes: ['in-1', 'in-2', 'in-3'].map((laneId) => ({ laneId, direction: 'in' })),
    configure: (config) => {
      const { port } = config['devicePush'] as { port: number };
      pushUrl = `http://127.0.0.1:${port}${alertPath}`;
      config['recorder'] = { filesMax: 0 };
      for (const device of config['devices'] as Record<string, unknown>[])
        Object.assign(device, others[String(device['id'])]);
    },
  });
  await site.startDaemon();
  await site.until(() => alerts.listeners === 1, 'the alerts are listened to');
  await site.until(() => onvif.camera.subscriptions === 1, 'the camera is followed');
  const first = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  const second = planned({ number: 2, direction: 'in', containers: ['CBHU3202732'] });
  const third = planned({ number: 3, direction: 'in', containers: ['MSKU9070323'] });
  const post = (plate: string) => {
    const { contentType, body } = platePost({ plate, uuid: 'u', confidence: 98, atMs: Date.now() });
    const headers = { 'content-type': contentType };
    return fetch(pushUrl, { method: 'POST', headers, body: Buffer.from(body) });
  };
  let seen = 0;
  const seeing = setInterval(() => {
    // On the stream that begins amid the passage readings come before the camera's own time does.
    if (site.lane('in-1').world.isFree) alerts.heartbeat(Date.now());
    else {
      seen += 1;
      const plate = first.plateRead.text ?? '';
      if (seen === 1) alerts.cut();
      else alerts.passes({ uuid: `u-${seen}`, plate, confidence: 98, atMs: Date.now() });
    }
    if (!site.lane('in-3').world.isFree) post(third.plateRead.text ?? '').catch(() => undefined);
    if (site.lane('in-2').world.isFree) return;
    const plate = second.plateRead.text ?? '';
    onvif.camera.queue(
      profileMPlate({ utcMs: Date.now(), likelihood: 0.98, objectId: '1', plate }),
    );
  }, 300);
  t.teardown(() => clearInterval(seeing));
  reader.field([{ epc: rig(1).tag }]);
  const trucks = [first, second, third].map((truck, i) => site.pass(`in-${i + 1}`, truck));
  t.strictSame(await Promise.all(trucks), ['crossed', 'crossed', 'crossed']);
  await site.until(() => site.outcomes().length === 3, 'all have gone');
  clearInterval(seeing);
  const file = await recordingOf(t, site);
  t.notMatch(readFileSync(file, 'utf8'), password);

  const replayed = spawnSync(process.execPath, [kakou, 'replay', file, '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  const { comparison, notes } = JSON.parse(replayed.stdout) as Replay;
  t.strictSame(comparison, { compared: 3, differences: [] }, 'without a daemon');
  t.strictSame(notes, []);

  const served = await serve(t, file, join(site.directory, 'served'));
  t.strictSame(served.comparison, { compared: 3, differences: [] }, 'with another daemon');
  t.strictSame(served.notes, []);
});
