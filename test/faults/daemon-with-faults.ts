/**
 * Another composition root of the daemon: the same parts, one of them wrapped so that it fails at a moment no
 * signal from outside could hit. Called as `daemon-with-faults.js FAULT run --config FILE`.
 */
import { join } from 'node:path';
import { drivers } from '../../devices/index.ts';
import { feedApplicationId, feedMigrations } from '../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../src/adapters/store/feed-writer.ts';
import { openForWriting } from '../../src/adapters/store/open-database.ts';
import { loadGate } from '../../src/config/load-gate.ts';
import { type GateParts, makeLog, makeParts, runGate } from '../../src/main.ts';
import { packageFile } from '../../src/package-file.ts';

const [, , fault = '', , , file = ''] = process.argv;
const loaded = await loadGate({
  file,
  profilesDirectory: packageFile('firmware-profiles'),
  drivers,
});
if (loaded.kind === 'invalid') throw new Error(JSON.stringify(loaded.findings));
const { config } = loaded.gate;

function wrapped(parts: GateParts): GateParts {
  switch (fault) {
    case 'dies-after-decision':
      return { ...parts, ledger: diesAfterDecision(parts.ledger) };
    case 'revoked-after-lookup':
      return { ...parts, facts: revokesAfterLookup(parts.facts) };
    default:
      throw new RangeError(`no fault "${fault}"`);
  }
}

/** The decision is durable, and nothing of it has reached the wire. */
function diesAfterDecision(ledger: GateParts['ledger']): GateParts['ledger'] {
  return overriding(ledger, 'commit', (change) => {
    const result = ledger.commit(change);
    if (change.decision?.opening && result.kind === 'committed')
      process.kill(process.pid, 'SIGKILL');
    return result;
  });
}

/** Between the look-up that a decision rests on and its commit, the proof is revoked. */
function revokesAfterLookup(facts: GateParts['facts']): GateParts['facts'] {
  let isDone = false;
  return overriding(facts, 'gather', (query) => {
    const gathered = facts.gather(query);
    const proof = gathered.proofs.find(({ proofType }) => proofType === 'customs_declaration');
    if (isDone || !proof) return gathered;
    isDone = true;
    const db = openForWriting({
      file: join(config.data.directory, 'feed.db'),
      applicationId: feedApplicationId,
      migrations: feedMigrations,
    });
    const writer = new FeedWriter(db);
    const { lineage, proofType, issuer, containers } = proof;
    writer.inTransaction(() => {
      writer.applyDelta(
        'customs',
        {
          sequence: writer.appliedSequence('customs') + 1,
          asOfMs: Date.now(),
          version: proof.version + 1,
          op: 'put',
          kind: 'proof',
          id: proof.id,
          body: {
            lineage,
            proofType,
            state: 'revoked',
            issuer,
            issuedAt: '2026-01-03T08:00:00Z',
            containers,
          },
        },
        Date.now(),
      );
    });
    db.close();
    return gathered;
  });
}

/** The same object in everything but one member; its private state stays its own. */
function overriding<T extends object, K extends keyof T>(target: T, name: K, value: T[K]): T {
  return new Proxy(target, {
    get(object, key) {
      if (key === name) return value;
      const member: unknown = Reflect.get(object, key, object);
      return typeof member === 'function' ? member.bind(object) : member;
    },
  });
}

const log = makeLog('info');
const running = await runGate(loaded.gate, wrapped(makeParts(config, log)), log);
log.info({ panel: running.panelAddress }, 'the gate runs');
process.once('SIGTERM', () => {
  running.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
