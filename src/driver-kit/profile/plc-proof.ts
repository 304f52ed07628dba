/** Runs the tests a `plc` block carries against a driver's session. */
import type { Instant } from '../../core/time.ts';
import type { ExchangeSession } from '../contract.ts';
import type { ProfileFinding } from './finding.ts';
import type { PlcProfile } from './plc.ts';

const start: Instant = { wallMs: 0, monotonicMs: 0 };
const hint =
  'correct the profile or the test, whichever docs/reference/plc-interface.md contradicts';

/** `makeSession` gives a fresh session of the driver for this profile. */
export function provePlcProfile(
  block: PlcProfile,
  makeSession: () => ExchangeSession,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const findings: ProfileFinding[] = [];
    const differs = (what: string, expected: unknown, found: unknown) => {
      if (JSON.stringify(expected) === JSON.stringify(found)) return;
      const message = `"${test.title}": ${what} should be ${JSON.stringify(expected)} and is ${JSON.stringify(found)}`;
      findings.push({ path: `plc.tests.${index}`, message, hint });
    };
    const session = makeSession();
    const opened = session.opened(start);
    const replied = session.replied('state', { kind: 'words', words: test.words }, start);
    const known = new Map<string, string>();
    for (const each of [...opened.observations, ...replied.observations]) {
      if (each.kind === 'inputChange') known.set(each.point, each.state);
      if (each.kind === 'barrierPosition') known.set('the arm', each.position);
    }
    differs('the arm', test.expect.barrier, known.get('the arm'));
    for (const [point, state] of Object.entries(test.expect.inputs ?? {})) {
      differs(point, state, known.get(point));
    }
    if (test.open) {
      const limit = { now: start, notAfterMonotonicMs: start.monotonicMs + 1_000 };
      const [step] = session.order({ kind: 'barrierOpen' }, limit).steps;
      const request = step?.kind === 'write' ? step.request : undefined;
      const values = request?.function === 16 ? request.values : undefined;
      differs('the open command', test.open, values);
    }
    return findings;
  });
}
