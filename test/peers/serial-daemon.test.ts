import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ModbusRtuHost } from '../../src/simulation/modbus-rtu-host.ts';
import { planned } from '../faults/planned.ts';
import { missing, startPeer, until } from '../support/peers.ts';
import { serialLine } from '../support/serial-line.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { VirtualSite } from '../support/virtual-site.ts';

interface Device {
  id: string;
  transport: { kind: string; port: number };
}

t.test(
  'a truck passes a lane whose module, weighbridge and reader hang on serial lines, without udevadm',
  { skip: missing('socat') },
  async (t) => {
    const folder = temporaryFolder();
    const tcpPorts = new Map<string, number>();
    const lines = { 'in-1-scale': join(folder, 'scale'), 'in-1-rfid': join(folder, 'reader') };
    const site = await VirtualSite.start(t, {
      lanes: [{ laneId: 'in-1', direction: 'in' }],
      configure(config) {
        for (const device of config['devices'] as Device[]) {
          tcpPorts.set(device.id, device.transport.port);
          const path = lines[device.id as keyof typeof lines];
          if (path !== undefined) Object.assign(device, { transport: { kind: 'serial', path } });
          if (device.id === 'in-1-io') {
            Object.assign(device, { transport: { kind: 'modbusRtu', path: join(folder, 'ours') } });
          }
        }
      },
    });
    const { module } = site.lane('in-1');
    await serialLine(t, new ModbusRtuHost({ units: new Map([[1, module]]) }), folder);
    for (const [id, path] of Object.entries(lines)) {
      startPeer(t, 'socat', [`pty,raw,echo=0,link=${path}`, `tcp:127.0.0.1:${tcpPorts.get(id)}`]);
      await until(() => existsSync(path), `the line of ${id}`);
    }
    const { PATH } = process.env;
    const empty = join(folder, 'no-programs');
    mkdirSync(empty);
    process.env['PATH'] = empty;
    try {
      await site.startDaemon();
    } finally {
      process.env['PATH'] = PATH;
    }
    const passed = await site.pass(
      'in-1',
      planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] }),
    );
    t.equal(passed, 'crossed');
    await site.until(() => site.outcomes().length === 1, 'the passage has ended');
    t.strictSame(site.outcomes(), ['passed']);
    t.equal(
      module.writes.filter(({ address, value }) => address === 0x0200 && value > 0).length,
      1,
      'the arm was raised once',
    );
    await site.wholeAtCentre(t);
  },
);
