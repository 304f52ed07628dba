/** The configuration of the virtual gate, as an integrator would write it for a real one. */
import { stringify } from 'yaml';
import type { VirtualLane } from './virtual-lane.ts';

export interface VirtualConfigOptions {
  readonly directory: string;
  readonly panelPort: number;
  readonly devicePushPort: number;
  readonly brokerUrl: string;
  readonly feedDirectory: string;
  readonly policyFile: string;
  readonly lanes: readonly {
    readonly laneId: string;
    readonly direction: 'in' | 'out';
    readonly ports: VirtualLane['ports'];
  }[];
}

export function virtualConfig(options: VirtualConfigOptions): string {
  const host = '127.0.0.1';
  const { directory, panelPort, devicePushPort, brokerUrl, feedDirectory, policyFile } = options;
  return stringify({
    site: 'CN-VIRTUAL',
    gate: 'gate-1',
    data: { directory },
    clock: { trust: 'synced' },
    panel: { host, port: panelPort },
    devicePush: { host, port: devicePushPort },
    uplink: { url: brokerUrl },
    feed: {
      directory: feedDirectory,
      scanEveryMs: 100,
      sources: [
        { source: 'customs', kinds: ['vehicle', 'consignment', 'proof', 'hold'] },
        { source: 'terminal', kinds: ['transaction', 'proof'] },
      ],
    },
    policies: [policyFile],
    lanes: options.lanes.map(({ laneId, direction }) => ({
      id: laneId,
      direction,
      policy: 'strict-import-export',
      requires: ['plate', 'containers', 'tag', 'weight'],
      timing: { captureTimeoutMs: 3_000, clearMs: 300, closeAfterMs: 2_000 },
    })),
    devices: options.lanes.flatMap(({ laneId, ports }) => [
      {
        id: `${laneId}-io`,
        lane: laneId,
        driver: 'io-modbus',
        profile: 'io-module/waveshare-modbus-poe-eth-relay-b',
        transport: { kind: 'modbusTcp', host, port: ports.ioModule },
      },
      {
        id: `${laneId}-scale`,
        lane: laneId,
        driver: 'weighbridge-stream',
        profile: 'weighbridge/yaohua-xk3190-continuous',
        transport: { kind: 'tcp', host, port: ports.weighbridge },
      },
      {
        id: `${laneId}-rfid`,
        lane: laneId,
        driver: 'rfid-stream',
        profile: 'rfid-reader/uhfreader288',
        transport: { kind: 'tcp', host, port: ports.reader },
      },
      {
        id: `${laneId}-plate`,
        lane: laneId,
        driver: 'plate-camera-http',
        profile: 'plate-camera/vzenith-r-series',
        transport: { kind: 'httpPush', path: `/devices/${laneId}/plate` },
        settings: { view: 'front' },
      },
      {
        id: `${laneId}-boxes`,
        lane: laneId,
        driver: 'container-camera-http',
        profile: 'container-camera/generic-json',
        transport: { kind: 'httpPush', path: `/devices/${laneId}/containers` },
      },
    ]),
  });
}
