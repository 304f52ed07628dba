import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import {
  type DriverManifest,
  type FirmwareProfile,
  lintPushProfile,
  type PlateRead,
  type PushAnswer,
  PushProfile,
  type PushSession,
  provePushProfile,
} from 'kakou/driver-kit';
import t from 'tap';
import {
  heartbeatPost as containerHeartbeat,
  containerPost,
} from '../../devices/container-camera-http/emulator.ts';
import { manifest as containerManifest } from '../../devices/container-camera-http/manifest.ts';
import {
  type EmulatedPlate,
  heartbeatPost,
  platePost,
  reactionTo,
  serialDataPost,
  terminalPost,
} from '../../devices/plate-camera-http/emulator.ts';
import { manifest as plateManifest } from '../../devices/plate-camera-http/manifest.ts';
import { exactly } from '../support/exactly.ts';

type Profile = FirmwareProfile & { push: PushProfile };

function profile(path: string): Profile {
  return JSON.parse(readFileSync(`firmware-profiles/${path}.json`, 'utf8'));
}

const vzenith = profile('plate-camera/vzenith-r-series');
const portal = profile('container-camera/generic-json');

function session(
  manifest: DriverManifest,
  of: FirmwareProfile,
  settings: Record<string, unknown> = {},
): PushSession {
  if (manifest.shape !== 'push') {
    throw new TypeError('a camera of this kind posts to us');
  }
  return manifest.session({ profile: of, settings });
}

const camera = (of: FirmwareProfile = vzenith, view = 'front') =>
  session(plateManifest, of, { view });
const boxes = (of: FirmwareProfile = portal) => session(containerManifest, of);

function post(
  to: PushSession,
  body: unknown,
  contentType = 'application/json',
  method = 'POST',
): PushAnswer {
  const bytes =
    body instanceof Uint8Array
      ? body
      : new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body));
  const receivedAt = { wallMs: 0, monotonicMs: 0 };
  return to.answer({ method, path: '/', contentType, headers: {}, body: bytes, receivedAt });
}

const jpeg = Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 0xff, 0xd9]);

const reading: EmulatedPlate = {
  serialNumber: '3f1a2b3c-00112233',
  plateId: 12,
  text: '粤B12345',
  colour: 'yellow',
  confidence: 96,
  capturedAtMs: 1_763_965_497_321,
};

function posted(to: PushSession, changes: Partial<EmulatedPlate> = {}): PushAnswer {
  const { body, contentType } = platePost({ ...reading, ...changes });
  return post(to, body, contentType);
}

/** A body of the plate camera with one field replaced. */
function plateBody(field: string, value: unknown): unknown {
  const body = JSON.parse(new TextDecoder().decode(platePost(reading).body));
  body.AlarmInfoPlate.result.PlateResult[field] = value;
  return body;
}

function plateOf(answer: PushAnswer): PlateRead | undefined {
  const [first] = answer.observations;
  return first?.kind === 'plateRead' ? first : undefined;
}

t.test('every camera profile keeps its schema, its lint and its own tests', async (t) => {
  const validate = new Ajv({ strict: false }).compile(PushProfile);
  for (const folder of ['plate-camera', 'container-camera']) {
    for (const file of readdirSync(`firmware-profiles/${folder}`)) {
      const of = profile(`${folder}/${file.replace('.json', '')}`);
      // Those that are asked rather than post have tests of their own.
      if (!of.push) continue;
      t.ok(validate(of.push), `${file}: ${JSON.stringify(validate.errors)}`);
      t.same(lintPushProfile(of.push), [], `${file} has no findings`);
      const make = () => (folder === 'plate-camera' ? camera(of) : boxes(of));
      t.same(provePushProfile(of.push, make), [], `${file} proves itself`);
      t.ok(of.experimental === of.provenance.some((each) => each.level === 'belief'), file);
    }
  }
});

t.test('a profile test that the field map contradicts is found', async (t) => {
  const wrong = structuredClone(vzenith);
  if (wrong.push.plate) {
    wrong.push.plate.confidence = 'AlarmInfoPlate.result.PlateResult.direction';
  }
  t.match(
    provePushProfile(wrong.push, () => camera(wrong)),
    [{ path: 'push.tests.0.expect' }],
  );
});

