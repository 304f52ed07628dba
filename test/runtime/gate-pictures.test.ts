/** What the gate tells the store of pictures, and people of its faults. */
import t from 'tap';
import type { EventDraft } from '../../src/core/journal/events.ts';
import type { PictureStore } from '../../src/ports/pictures.ts';
import type { DeviceHeart } from '../../src/runtime/device.ts';
import { pictureEvents, tellBelonging } from '../../src/runtime/gate-pictures.ts';

t.test('entries that name pictures say whose they are', async (t) => {
  const told: unknown[] = [];
  const store = { belong: (...given: unknown[]) => told.push(given) } as unknown as PictureStore;
  const event = (type: EventDraft['type'], data: EventDraft['data']): EventDraft => ({
    ...{ type, subject: 'p-1', timeMs: 0, data },
  });
  const pictures = [{ sha256: 'a' }, { sha256: 'b' }];
  const events = [
    event('passage.decided.v1', { pictures }),
    event('passage.decided.v1', {}),
    event('passage.pictured.v1', { pictures: [{ sha256: 'c' }] }),
    event('passage.ended.v1', { pictures }),
  ];
  tellBelonging(store, { events });
  t.strictSame(told, [
    ['p-1', ['a', 'b']],
    ['p-1', ['c']],
  ]);
  t.doesNotThrow(() => tellBelonging(undefined, { events }));
});

t.test(
  'what fails for all is an alarm that ends; what fails for one counts at its device',
  async (t) => {
    const told: unknown[] = [];
    const log: unknown[] = [];
    const faults: unknown[] = [];
    const broken = new Set<string>();
    const changed: string[] = [];
    const heart = {
      settings: { laneId: 'in-1' },
      faulted: (...given: unknown[]) => faults.push(given),
    } as unknown as DeviceHeart;
    const events = pictureEvents({
      tell: (type, data) => told.push([type, data]),
      log: (level, _message, detail) => log.push([level, detail]),
      heartOf: (deviceId) => (deviceId === 'camera-1' ? heart : undefined),
      broken,
      changed: (key) => changed.push(key),
    });
    events.standing('pictures-not-stored', false, '/srv/x: ENOSPC');
    events.standing('pictures-not-stored', true, '');
    t.strictSame(told, [
      ['alarm.raised.v1', { code: 'pictures-not-stored' }],
      ['alarm.ended.v1', { code: 'pictures-not-stored' }],
    ]);
    t.match(log, [
      ['error', { detail: '/srv/x: ENOSPC' }],
      ['info', {}],
    ]);
    const fault = (
      deviceId: string,
      sha256: string,
      code: 'picture-truncated' | 'picture-check-failed',
    ) => events.faulted({ deviceId, sha256, code, detail: 'why' });
    fault('camera-1', 'a', 'picture-truncated');
    fault('gone', 'b', 'picture-truncated');
    fault('camera-1', 'c', 'picture-check-failed');
    t.strictSame(faults, [
      ['picture-truncated', 'why'],
      ['picture-check-failed', 'why'],
    ]);
    t.strictSame([...broken], ['a', 'b'], 'of the third nothing is known');
    t.strictSame(changed, ['lane:in-1'], 'the screens learn of it');
    for (let n = 0; n < 2_000; n += 1) fault('gone', `n${n}`, 'picture-truncated');
    t.equal(broken.size, 1_024);
    t.ok(broken.has('n1999'));
  },
);
