import t from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

t.test('a truck whose boxes come by lines of text is told its way on the display', async (t) => {
  const portalPort = await freePort();
  const displayPort = await freePort();
  const host = '127.0.0.1';
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    portalPort,
    displayPort,
    configure: (config) => {
      const devices = config['devices'] as Record<string, unknown>[];
      const portal = devices.find(({ id }) => id === 'in-1-boxes');
      Object.assign(portal ?? {}, {
        driver: 'container-camera-stream',
        profile: 'container-camera/generic-line',
        transport: { kind: 'tcp', host, port: portalPort },
      });
      devices.push({
        id: 'in-1-display',
        lane: 'in-1',
        driver: 'display-stream',
        profile: 'display/generic-frame',
        transport: { kind: 'tcp', host, port: displayPort },
      });
    },
  });
  const { display, module } = site.lane('in-1');
  await site.startDaemon();
  await site.until(() => display.rows[0] === '欢迎光临', 'the driver is welcomed');
  const seen: string[] = [];
  const watching = setInterval(() => {
    const text = display.rows[1] ?? '';
    if (text !== '' && text !== seen.at(-1)) seen.push(text);
    if (text === 'Please go' && module.arm.limitClosed) seen.push('go before a closed arm');
  }, 2);
  t.teardown(() => clearInterval(watching));
  const truck = planned({ number: 1, direction: 'in', containers: ['CSQU3054383', 'TCLU4738789'] });
  t.equal(await site.pass('in-1', truck), 'crossed');
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.outcomes(), ['passed']);
  await site.until(() => display.rows[1] === 'Welcome', 'the next driver is welcomed');
  t.strictSame(seen, ['Welcome', 'Please wait', 'Please go', 'Welcome']);
  t.equal(display.garbage, 0);
  await site.wholeAtCentre(t);
  await site.daemon?.stop();
  await site.until(() => display.rows[1] === '', 'nothing is left to be read');
});
