import { readdirSync } from 'node:fs';
import {
  lintOnvifProfile,
  type NotificationOutput,
  type NotificationSession,
  type OnvifProfile,
  type PlateRead,
  proveOnvifProfile,
} from 'kakou/driver-kit';
import t from 'tap';
import {
  alone,
  motion,
  profileMPlate,
} from '../../devices/plate-camera-onvif/emulator-messages.ts';
import { manifest } from '../../devices/plate-camera-onvif/manifest.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { none } from '../support/exactly.ts';
import { onvifProfile } from '../support/onvif-under-test.ts';
import { repositoryFile } from '../support/repository.ts';

type Profile = FirmwareProfile & { onvif: OnvifProfile };

const profileM = onvifProfile();

function session(
  of: Profile = profileM,
  settings: object = { view: 'front' },
): NotificationSession {
  if (manifest.shape !== 'notification') throw new TypeError('its messages are fetched');
  return manifest.session({ profile: of, settings: { ...settings } });
}

const utcMs = Date.UTC(2026, 10, 23, 6, 24, 57, 321);

/** The standard's profile with its reading changed. */
function changed(
  reading: Partial<OnvifProfile['reading']>,
  more: Partial<OnvifProfile> = {},
): Profile {
  const { onvif } = profileM;
  return { ...profileM, onvif: { ...onvif, ...more, reading: { ...onvif.reading, ...reading } } };
}

function hear(
  text: string,
  { of = profileM, deviceTimeMs = utcMs, heldMsMax = 0, hasClock = true } = {},
): NotificationOutput {
  return session(of).notified({
    text,
    receivedAt: { wallMs: 0, monotonicMs: 0 },
    heldMsMax,
    ...(hasClock && { deviceTimeMs }),
  });
}

const event = (more: Partial<Parameters<typeof profileMPlate>[0]> = {}) =>
  alone(profileMPlate({ utcMs, plate: '粤B12345', objectId: '15', likelihood: 0.9, ...more }));

function plateOf(output: NotificationOutput): PlateRead | undefined {
  const [first] = output.observations;
  return first?.kind === 'plateRead' ? first : undefined;
}

t.test('every profile of a camera that is asked keeps its lint and its own tests', async (t) => {
  const names = readdirSync(repositoryFile('firmware-profiles/plate-camera'))
    .map((file) => file.replace('.json', ''))
    .filter((name) => /onvif/.test(name));
  t.ok(names.length >= 4);
  for (const name of names) {
    const of = onvifProfile(name);
    t.same(lintOnvifProfile(of.onvif), [], name);
    t.same(manifest.check?.({ profile: of, settings: {} }), [], name);
    t.same(
      proveOnvifProfile(of.onvif, () => session(of)),
      [],
      name,
    );
  }
});

t.test('a profile test that the places contradict is found', async (t) => {
  const wrong = changed({ text: ['Data/LicensePlateInfo/LicensePlateInfo/PlateType'] });
  t.match(
    proveOnvifProfile(wrong.onvif, () => session(wrong)),
    [{ path: 'onvif.tests.0.expect', message: /Normal/ }],
  );
});

t.test('what a profile’s schema cannot say is found', async (t) => {
  const { onvif } = profileM;
  const pull = { ...onvif.service.pull, timeoutS: 20, lifetimeS: 40 };
  const wrong = changed(
    { country: ['Data/X/nobody:Y'] },
    {
      service: { ...onvif.service, pull },
      topics: ['tns1:A/B', 'tns1:A/tns1:B'],
      tests: [{ title: 'a', xml: ['<a/>'], cameraTime: 'noon', expect: { observations: [] } }],
    },
  );
  t.same(
    lintOnvifProfile(wrong.onvif).map(({ path }) => path),
    [
      'onvif.service.pull.lifetimeS',
      'onvif.namespaces',
      'onvif.topics',
      'onvif.tests.0.cameraTime',
    ],
  );
  const { onvif: _, ...bare } = profileM;
  t.throws(() => session(bare as Profile), /no "onvif" block/);
});