t.test(
  'a plate comes with certainty, colour, time, pictures and the camera’s own id',
  async (t) => {
    const answer = posted(camera(), { scene: jpeg, plate: jpeg });
    t.equal(answer.status, 200);
    t.same(answer.observations, [
      {
        kind: 'plateRead',
        view: 'front',
        raw: '粤B12345',
        colour: 'yellow',
        confidence: 0.96,
        deviceEventId: '3f1a2b3c-00112233:12',
        replayed: false,
        capturedAtMs: 1_763_965_497_321,
      },
    ]);
    t.same(answer.faults, []);
    t.same(
      answer.pictures?.map(({ role, mediaType, bytes }) => [role, mediaType, [...bytes]]),
      [
        ['scene', 'image/jpeg', [...jpeg]],
        ['plate', 'image/jpeg', [...jpeg]],
      ],
    );
    t.equal(plateOf(posted(camera(vzenith, 'rear')))?.view, 'rear');
  },
);

t.test('what the camera did not say is absent, never a default', async (t) => {
  const bare = { AlarmInfoPlate: { result: { PlateResult: { license: '粤B12345' } } } };
  t.same(post(camera(), bare).observations, [
    { kind: 'plateRead', view: 'front', raw: '粤B12345', replayed: false },
  ]);
  for (const [field, key] of [
    ['confidence', 'confidence'],
    ['colorType', 'colour'],
    ['plateid', 'deviceEventId'],
    ['timeStamp', 'capturedAtMs'],
  ] as const) {
    const read = plateOf(post(camera(), plateBody(field, null)));
    t.ok(read && !(key in read), `no ${field}, no ${key}`);
  }
});

t.test('a vehicle without a plate has no text and certainty about nothing', async (t) => {
  for (const text of ['_无_', '', ' ']) {
    const read = plateOf(post(camera(), plateBody('license', text)));
    t.match(read, { raw: '' });
    t.notOk(read && ('confidence' in read || 'colour' in read));
  }
});

t.test('a reading stored offline is history, whatever word the camera uses for it', async (t) => {
  t.equal(plateOf(posted(camera(), { offline: true }))?.replayed, true);
  t.equal(plateOf(posted(camera(), { offline: false }))?.replayed, false);
  for (const value of [1, 2, true, '1', 'yes', {}]) {
    t.equal(plateOf(post(camera(), plateBody('isoffline', value)))?.replayed, true, String(value));
  }
});

t.test('certainty outside its scale is unknown and counted, and the reading stays', async (t) => {
  for (const value of [101, 1000, -1]) {
    const answer = post(camera(), plateBody('confidence', value));
    t.match(plateOf(answer), { raw: '粤B12345' });
    t.notOk('confidence' in (plateOf(answer) ?? { confidence: 0 }));
    exactly(t, answer.faults, [{ code: 'body-malformed', detail: /confidence/ }]);
  }
});

t.test('a broken picture costs the picture, is counted, and leaves the reading', async (t) => {
  const bad: readonly unknown[] = ['not*base64', 'abc', 'AAAA', 7, { a: 1 }];
  for (const value of bad) {
    const answer = post(camera(), plateBody('imageFile', value));
    t.equal(answer.status, 200);
    t.equal(plateOf(answer)?.raw, '粤B12345');
    exactly(t, answer.faults, [{ code: 'body-malformed', droppedBytes: 0, detail: /imageFile/ }]);
    t.same(answer.pictures, []);
  }
  const wrapped = `data:image/jpeg;base64,${Buffer.from(jpeg).toString('base64')}\r\n`;
  t.equal(post(camera(), plateBody('imageFile', wrapped)).pictures?.length, 1);
});

t.test('a megabyte of pictures is read', async (t) => {
  const scene = new Uint8Array(900_000).fill(7);
  scene.set([0xff, 0xd8, 0xff]);
  const { body, contentType } = platePost({ ...reading, scene });
  t.ok(body.length > 1_200_000);
  const answer = post(camera(), body, contentType);
  t.equal(answer.status, 200);
  t.same(answer.pictures?.[0]?.bytes, scene);
});

