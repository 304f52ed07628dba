import { type Check, notApplicable, pass, unknown } from '../check.ts';

/** Every station ahead of the lane has a capture of this vehicle, known by its plate or tag. */
export const portalJoined: Check = {
  id: 'portal-joined',
  on: 'readings',
  reasons: {
    'portal-not-joined': {
      zh: '前置采集点 {station} 没有该车的采集记录',
      en: 'station {station} ahead of the lane has no capture of this vehicle',
    },
  },
  evaluate({ identification: { stations } }) {
    if (!stations) return notApplicable;
    const awaited = stations.find(({ state }) => state === 'awaited');
    return awaited ? unknown('portal-not-joined', { station: awaited.stationId }) : pass;
  },
};
