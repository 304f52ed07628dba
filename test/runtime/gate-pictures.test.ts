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
    const heart = {
      faulted: (...given: unknown[]) => faults.push(given),
    } as unknown as DeviceHeart;
    const events = pictureEvents({
      tell: (type, data) => told.push([type, data]),
      log: (level, _message, detail) => log.push([level, detail]),
      heartOf: (deviceId) => (deviceId === 'camera-1' ? heart : undefined),
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
    events.faulted('camera-1', 'picture-truncated', 'why');
    events.faulted('gone', 'picture-truncated', 'why');
    t.strictSame(faults, [['picture-truncated', 'why']]);
  },
);
