/**
 * Rules broken on purpose, one at a time. Each must be found by the simulation within some seeds, by an invariant that
 * it breaks: else the auditor does not see what it is there for. A port is broken by what the simulation puts in its
 * place; a rule of the core by a line changed in a copy of the build.
 */
import type { FaultName } from '../../src/simulation/site/faults.ts';
import type { Tampering } from '../../src/simulation/site/simulated-gate.ts';
import { ports } from './tampered-ports.ts';

export interface Patch {
  /** Below `dist`. */
  readonly file: string;
  /** Stands there once. */
  readonly from: string;
  readonly to: string;
}

export interface Mutant {
  readonly name: string;
  /** The rule that does not hold any more. */
  readonly breaks: string;
  readonly faults: readonly FaultName[];
  /** Invariants of quality-bars §2 by which it may be found. */
  readonly foundBy: readonly number[];
  readonly tampering?: () => Tampering;
  readonly patches?: readonly Patch[];
}

const clear = 'src/core/clearance/clear.js';
const freshness = 'src/core/clearance/freshness.js';
const settle = 'src/core/lane/settle.js';
const movement = 'src/core/lane/movement.js';
const deciding = 'src/core/lane/deciding.js';

export const mutants: readonly Mutant[] = [
  {
    name: 'platform-answer-of-another',
    breaks: 'an answer of the customs gate platform belongs to its question by number',
    faults: ['platform'],
    foundBy: [2],
    patches: [
      {
        file: 'src/core/lane/platform.js',
        from: "return seqNo !== '' && platform?.seqNo === seqNo;",
        to: 'return platform !== undefined;',
      },
    ],
  },
  {
    name: 'platform-silence-releases',
    breaks: 'a customs gate platform that says nothing has released nobody',
    faults: ['platform'],
    foundBy: [2],
    patches: [
      {
        file: 'src/core/decision/checks/customs-verdict.js',
        from: "return unknown('platform-silent', {",
        to: 'return pass; void ({',
      },
    ],
  },
  {
    name: 'open-before-commit',
    breaks: 'an order leaves only on a committed decision',
    faults: [],
    foundBy: [1],
    tampering: ports.commitNothing,
  },
  {
    name: 'order-twice',
    breaks: 'a decision gives one opening',
    faults: [],
    foundBy: [1],
    tampering: ports.writeTwice,
  },
  {
    name: 'order-after-restart',
    breaks: 'no order of before a restart is given again',
    faults: ['crash'],
    foundBy: [1],
    tampering: ports.writeAgainOnConnect,
  },
  {
    name: 'limit-by-wall-clock',
    breaks: 'an order has a limit on the monotonic clock',
    faults: ['devices'],
    foundBy: [2],
    patches: [
      {
        file: deciding,
        from: 'notAfterMonotonicMs: turn.now.monotonicMs + settings',
        to: 'notAfterMonotonicMs: turn.now.wallMs + settings',
      },
    ],
  },
  {
    name: 'revocation-ignored',
    breaks: 'a revoked release lets nobody through',
    faults: ['revocations'],
    foundBy: [2],
    // Of a good proof itself, and of one that stands beside it.
    patches: [
      { file: clear, from: "other.state === 'revoked'", to: 'false' },
      {
        file: 'src/core/clearance/standing-revocation.js',
        from: 'return revoked.length === 0 ?',
        to: 'return true ?',
      },
    ],
  },
  {
    name: 'hold-ignored',
    breaks: 'a held box stays',
    faults: ['revocations'],
    foundBy: [2],
    tampering: ports.seeNoHolds,
  },
  {
    name: 'silence-ignored',
    breaks: 'the word of a source grows old',
    faults: ['feed'],
    foundBy: [2],
    patches: [
      {
        file: freshness,
        from: 'ageMs <= ageMsMax && ageMs >= -watermarkAheadMsMax',
        to: 'true',
      },
    ],
  },
  {
    name: 'gap-ignored',
    breaks: 'a source of which something is missing is not current',
    faults: ['feed'],
    foundBy: [2],
    patches: [{ file: freshness, from: '|| source.gaps.length > 0', to: '' }],
  },
  {
    name: 'newer-version-ignored',
    breaks: 'a newer version of a fact takes the place of the older',
    faults: ['revocations'],
    foundBy: [2],
    patches: [
      {
        file: 'src/adapters/store/fact-tables.js',
        from: 'return record.version > before.version;',
        to: 'return false;',
      },
    ],
  },
  {
    name: 'stamp-not-compared',
    breaks: 'facts that changed since the look-up write nothing',
    faults: ['revocations'],
    foundBy: [2],
    tampering: ports.compareNoStamp,
  },
  {
    name: 'reservation-not-taken',
    breaks: 'a release is used once for a box',
    faults: ['twice'],
    foundBy: [4],
    tampering: ports.reserveNothing,
  },
  {
    name: 'use-not-noted',
    breaks: 'crossing uses the release up',
    faults: [],
    foundBy: [4],
    tampering: ports.consumeNothing,
  },
  {
    name: 'returned-unproven',
    breaks: 'a release is returned only where backing out is proven',
    faults: ['devices', 'crash'],
    foundBy: [4],
    patches: [
      {
        file: settle,
        from: "return passage.leftBackwards && !passage.lostSight && state.arm.kind === 'closed';",
        to: 'return true;',
      },
      {
        file: 'src/core/lane/restore.js',
        from: 'if (!occupied)\n        return endUnseen(turn, restored);',
        to: '',
      },
    ],
  },
  {
    name: 'no-case-for-the-unseen',
    breaks: 'whoever was let through and not seen to cross is a case for a clerk',
    faults: ['devices', 'crash', 'driving'],
    foundBy: [4],
    patches: [
      {
        file: settle,
        from: 'const unclear = (isLetThrough(passage) || isLeftOpen) && !isProven',
        to: 'const unclear = false',
      },
    ],
  },
  {
    name: 'visit-stays-open',
    breaks: 'an exit ends the visit',
    faults: [],
    foundBy: [5],
    tampering: ports.closeNoVisit,
  },
  {
    name: 'case-not-opened',
    breaks: 'who does not pass is a case for a clerk',
    faults: [],
    foundBy: [4, 5],
    tampering: ports.openNoCase,
  },
  {
    name: 'tailgater-passed',
    breaks: 'who crosses without a right has not passed',
    faults: ['driving'],
    foundBy: [5],
    patches: [{ file: settle, from: 'if (passage.unauthorised)', to: 'if (false)' }],
  },
  {
    name: 'tailgater-by-right',
    breaks: 'who crosses without a right uses nothing',
    faults: ['driving'],
    foundBy: [4],
    patches: [
      {
        file: movement,
        from: "cross(turn, other, hand ?? 'nobody')",
        to: "cross(turn, other, 'right')",
      },
    ],
  },
  {
    name: 'far-side-let-through',
    breaks: 'nobody is let through in the direction that he does not drive',
    faults: ['driving', 'persons'],
    foundBy: [2],
    patches: [
      {
        file: 'src/core/lane/far-side.js',
        from: 'return standing.includes(farSideAlarm.code);',
        to: 'return false;',
      },
    ],
  },
  {
    name: 'far-side-crosses',
    breaks: 'who comes onto the exit line from the far side crosses nothing',
    faults: ['orders', 'driving'],
    foundBy: [4],
    patches: [{ file: movement, from: 'if (comesFromFarSide(turn))', to: 'if (false)' }],
  },
  {
    name: 'close-over-a-vehicle',
    breaks: 'a close is asked for only over a lane that is clear',
    faults: [],
    foundBy: [3],
    tampering: ports.closeBehindOpen,
  },
  {
    name: 'outbox-skips',
    breaks: 'every entry reaches the centre',
    faults: [],
    foundBy: [6, 11],
    tampering: ports.skipEntries,
  },
  {
    name: 'entry-made-twice',
    breaks: 'the bytes of an entry are made once',
    faults: [],
    foundBy: [6],
    tampering: ports.rewriteEntries,
  },
  {
    name: 'broker-taken-for-centre',
    breaks: 'only the acknowledgement of the centre moves the cursor',
    faults: ['broker'],
    foundBy: [6],
    tampering: ports.believeBroker,
  },
  {
    name: 'records-given-up',
    breaks: 'what cannot be written is kept until it can',
    faults: ['disk'],
    foundBy: [1, 4, 5, 11],
    tampering: ports.giveUpRecords,
  },
  {
    name: 'restart-forgets',
    breaks: 'after a restart every passage goes on or becomes a case',
    faults: ['crash'],
    foundBy: [4, 5, 11],
    tampering: ports.forgetPassages,
  },
];
