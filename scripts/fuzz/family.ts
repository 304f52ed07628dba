/** A family of inputs with what must hold for each of them. */
import fc from 'fast-check';

export interface FuzzRun {
  readonly numRuns: number;
  readonly seed: number;
  /** Of a case that failed before: it alone is tried, and made smaller. */
  readonly path?: string;
  /** Called before each case. */
  readonly begun?: () => void;
}

export interface FuzzFamily {
  /** Kind and name of the profile, or what is read without one. */
  readonly name: string;
  check(run: FuzzRun): FuzzResult;
}

export interface FuzzResult {
  readonly cases: number;
  /** The smallest case that fails, why, and how to try it again; absent where all held. */
  readonly failure?: string;
}

/**
 * Far more than any input may cost: processor time, so that a busy machine makes no difference. A case that never
 * ends is the business of `watched-run.ts`.
 */
const caseCpuMsMax = 2_000;

/** `judge` throws with the reason where something does not hold. */
export function familyOf<Case>(
  name: string,
  cases: fc.Arbitrary<Case>,
  judge: (each: Case) => void,
): FuzzFamily {
  return {
    name,
    check({ numRuns, seed, path, begun }) {
      const property = fc.property(cases, (each) => {
        begun?.();
        const before = process.cpuUsage();
        judge(each);
        const { user, system } = process.cpuUsage(before);
        demand((user + system) / 1_000 <= caseCpuMsMax, 'one input costs seconds');
      });
      const details = fc.check(property, { numRuns, seed, ...(path !== undefined && { path }) });
      if (!details.failed) return { cases: details.numRuns };
      const report = fc.defaultReportMessage(details);
      return { cases: details.numRuns, failure: `${details.errorInstance}\n${report}` };
    },
  };
}

export function demand(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new Error(otherwise);
}
