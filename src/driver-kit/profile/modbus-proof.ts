/** Runs the tests a `modbus` block carries against a driver's session. */
import type { Instant } from '../../core/time.ts';
import type {
  DeviceOrder,
  ExchangeSession,
  ModbusReply,
  OrderPlan,
  OrderStep,
  SessionOutput,
} from '../contract.ts';
import type { ProfileFinding } from './finding.ts';
import type { ModbusProfile } from './modbus.ts';
import type { ModbusTest } from './modbus-test.ts';
import type { Wiring } from './modbus-wiring.ts';

const start: Instant = { wallMs: 0, monotonicMs: 0 };
const hint = 'correct the map or the test, whichever the manual contradicts';

type Reply = Pick<ModbusTest, 'poll' | 'bits' | 'words'>;

function replyOf(test: Reply): ModbusReply | undefined {
  if (test.bits !== undefined) {
    const bits = [...test.bits.replaceAll(' ', '')].map((bit) => bit === '1');
    return { kind: 'bits', bits };
  }
  return test.words && { kind: 'words', words: test.words };
}

/** What is known after some outputs. */
class Known {
  readonly points = new Map<string, string>();
  readonly values = new Map<string, number>();
  readonly alarms = new Set<string>();
  barrier: string | undefined;

  take(output: SessionOutput): void {
    for (const observation of output.observations) {
      if (observation.kind === 'barrierPosition') this.barrier = observation.position;
      if (observation.kind === 'inputChange') this.points.set(observation.point, observation.state);
      if (observation.kind === 'deviceAlarm') {
        if (observation.state === 'raised') this.alarms.add(observation.code);
        else this.alarms.delete(observation.code);
      }
    }
    for (const [name, value] of Object.entries(output.values ?? {})) this.values.set(name, value);
  }
}

/** A step as a test writes it down. */
function wire(step: OrderStep): object {
  switch (step.kind) {
    case 'write':
      return step.request;
    case 'wait':
      return { waitMs: step.ms };
    case 'prove':
      return step.request;
  }
}

const sorted = (value: object) => JSON.stringify(Object.entries(value).sort());

function proveSteps(
  got: readonly OrderStep[],
  expected: readonly object[],
  place: { readonly path: string; readonly what: string },
): ProfileFinding[] {
  const wired = got.map(wire);
  if (wired.map(sorted).join() === expected.map(sorted).join()) return [];
  return [{ path: place.path, message: `${place.what} became ${JSON.stringify(wired)}`, hint }];
}

function proveKnown(test: ModbusTest, known: Known, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const differs = (what: string, expected: unknown, found: unknown) => {
    if (expected === found) return;
    findings.push({
      path: `${path}.expect`,
      message: `"${test.title}": ${what} should be ${expected} and is ${found ?? 'not reported'}`,
      hint,
    });
  };
  const { barrier, inputs = {}, values = {}, alarms } = test.expect ?? {};
  if (barrier !== undefined) differs('the arm', barrier, known.barrier);
  for (const [point, state] of Object.entries(inputs))
    differs(point, state, known.points.get(point));
  for (const [name, value] of Object.entries(values)) differs(name, value, known.values.get(name));
  if (alarms) differs('alarms', [...alarms].sort().join(), [...known.alarms].sort().join());
  return findings;
}

/**
 * `makeSession` gives a fresh session of the driver for this profile, with the test's wiring where it brings
 * one.
 */
export function proveModbusProfile(
  block: ModbusProfile,
  makeSession: (wiring: Wiring | undefined) => ExchangeSession,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const path = `modbus.tests.${index}`;
    const session = makeSession(test.wiring);
    const known = new Known();
    known.take(session.opened(start));
    for (const each of [...(test.given ?? []), test]) {
      const reply = replyOf(each);
      const poll = each.poll ?? block.polls[0]?.id ?? '';
      if (reply) known.take(session.replied(poll, reply, start));
    }
    const findings = proveKnown(test, known, path);
    if (test.resync) {
      const place = { path: `${path}.resync`, what: `"${test.title}": the resync` };
      findings.push(...proveSteps(session.resync(), test.resync, place));
    }
    if (test.order && test.requests) {
      const limit = { now: start, notAfterMonotonicMs: start.monotonicMs + 1_000 };
      const plan: OrderPlan = session.order(test.order as DeviceOrder, limit);
      const place = { path: `${path}.requests`, what: `"${test.title}": the order` };
      findings.push(...proveSteps([...plan.steps, ...plan.release], test.requests, place));
    }
    return findings;
  });
}
