import t from 'tap';
import { passageIdOf } from '../../src/core/identity.ts';
import type { RecordedAct } from '../../src/ports/recording.ts';
import { recordedActs } from '../../src/runtime/recorded-ports.ts';
import { Recorder } from '../../src/runtime/recorder.ts';

const instant = { wallMs: 1_000_000, monotonicMs: 10 };

t.test('an act is kept with names and roles, and nothing of how its person came', async (t) => {
  const recorder = new Recorder({ bytesMax: 100_000, keepMs: 60_000 }, ['@gate']);
  const clock = { bootId: 'boot', now: () => instant, state: () => 'synced' as const };
  const acted = recordedActs({ channel: recorder.channel('@gate'), clock });
  const person = { name: 'clerk-1', role: 'clerk' as const };
  const session = { sessionId: 's-1', token: 'secret', passwordHash: 'secret' };
  const told: RecordedAct = {
    kind: 'acted',
    laneId: 'in-1',
    act: {
      ...{ kind: 'manualRelease', passageId: passageIdOf('p'), seen: null, reason: 'papersSeen' },
      by: { ...person, ...session, actId: 'a-1' },
      second: { name: 'officer-1', role: 'customs-officer', ...session },
    } as never,
  };
  acted(told);
  acted({ kind: 'ordered', laneId: 'in-1', act: { kind: 'drain' }, person: '王芳' });
  await Promise.resolve();
  const kept = [...recorder.snapshot(instant).entries].map(({ event }) => event);
  t.strictSame(kept, [
    {
      ...told,
      act: {
        ...{ kind: 'manualRelease', passageId: 'p', seen: null, reason: 'papersSeen' },
        by: { ...person, actId: 'a-1' },
        second: { name: 'officer-1', role: 'customs-officer' },
      },
    },
    { kind: 'ordered', laneId: 'in-1', act: { kind: 'drain' }, person: '王芳' },
  ]);
});
