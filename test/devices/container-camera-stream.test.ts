import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { ContainerPortal, captureLine } from '../../devices/container-camera-stream/emulator.ts';
import { manifest } from '../../devices/container-camera-stream/manifest.ts';
import { tcpStream } from '../../src/adapters/transport/tcp-stream.ts';
import type { ContainerNumberRead } from '../../src/core/observation.ts';
import type { StreamSession } from '../../src/driver-kit/contract.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { hostByteMachine } from '../../src/simulation/byte-machine-host.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import { cutUp } from '../support/isapi-profile.ts';
import { repositoryFile } from '../support/repository.ts';

const name = 'container-camera/generic-line';
const json = () =>
  JSON.parse(readFileSync(repositoryFile(`firmware-profiles/${name}.json`), 'utf8'));

const parsed = parseProfile(json());
if (parsed.kind !== 'profile') throw new Error(JSON.stringify(parsed.findings));
const profile: FirmwareProfile = parsed.profile;

function session(): StreamSession {
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  const made = manifest.session({ profile, settings: {} });
  made.opened({ wallMs: 0, monotonicMs: 0 });
  return made;
}

function hear(pieces: readonly Uint8Array[], to: StreamSession = session()) {
  const outputs = pieces.map((bytes, i) =>
    to.received({ bytes, receivedAt: { wallMs: 0, monotonicMs: i / 100 } }),
  );
  outputs.push(to.tick({ wallMs: 0, monotonicMs: pieces.length / 100 + 2_000 }));
  return {
    reads: outputs.flatMap((output) => output.observations) as ContainerNumberRead[],
    faults: [...new Set(outputs.flatMap((output) => output.faults.map(({ code }) => code)))],
    good: outputs.reduce((sum, output) => sum + (output.goodMessages ?? 0), 0),
  };
}

const front = { number: 'CSQU3054383', isoType: '22G1', confidence: 97, position: 'F' } as const;
const rear = { number: 'TCLU4738789', position: 'R' } as const;
const both: ContainerNumberRead = {
  kind: 'containerNumberRead',
  containers: [
    { position: 'front', raw: 'CSQU3054383', isoType: '22G1', confidence: 0.97 },
    { position: 'rear', raw: 'TCLU4738789' },
  ],
  deviceEventId: '1',
  replayed: false,
};

t.test('the portal of another hand is read, in whatever pieces it comes', async (t) => {
  const portal = new ContainerPortal();
  portal.capture([front, rear]);
  const lines = [...portal.tick(0)];
  portal.capture([]);
  lines.push(...portal.tick(20_000));
  const bytes = Buffer.concat(lines);
  const whole = hear([bytes]);
  t.strictSame(whole, {
    reads: [
      both,
      { kind: 'containerNumberRead', containers: [], deviceEventId: '2', replayed: false },
    ],
    faults: [],
    good: 4,
  });
  t.strictSame(hear(cutUp(bytes, [1])), whole, 'byte by byte');
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(sizes, (cuts) => {
      t.strictSame(hear(cutUp(bytes, cuts)), whole);
    }),
    { numRuns: 100 },
  );
});

t.test('a damaged line is counted, yields no reading, and costs no other line', async (t) => {
  const damages = [
    ['garbage', 'frame-garbage'],
    ['checksum', 'frame-checksum'],
    ['truncated', 'frame-checksum'],
  ] as const;
  for (const [damage, code] of damages) {
    const portal = new ContainerPortal();
    portal.damageNext(damage);
    portal.capture([front]);
    portal.capture([front, rear]);
    const { reads, faults } = hear([Buffer.concat([...portal.tick(0)])]);
    t.strictSame(reads, [{ ...both, deviceEventId: '2' }], damage);
    t.ok(faults.includes(code), `${damage}: ${faults}`);
  }
});

t.test('half a line that nothing follows is given up', async (t) => {
  const line = Buffer.from(captureLine('7', [front]));
  const { reads, faults, good } = hear([line.subarray(0, 30)]);
  t.strictSame([reads, good], [[], 0]);
  t.ok(faults.includes('frame-idle'));
});

t.test('lines of nobody throw nothing and yield no reading', async () => {
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.stringMatching(/^\$CN,[0-9]{1,3}(,[A-Z0-9]{0,5}){0,10}\*[0-9A-F]{2}$/),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 5 }), (lines) => {
      // A check that is right by chance is not what this is about.
      const bytes = Buffer.from(lines.map((line) => `${line.replaceAll('*', '!')}\r\n`).join(''));
      return hear([bytes]).reads.length === 0;
    }),
    { numRuns: 1_000 },
  );
});

