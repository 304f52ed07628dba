/** From what a lane or a person wants done to the device that does it. */
import type { EventDraft } from '../core/journal/events.ts';
import type { DriverNotice } from '../core/lane/lane-types.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommitResult } from '../ports/ledger.ts';
import type { Timers } from '../ports/timers.ts';
import type { OrderResult, RunningDevice } from './device.ts';
import type { LaneRunnerPorts } from './lane-ports.ts';

/** Lights are not worth waiting for longer than this, ms. */
const lightWithinMs = 2_000;
const clearWithinMs = 2_000;

/** Orders of a lane go to its barrier; a lane without one carries nothing out. */
export function laneOrders(
  devices: readonly RunningDevice[],
  clock: Clock,
): Pick<LaneRunnerPorts, 'order' | 'light'> {
  const barrier = () =>
    devices.find(({ heart }) => heart.settings.manifest.capabilities.includes('Barrier'));
  return {
    order({ kind, purpose, notAfterMonotonicMs, withdrawn }) {
      const safety = kind === 'barrierOpen' && purpose === 'safetyRaise';
      const order = safety ? ({ kind, safety } as const) : { kind };
      return barrier()?.order(order, notAfterMonotonicMs, withdrawn) ?? Promise.resolve('failed');
    },
    light(colour) {
      const notAfterMs = clock.now().monotonicMs + lightWithinMs;
      // Whether the lamp took it shows in the device's counters; nobody waits for it.
      barrier()
        ?.order({ kind: 'light', colour }, notAfterMs)
        .catch(() => undefined);
    },
  };
}

/** `unknownDevice` and `unrecorded`: nothing was ordered. */
export type ClearResult = OrderResult | 'unknownDevice' | 'unrecorded';

/**
 * What the driver is told goes to the lane's displays, after everything that is being done now: an order never
 * waits for it. Of notices that come in the same moment only the newest is shown.
 */
export function laneNotices(
  devices: readonly RunningDevice[],
  { timers, laneId }: { readonly timers: Timers; readonly laneId: string },
): Required<Pick<LaneRunnerPorts, 'notice'>> {
  let newest: DriverNotice | undefined;
  const show = () => {
    const notice = newest;
    newest = undefined;
    if (!notice) return;
    for (const device of devices) {
      if (device.heart.settings.manifest.capabilities.includes('TextDisplay'))
        device.show?.(notice);
    }
  };
  return {
    notice(notice) {
      if (newest === undefined) timers.start(`${laneId}/notice`, 0, show);
      newest = notice;
    },
  };
}

/**
 * The outputs of a device are given back only as the act of a person, and the act is in the journal before
 * anything is written. Nothing in kakou does this by itself.
 */
export async function clearSafeState(
  device: RunningDevice | undefined,
  act: {
    readonly person: string;
    readonly clock: Clock;
    commit(type: EventDraft['type'], data: EventDraft['data']): CommitResult;
  },
): Promise<ClearResult> {
  const { person, clock, commit } = act;
  if (!device) return 'unknownDevice';
  if (person === '') return 'failed';
  const { laneId } = device.heart.settings;
  const committed = commit('device.safeStateClearOrdered.v1', { laneId, person });
  if (committed.kind !== 'committed') return 'unrecorded';
  return device.order({ kind: 'clearSafeState' }, clock.now().monotonicMs + clearWithinMs);
}