t.test('fields of a wrong type are refused with their path', async (t) => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['license', 12345],
    ['license', ['粤B12345']],
    ['license', 'x'.repeat(33)],
    ['confidence', '97'],
    ['colorType', { code: 1 }],
    ['plateid', 1.5],
  ];
  for (const [field, value] of cases) {
    const answer = post(camera(), plateBody(field, value));
    t.equal(answer.status, 400, field);
    t.same(answer.observations, []);
    t.match(JSON.parse(answer.body), {
      error: 'body-malformed',
      path: `AlarmInfoPlate.result.PlateResult.${field}`,
      reason: /\w/,
      hint: /\w/,
    });
    exactly(t, answer.faults, [{ code: 'body-malformed' }]);
  }
  const missing = { AlarmInfoPlate: { result: { PlateResult: { confidence: 99 } } } };
  t.match(JSON.parse(post(camera(), missing).body), { path: /license$/, reason: 'is missing' });
});

t.test('a body that is no JSON object of a known kind is refused with a reason', async (t) => {
  const whole = platePost(reading).body;
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['', /not JSON/],
    [whole.subarray(0, whole.length - 5), /not JSON/],
    [Uint8Array.of(0x7b, 0xff, 0x7d), /UTF-8/],
    ['[]', /a list/],
    ['null', /object/],
    ['7', /number/],
    ['{}', /kind of body/],
    [{ AlarmInfoPlate: { result: {} } }, /kind of body/],
    ['['.repeat(200_000), /not JSON/],
    [{ constructor: { name: 1 } }, /kind of body/],
  ];
  for (const [body, reason] of cases) {
    const answer = post(camera(), body);
    t.equal(answer.status, 400, reason.source);
    t.match(JSON.parse(answer.body), { error: 'body-malformed', reason });
    t.equal(answer.faults.length, 1);
  }
});

t.test('another method, type or size is refused with its own status', async (t) => {
  t.equal(post(camera(), '{}', 'application/json', 'GET').status, 405);
  t.equal(post(camera(), '{}', 'application/xml').status, 415);
  t.match(JSON.parse(post(camera(), '{}', 'application/xml').body), { hint: /application\/json/ });
  t.equal(post(camera(), new Uint8Array(camera().bodyBytesMax + 1)).status, 413);
  t.equal(camera().bodyBytesMax, 4 * 1024 * 1024);
  for (const type of ['Application/JSON; charset=UTF-8', 'text/json', '']) {
    t.equal(post(camera(), platePost(reading).body, type).status, 200, `"${type}"`);
  }
});

t.test('heartbeats and the camera’s own terminals are acknowledged and tell nothing', async (t) => {
  const serial = reading.serialNumber;
  for (const each of [
    heartbeatPost(serial),
    terminalPost(serial, 0, 1),
    serialDataPost(serial, jpeg),
  ]) {
    const answer = post(camera(), each.body, each.contentType);
    t.equal(answer.status, 200);
    t.same([answer.observations, answer.faults], [[], []]);
    t.ok(reactionTo(answer.status, answer.body).delivered);
  }
});

t.test('a clear password never leaves the body', async (t) => {
  const password = 'S3cret-of-the-camera';
  const { body, contentType } = heartbeatPost(reading.serialNumber, password);
  for (const type of [contentType, 'application/json', 'application/xml', 'text/plain']) {
    t.notMatch(JSON.stringify(post(camera(), body, type)), password, type);
  }
  const json = JSON.stringify({ AlarmInfoPlate: { pass_wd: password } });
  t.notMatch(JSON.stringify(post(camera(), json)), password);
  t.notMatch(JSON.stringify(post(camera(), json.slice(0, -1))), password);
});