t.test('namespaces decide, not the prefixes a camera chose for them', async (t) => {
  const renamed = event()
    .replaceAll('wsnt:', 'n0:')
    .replaceAll('tns1:', 'q:')
    .replaceAll('tt:', 'wsnt:')
    .replaceAll('xmlns:wsnt=', 'xmlns:old=')
    .replaceAll('xmlns:tt=', 'xmlns:wsnt=')
    .replaceAll('xmlns:old=', 'xmlns:n0=')
    .replaceAll('xmlns:tns1=', 'xmlns:q=');
  t.same(hear(renamed), hear(event()));
  t.match(plateOf(hear(renamed)), { raw: '粤B12345' });
  const foreign = event().replace('http://www.onvif.org/ver10/topics', 'urn:another');
  t.same(hear(foreign).observations, [], 'the same words in another namespace are another topic');
  const undeclared = event().replace(/ xmlns:tns1="[^"]*"/, '');
  t.match(hear(undeclared), { observations: none, faults: [{ code: 'notification-malformed' }] });
});

t.test('digits, zeros in front and words of truth stay text', async (t) => {
  for (const text of ['123456', '001234', '12E345', 'true', '1.50', '0']) {
    t.strictSame(plateOf(hear(event({ plate: text })))?.raw, text);
  }
  t.equal(plateOf(hear(event({ plate: '  粤B 12345\n' })))?.raw, '粤B 12345');
});

t.test('only what was just seen is live', async (t) => {
  t.equal(plateOf(hear(event()))?.replayed, false);
  t.equal(plateOf(hear(event({ operation: 'Changed' })))?.replayed, false);
  t.equal(plateOf(hear(event({ operation: 'Initialized' })))?.replayed, true);
  t.same(hear(event({ operation: 'Deleted' })), {
    observations: [],
    faults: [],
    send: [],
    wantsSnapshot: false,
  });
  t.match(hear(event({ operation: 'Undone' as never })), {
    observations: none,
    faults: [{ code: 'notification-malformed', detail: /PropertyOperation/ }],
  });
});

t.test('a reading is as old as the camera’s own clock says', async (t) => {
  const ages: readonly (readonly [number, boolean, number])[] = [
    [0, false, 0],
    [10_000, false, 0],
    [10_001, true, 0],
    [-10_000, false, 0],
    [-10_001, true, 1],
    [86_400_000, true, 0],
  ];
  for (const [ageMs, replayed, faults] of ages) {
    const output = hear(event(), { deviceTimeMs: utcMs + ageMs, heldMsMax: 60_000 });
    t.equal(plateOf(output)?.replayed, replayed, `${ageMs} ms`);
    t.equal(output.faults.length, faults);
  }
});

t.test('without a time of the camera it is as old as it can have waited', async (t) => {
  const unclocked = { hasClock: false };
  t.equal(plateOf(hear(event(), { ...unclocked, heldMsMax: 10_000 }))?.replayed, false);
  t.equal(plateOf(hear(event(), { ...unclocked, heldMsMax: 10_001 }))?.replayed, true);
  const timeless = event().replace(/ UtcTime="[^"]*"/, '');
  const read = plateOf(hear(timeless, { heldMsMax: 20_000 }));
  t.match(read, { raw: '粤B12345', replayed: true });
  t.notOk(read && ('capturedAtMs' in read || 'deviceEventId' in read));
  const byFetch = changed({}, { ageBy: 'fetch' });
  t.equal(plateOf(hear(event(), { of: byFetch, deviceTimeMs: 0 }))?.replayed, false);
});

t.test('a missing likelihood is unknown, unless the profile says what it means', async (t) => {
  const { likelihood: _, ...bare } = { utcMs, plate: '粤B12345', likelihood: 1 };
  const text = alone(profileMPlate(bare));
  t.notOk('confidence' in (plateOf(hear(text)) ?? { confidence: 0 }));
  t.equal(plateOf(hear(text, { of: changed({ missingConfidence: 'certain' }) }))?.confidence, 1);
});

t.test('certainty outside its scale is unknown and counted, and the reading stays', async (t) => {
  for (const value of ['1.01', '-0.1', 'NaN', 'high', '0x1', '1e9', ' ']) {
    const output = hear(event().replace('Likelihood="0.9"', `Likelihood="${value}"`));
    t.equal(plateOf(output)?.raw, '粤B12345', value);
    t.notOk('confidence' in (plateOf(output) ?? { confidence: 0 }), value);
    t.equal(output.faults.length, value.trim() === '' ? 0 : 1, value);
  }
  t.equal(
    plateOf(hear(event().replace('Likelihood="0.9"', 'Likelihood="9.0e-1"')))?.confidence,
    0.9,
  );
});

