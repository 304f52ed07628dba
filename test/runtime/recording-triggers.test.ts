import t from 'tap';
import type { EventDraft, EventType } from '../../src/core/journal/events.ts';
import type { RecordingCause } from '../../src/ports/recording.ts';
import { Recorder } from '../../src/runtime/recorder.ts';
import { RecordingTriggers } from '../../src/runtime/recording-triggers.ts';
import { FakeTime } from '../support/fake-timers.ts';

function rig(save: () => Promise<string> = async () => 'file') {
  const time = new FakeTime();
  const saved: { cause: RecordingCause; atMs: number }[] = [];
  const logged: object[] = [];
  const startMs = time.now().monotonicMs;
  const triggers = new RecordingTriggers({
    recorder: new Recorder({ bytesMax: 10_000, keepMs: 60_000 }, ['a']),
    store: {
      save(_recording, cause) {
        saved.push({ cause, atMs: time.now().monotonicMs - startMs });
        return save();
      },
    },
    clock: time,
    timers: time,
    afterMs: 5_000,
    everyMs: 60_000,
    log: (level, message, detail) => logged.push({ level, message, ...detail }),
  });
  const tell = (type: EventType, data: EventDraft['data'] = {}, subject = 's') =>
    triggers.committed({ events: [{ type, subject, timeMs: 0, data }] });
  return { time, saved, logged, triggers, tell };
}

t.test(
  'a lost device, an alarm and a passage that ends ill are saved, a little later',
  async (t) => {
    const causes = [
      [
        'device.faulted.v1',
        { state: 'down', code: 'port-lost' },
        { trigger: 'device', code: 'port-lost' },
      ],
      ['alarm.raised.v1', { code: 'arm-stuck' }, { trigger: 'alarm', code: 'arm-stuck' }],
      ['barrier.movedUncommanded.v1', {}, { trigger: 'alarm' }],
      ['passage.ended.v1', { outcome: 'referred' }, { trigger: 'passage', code: 'referred' }],
      ['passage.ended.v1', { outcome: 'tailgated' }, { trigger: 'passage', code: 'tailgated' }],
    ] as const;
    for (const [type, data, cause] of causes) {
      const { time, saved, tell } = rig();
      tell(type, data);
      await time.pass(4_900);
      t.strictSame(saved, [], 'what follows is to be in it');
      await time.pass(200);
      t.match(saved, [{ cause: { ...cause, subject: 's' } }]);
    }
  },
);

t.test('what is as it should be gives no cause', async (t) => {
  const { time, saved, tell } = rig();
  tell('passage.ended.v1', { outcome: 'passed' });
  tell('passage.ended.v1', { outcome: 'withdrawn' });
  tell('device.recovered.v1', { state: 'up' });
  tell('alarm.ended.v1', { code: 'x' });
  tell('passage.decided.v1', { disposition: 'refer' });
  await time.pass(120_000);
  t.strictSame(saved, []);
});

t.test('many faults are few files', async (t) => {
  const { time, saved, tell } = rig();
  for (let n = 0; n < 1_000; n += 1) {
    tell('alarm.raised.v1', { code: `c${n}` });
    await time.pass(200);
  }
  await time.pass(120_000);
  t.strictSame(
    saved.map(({ atMs }) => Math.round(atMs / 1_000)),
    [5, 65, 125, 185, 245].filter((s) => saved.length > [5, 65, 125, 185, 245].indexOf(s)),
  );
  t.ok(saved.length >= 4 && saved.length <= 5, `${saved.length}`);
  t.match(saved[0], { cause: { code: 'c0' } });
});

t.test('a file that cannot be written is told, and the next one is tried', async (t) => {
  const { time, saved, logged, tell } = rig(async () => {
    throw new Error('ENOSPC');
  });
  tell('alarm.raised.v1', { code: 'a' });
  await time.pass(6_000);
  t.match(logged, [{ level: 'error', error: 'Error: ENOSPC', code: 'a' }]);
  tell('alarm.raised.v1', { code: 'b' });
  await time.pass(61_000);
  t.equal(saved.length, 2);
});

t.test('what waits is saved at the stop, and nothing else', async (t) => {
  const { saved, tell, triggers } = rig();
  await triggers.stop();
  t.strictSame(saved, []);
  tell('alarm.raised.v1', { code: 'a' });
  await triggers.stop();
  t.match(saved, [{ cause: { code: 'a' } }]);
});