t.test('a profile whose tests would not notice a wrong column is refused', async (t) => {
  const changes: readonly (readonly [(stream: Stream) => void, RegExp])[] = [
    [
      ({ tests }) => drop(tests, ['two', 'the rear']),
      /no test .* tells (two containers|a position)/,
    ],
    [({ frames }) => Object.assign(frames[0]?.containers ?? {}, { columns: [9, 4] }), /9 to 4/],
    [({ frames }) => Object.assign(frames[0]?.containers ?? {}, { id: 20 }), /column 20 is not in/],
    [
      ({ frames }) => Object.assign(frames[0]?.containers ?? {}, { positions: { F: 'rear' } }),
      /told/,
    ],
  ];
  for (const [change, expected] of changes) {
    const changed = json();
    change(changed.stream);
    const parsed = parseProfile(changed);
    t.equal(parsed.kind, 'invalid');
    t.match(JSON.stringify(parsed), expected);
  }
});

interface Stream {
  tests: { name: string }[];
  frames: { containers?: object }[];
}

/** The tests without those whose names begin so. */
function drop(tests: Stream['tests'], names: readonly string[]): void {
  const kept = tests.filter((test) => !names.some((each) => test.name.startsWith(each)));
  tests.splice(0, tests.length, ...kept);
}

t.test(
  'another number of columns, a certainty out of scale, a line that is sent again',
  async (t) => {
    const changed = json();
    const [frame] = changed.stream.frames;
    changed.stream.tests = changed.stream.tests.filter((test: { reject?: string }) => !test.reject);
    frame.pattern = '[A-Za-z0-9,.]*\\*[0-9A-F]{2}';
    frame.containers = {
      ...frame.containers,
      columns: [5, 6],
      items: [{ number: 1, confidence: 3, position: 'single' }],
      live: { column: 5, values: ['N'] },
    };
    const of = { ...profile, stream: changed.stream };
    if (manifest.shape !== 'stream') throw new TypeError('another shape');
    const line = (text: string) => {
      const check = [...Buffer.from(text)].reduce((sum, byte) => sum ^ byte, 0);
      return Buffer.from(`$${text}*${check.toString(16).toUpperCase().padStart(2, '0')}\r\n`);
    };
    const told = (text: string) => {
      const made = manifest.shape === 'stream' && manifest.session({ profile: of, settings: {} });
      if (!made) throw new TypeError('another shape');
      const { reads, faults } = hear([line(text)], made);
      return [...reads.map(({ replayed, containers }) => [replayed, ...containers]), ...faults];
    };
    const seen = { position: 'single', raw: 'CSQU3054383' };
    t.strictSame(told('CN,1,CSQU3054383,22G1,50,S,N'), [[false, { ...seen, confidence: 0.5 }]]);
    t.strictSame(told('CN,1,CSQU3054383,22G1,50,S,Y'), [[true, { ...seen, confidence: 0.5 }]]);
    t.strictSame(told('CN,1,CSQU3054383,22G1,500,S,N'), [[false, seen], 'frame-undecodable']);
    t.strictSame(told('CN,1,CSQU3054383,22G1'), ['frame-undecodable']);
    t.strictSame(told('CN,1,CSQU3054383,22G1,50,S,N,more'), ['frame-undecodable']);
  },
);

t.test('over TCP, with a connection that is cut in between', async (t) => {
  const portal = new ContainerPortal();
  const host = await hostByteMachine(portal);
  const transport = tcpStream({
    host: '127.0.0.1',
    port: host.port,
    connectTimeoutMs: 1_000,
    clock,
  });
  const camera = await deviceOn(name, { stream: transport });
  await camera.device.start();
  const until = async (isSo: () => boolean) => {
    for (let i = 0; i < 400 && !isSo(); i += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    t.ok(isSo());
  };
  await new Promise((resolve) => setTimeout(resolve, 50));
  portal.capture([front, rear]);
  host.tick(0);
  await until(() => camera.of('containerNumberRead').length === 1);
  host.cut();
  await until(() => camera.of('deviceHealth').at(-1)?.state === 'down');
  await new Promise((resolve) => setTimeout(resolve, 600));
  portal.capture([front]);
  host.tick(20_000);
  await until(() => camera.of('containerNumberRead').length === 2);
  t.strictSame(camera.of('containerNumberRead')[0], both);
  await camera.device.stop();
  await host.close();
});