t.test(
  'colour and country are the camera’s, and absent where it has no word we know',
  async (t) => {
    t.match(plateOf(hear(event({ colour: 'YELLOW', country: 'CN' }))), {
      colour: 'yellow',
      country: 'CN',
    });
    const odd = plateOf(hear(event({ colour: 'constructor', country: 'x'.repeat(65) })));
    t.notOk(odd && ('colour' in odd || 'country' in odd));
  },
);

t.test('a vehicle without a plate has certainty, colour and country about nothing', async (t) => {
  const of = changed({ noPlate: ['unknown'] });
  for (const text of ['', ' ', 'unknown']) {
    const read = plateOf(hear(event({ plate: text, colour: 'Blue', country: 'CN' }), { of }));
    t.match(read, { raw: '' });
    t.notOk(read && ('confidence' in read || 'colour' in read || 'country' in read), `"${text}"`);
  }
});

t.test('the id of a reading is whole or not there', async (t) => {
  const id = (text: string) => plateOf(hear(text))?.deviceEventId;
  t.equal(id(event()), 'LPR_1:15:2026-11-23T06:24:57.321Z');
  t.equal(
    id(event().replace('Name="ObjectId"', 'Name="Other"')),
    'LPR_1:粤B12345:2026-11-23T06:24:57.321Z',
  );
  t.equal(id(event({ rule: '' })), undefined);
  t.equal(id(event({ rule: 'x'.repeat(65) })), undefined);
});

t.test('a picture inside a message is handed over, and a broken one costs itself', async (t) => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2);
  const image = Buffer.from(jpeg).toString('base64');
  const output = hear(event({ image: `${image.slice(0, 4)}\n ${image.slice(4)}` }));
  t.match(output.pictures, [{ role: 'plate', mediaType: 'image/jpeg' }]);
  t.strictSame([...(output.pictures?.[0]?.bytes ?? [])], [...jpeg]);
  const broken = hear(event({ image: 'AAAA' }));
  t.match(broken, { pictures: none, faults: [{ detail: /Data\/Image/ }] });
  t.equal(plateOf(broken)?.raw, '粤B12345');
});

t.test('what is no message of the form is counted by name', async (t) => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['', 'xml-refused', /no element/],
    ['not XML', 'xml-refused', /well-formed/],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'xml-refused', /./],
    ['<a>'.repeat(40) + '</a>'.repeat(40), 'xml-refused', /deeper/],
    [`<a>${'x'.repeat(300_000)}</a>`, 'xml-refused', /characters/],
    ['<a/>', 'notification-malformed', /NotificationMessage/],
    [event().replace(/<wsnt:Topic[\s\S]*?<\/wsnt:Topic>/, ''), 'notification-malformed', /topic/],
    [event().replaceAll('tt:Message', 'tt:Massage'), 'notification-malformed', /Message/],
    [
      event().replaceAll('PlateNumber', 'Number'),
      'notification-malformed',
      /PlateNumber: |PlateNumber is missing/,
    ],
    [event({ plate: 'x'.repeat(33) }), 'notification-malformed', /33 characters/],
  ];
  for (const [text, code, detail] of cases) {
    t.match(hear(text), { observations: none, faults: [{ code, detail }] }, text.slice(0, 60));
  }
  t.same(hear(alone(motion(utcMs, true))).faults, [], 'what else a camera tells is no fault');
});

t.test(
  'a still picture is worth fetching for a live reading, where the site wants it',
  async (t) => {
    const wants = (of: Profile, settings: object, text = event()) =>
      session(of, settings).notified({
        text,
        receivedAt: { wallMs: 0, monotonicMs: 0 },
        heldMsMax: 0,
        deviceTimeMs: utcMs,
      }).wantsSnapshot;
    t.equal(wants(profileM, { view: 'front' }), true);
    t.equal(wants(profileM, { view: 'front', snapshots: false }), false);
    t.equal(wants(profileM, { view: 'front' }, event({ operation: 'Initialized' })), false);
    const { snapshot: _, ...service } = profileM.onvif.service;
    t.equal(wants(changed({}, { service }), { view: 'front' }), false);
  },
);

t.test('a camera is silent after two fetches without an answer', async (t) => {
  t.equal(manifest.staleAfterMs({ profile: profileM, settings: {} }), 10_000);
  t.equal(
    plateOf(
      session(profileM, { view: 'rear' }).notified({
        text: event(),
        receivedAt: { wallMs: 0, monotonicMs: 0 },
        heldMsMax: 0,
      }),
    )?.view,
    'rear',
  );
});
