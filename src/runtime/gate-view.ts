/** What the screens show beside the lanes: devices and sources of the feed. */
import { watermarkAheadMsMax } from '../core/clearance/freshness.ts';
import { faultText } from '../core/fault-codes.ts';
import type { ReleaseFacts } from '../ports/release-facts.ts';
import type { DeviceHeart } from './device.ts';
import type { OutboxStanding } from './outbox.ts';
import type { DeviceView, FaultView, FeedSourceView, LaneView, UplinkView } from './read-model.ts';

/** A lane without a device that it cannot do without. */
export function disabledView(view: LaneView): LaneView {
  const serviceCause = faultView('device-absent-at-start');
  return { ...view, serviceMode: 'outOfService', serviceCause };
}

export function feedSourceViews(
  facts: Pick<ReleaseFacts, 'sources' | 'quarantined'>,
  { nowWallMs, staleAfterMs }: { readonly nowWallMs: number; readonly staleAfterMs: number },
): readonly FeedSourceView[] {
  const quarantined = facts.quarantined();
  return facts.sources().map(({ source, kinds, watermarkAtMs, gaps }) => {
    const ageMs = watermarkAtMs === undefined ? undefined : nowWallMs - watermarkAtMs;
    return {
      source,
      kinds,
      ...(ageMs !== undefined && watermarkAtMs !== undefined && { ageMs, watermarkAtMs }),
      staleAfterMs,
      stale: ageMs === undefined || ageMs > staleAfterMs || ageMs < -watermarkAheadMsMax,
      gaps,
      quarantined: quarantined.get(source) ?? 0,
    };
  });
}

export function uplinkView({ acknowledged, ...standing }: OutboxStanding): UplinkView {
  return { ...standing, acknowledgedThrough: acknowledged };
}

export function faultView(code: string): FaultView {
  return { code, text: faultText(code) };
}

export function deviceView(heart: DeviceHeart): DeviceView {
  const { deviceId, laneId, fault, lastGoodAgeMs, experimental, ...standing } = heart.standing();
  // A camera says nothing before its first vehicle; that must not look like a broken one.
  const state = fault === 'not-heard' ? 'silent' : standing.state;
  const { goodMessages, droppedBytes, openings, faults, values } = standing;
  return {
    deviceId,
    laneId,
    kind: heart.settings.manifest.kind,
    state,
    ...(lastGoodAgeMs !== undefined && { lastGoodAgeMs }),
    ...(fault !== undefined && { fault: faultView(fault) }),
    experimental,
    counters: { goodMessages, droppedBytes, openings, ...faults, ...values },
  };
}
