/** The virtual gate as a process: options as JSON in its argument, notes as JSON lines on its output. */
import {
  VirtualGate,
  type VirtualGateOptions,
  virtualLanes,
} from '../../src/simulation/virtual-gate.ts';

const say = (note: unknown) => process.stdout.write(`${JSON.stringify(note)}\n`);
const options = JSON.parse(process.argv[2] ?? '{}') as Omit<VirtualGateOptions, 'tell'>;
const gate = await VirtualGate.start({ ...options, tell: say });
say({
  note: 'ready',
  lanes: gate.lanes.map(({ laneId, ports }) => ({
    laneId,
    direction: virtualLanes.find((lane) => lane.laneId === laneId)?.direction,
    ports,
  })),
});
process.stdin.once('data', () => {
  gate.run().catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
process.once('SIGTERM', () => {
  gate.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
