/** The gate's part in evidence pictures: whose they are is told to the store, what fails there to people. */
import type { PassageId } from '../core/identity.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { PictureReference } from '../core/observation.ts';
import type { PictureEvents, PictureStore } from '../ports/pictures.ts';
import type { DeviceHeart } from './device.ts';

interface GatePictures {
  tell(type: EventDraft['type'], data: EventDraft['data']): void;
  log(level: 'info' | 'error', message: string, detail: Readonly<Record<string, unknown>>): void;
  heartOf(deviceId: string): DeviceHeart | undefined;
  /** Hashes of pictures that are truncated or damaged, the newest last. */
  readonly broken: Set<string>;
  changed(key: string): void;
}

/** As many as all lanes may show. */
const brokenMax = 1_024;

function rememberBroken(broken: Set<string>, sha256: string): void {
  broken.add(sha256);
  const [oldest] = broken;
  if (broken.size > brokenMax && oldest !== undefined) broken.delete(oldest);
}

export function pictureEvents({
  tell,
  log,
  heartOf,
  broken,
  changed,
}: GatePictures): PictureEvents {
  return {
    faulted: ({ deviceId, sha256, code, detail }) => {
      const heart = heartOf(deviceId);
      heart?.faulted(code, detail);
      if (code === 'picture-check-failed') return;
      rememberBroken(broken, sha256);
      if (heart) changed(`lane:${heart.settings.laneId}`);
    },
    standing: (code, isOver, detail) => {
      if (isOver) log('info', 'pictures: a fault is over', { code });
      else log('error', 'pictures: a fault', { code, detail });
      tell(isOver ? 'alarm.ended.v1' : 'alarm.raised.v1', { code });
    },
  };
}

/** Called with what was committed: entries that name pictures say whose these are. */
export function tellBelonging(store: PictureStore | undefined, { events }: LedgerChange): void {
  for (const { type, subject, data } of events) {
    if (type !== 'passage.decided.v1' && type !== 'passage.pictured.v1') continue;
    const pictures = data['pictures'] as readonly PictureReference[] | undefined;
    if (!pictures) continue;
    const sha256s = pictures.map(({ sha256 }) => sha256);
    store?.belong(subject as PassageId, sha256s);
  }
}