t.test('no answer to any body ever makes the camera fire its relay', async (t) => {
  const known = [
    ...[{}, { text: null }, { offline: true }, { confidence: 100 }].map(
      (each) => platePost({ ...reading, ...each }).body,
    ),
    heartbeatPost('a').body,
    terminalPost('a', 0, 1).body,
    serialDataPost('a', jpeg).body,
  ];
  const types = [...vzenith.push.contentTypes, 'application/xml'];
  for (const body of known) {
    for (const type of types) {
      const { status, body: text } = post(camera(), body, type);
      t.notOk(reactionTo(status, text).firesRelay);
      t.notMatch(text, /"info":\s*"ok"|ivs_ioctrl/);
    }
  }
  const echo = fc.record({
    AlarmInfoPlate: fc.oneof(
      fc.constant({ info: 'ok' }),
      fc.record({ result: fc.record({ PlateResult: fc.dictionary(fc.string(), fc.jsonValue()) }) }),
    ),
    Response_AlarmInfoPlate: fc.constant({ info: 'ok', ivs_ioctrl: { io: 0, value: 2 } }),
    info: fc.constant('ok'),
  });
  fc.assert(
    fc.property(fc.oneof(echo, fc.jsonValue()), fc.constantFrom(...types), (body, type) => {
      const { status, body: text } = post(camera(), body, type);
      return !reactionTo(status, text).firesRelay && !/"info":\s*"ok"/.test(text);
    }),
  );
  t.ok(
    reactionTo(200, '{"Response_AlarmInfoPlate":{"info":"ok"}}').firesRelay,
    'the check can fail',
  );
});

t.test('a profile whose answer orders the camera is refused', async (t) => {
  const orders = [
    { Response_AlarmInfoPlate: { info: 'ok' } },
    { Response_AlarmInfoPlate: { info: 'OK ' } },
    { Response_AlarmInfoPlate: { info: 'no', ivs_ioctrl: { io: 0, value: 2 } } },
    { Response_AlarmInfoPlate: { info: 'no', serialData: [{ data: 'AA==' }] } },
    { list: [{ manualTrigger: 'ok' }] },
  ];
  for (const answer of orders) {
    const wrong: Profile = { ...vzenith, push: { ...vzenith.push, answer } };
    exactly(t, plateManifest.check?.({ profile: wrong, settings: { view: 'front' } }), [
      { path: /^push\.answer\./, hint: /decision/ },
    ]);
    t.throws(() => camera(wrong), /act by itself/);
  }
});

t.test('a profile that recognises what it cannot read is found', async (t) => {
  const { plate: _, ...noMap } = vzenith.push;
  exactly(t, lintPushProfile(noMap), [{ path: 'push.plate' }]);
  const unknown = {
    ...vzenith.push,
    unreadContentTypes: ['text/xml'],
    contentTypes: ['Text/JSON'],
  };
  t.equal(lintPushProfile(unknown).length, 2);
  exactly(t, plateManifest.check?.({ profile: portal, settings: { view: 'front' } }), [
    { path: 'push.plate' },
  ]);
  exactly(t, containerManifest.check?.({ profile: vzenith, settings: {} }), [
    { path: 'push.containers' },
  ]);
  const { push: __, ...bare } = vzenith;
  t.throws(() => camera(bare), /no "push" block/);
  t.throws(() => boxes(bare), /no "push" block/);
});

t.test('a camera is silent after the time its profile or its site says', async (t) => {
  const options = { profile: vzenith, settings: { view: 'front' } };
  t.equal(plateManifest.staleAfterMs(options), 90_000);
  t.equal(
    plateManifest.staleAfterMs({ ...options, settings: { view: 'front', staleAfterMs: 5000 } }),
    5000,
  );
  t.equal(containerManifest.staleAfterMs({ profile: portal, settings: {} }), 120_000);
});

const passage = { lane: 'in-1', passId: 'p-1', capturedAtMs: 1_763_965_497_321 };

t.test(
  'two boxes are seen in the order of the truck, and a portal’s own verdict is not used',
  async (t) => {
    const { body } = containerPost({
      ...passage,
      containers: [
        { position: 1, number: 'CSQU3054383', isoType: '22G1', confidence: 0.97, checkOk: false },
        { position: 'rear', number: 'MSKU0000011' },
      ],
      images: [{ view: 'left', bytes: jpeg }],
    });
    const answer = post(boxes(), body);
    t.equal(answer.status, 200);
    t.same(answer.observations, [
      {
        kind: 'containerNumberRead',
        containers: [
          { position: 'front', raw: 'CSQU3054383', isoType: '22G1', confidence: 0.97 },
          { position: 'rear', raw: 'MSKU0000011' },
        ],
        deviceEventId: 'p-1',
        replayed: false,
        capturedAtMs: 1_763_965_497_321,
      },
    ]);
    exactly(t, answer.pictures, [{ role: 'container', mediaType: 'image/jpeg' }]);
  },
);

t.test('an empty list is a statement and a missing list is none', async (t) => {
  const empty = post(boxes(), containerPost({ ...passage, containers: [] }).body);
  exactly(t, empty.observations, [{ kind: 'containerNumberRead', containers: [] }]);
  for (const containers of [undefined, null, 'none', { a: 1 }]) {
    const answer = post(boxes(), { passId: 'p-1', containers });
    t.equal(answer.status, 400, String(containers));
    t.same(answer.observations, []);
  }
});

t.test('a portal’s malformed fields are refused with the place in the list', async (t) => {
  const good = { pos: 1, number: 'CSQU3054383' };
  const cases: readonly (readonly [unknown, string])[] = [
    [[good, { ...good, number: 7 }], 'containers.1.number'],
    [[{ pos: 1 }], 'containers.0.number'],
    [['CSQU3054383'], 'containers.0'],
    [[{ ...good, isoType: 4 }], 'containers.0.isoType'],
    [[{ ...good, conf: '0.9' }], 'containers.0.conf'],
    [[{ ...good, pos: [] }], 'containers.0.pos'],
    [Array(17).fill(good), 'containers'],
  ];
  for (const [containers, path] of cases) {
    const answer = post(boxes(), { containers });
    t.equal(answer.status, 400, path);
    t.match(JSON.parse(answer.body), { path });
  }
});

t.test('a portal’s odd labels and pictures are counted and cost nothing else', async (t) => {
  const containers = [{ pos: 'upside', number: 'CSQU3054383', conf: 97 }];
  const odd = { containers, ts: '2025-11-24 14:24', images: 'none', replayed: 'later' };
  const answer = post(boxes(), odd);
  t.same(answer.observations, [
    {
      kind: 'containerNumberRead',
      containers: [{ position: 'unknown', raw: 'CSQU3054383' }],
      replayed: true,
    },
  ]);
  t.same(
    answer.faults.map((each) => each.detail?.split(':')[0]),
    ['containers.0.conf', 'images', 'ts'],
  );
  const beat = post(boxes(), containerHeartbeat('portal-1').body);
  t.same([beat.status, beat.observations], [200, []]);
});

/** Every certainty in an answer. */
function certainties(answer: PushAnswer): number[] {
  return answer.observations.flatMap((each) => {
    if (each.kind === 'plateRead') {
      return each.confidence ?? [];
    }
    return each.kind === 'containerNumberRead'
      ? each.containers.flatMap((one) => one.confidence ?? [])
      : [];
  });
}

t.test('no bytes make a camera session throw or tell anything', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      return [camera(), boxes()].every((each) => {
        const answer = post(each, bytes);
        return answer.status === 400 && answer.observations.length === 0;
      });
    }),
  );
  t.pass();
});

t.test('no JSON makes a camera session throw, and no certainty comes out of nothing', async (t) => {
  const value = fc.jsonValue({ maxDepth: 2 });
  const field = (name: string) => fc.tuple(fc.constant(name), value);
  const names = [
    'license',
    'confidence',
    'colorType',
    'isoffline',
    'plateid',
    'timeStamp',
    'imageFile',
  ];
  const plateResult = fc
    .array(fc.oneof(...names.map(field)), { maxLength: 6 })
    .map((entries) => Object.fromEntries(entries));
  const plate = plateResult.map((each) => ({ AlarmInfoPlate: { result: { PlateResult: each } } }));
  const containerFields = ['pos', 'number', 'isoType', 'conf'];
  const container = fc
    .array(fc.oneof(...containerFields.map(field)), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries));
  const capture = fc.record({
    containers: fc.array(fc.oneof(container, value)),
    ts: value,
    images: value,
  });
  fc.assert(
    fc.property(fc.oneof(plate, capture, value), (body) => {
      const said = [...JSON.stringify(body).matchAll(/"conf(?:idence)?":\s*([-\d.eE]+)/g)].map(
        Number,
      );
      const given = JSON.stringify(body).includes('"conf');
      return [camera(), boxes()].every((each) =>
        certainties(post(each, body)).every(
          (one) => one >= 0 && one <= 1 && given && said.length > 0,
        ),
      );
    }),
    { numRuns: 400 },
  );
  t.pass();
});
