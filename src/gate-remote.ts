/** What commands of the centre do at this gate, in the words of its parts. */
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { commandVerifier, publicKeyOf } from './adapters/signed-commands/command-keys.ts';
import type { GateConfig } from './config/config-schema.ts';
import { normaliseContainerText } from './core/identifiers/container-number.ts';
import { normalisePlateText } from './core/identifiers/vehicle-plate.ts';
import type { LaneContext } from './core/lane/lane-types.ts';
import type { CommandSubject, RemoteCommand } from './core/remote/command.ts';
import type { PersonAct } from './core/yard/yard-change.ts';
import { parseClaims } from './interchange/command/claims.ts';
import type { Clock } from './ports/clock.ts';
import type { Ledger } from './ports/ledger.ts';
import type { ActOutcome } from './ports/persons.ts';
import type { Gate } from './runtime/gate.ts';
import { CommandKeyUnusable } from './runtime/gate-options.ts';
import { type CommandAnswer, RemoteCommands } from './runtime/remote-commands.ts';

type Commanded = Pick<Gate, 'persons' | 'actInYard' | 'snapshot' | 'tell'>;

interface RemoteParts {
  readonly gate: Commanded;
  readonly ledger: Pick<Ledger, 'commands' | 'openVisitsOf'>;
  readonly clock: Clock;
  readonly lanes: readonly LaneContext[];
  readonly log: Logger;
}

/** Keys that may command this gate; throws `CommandKeyUnusable` with the file's name where one cannot be used. */
export function pinnedKeys({ uplink }: GateConfig): Parameters<typeof commandVerifier>[0] {
  return new Map(
    (uplink.commandKeys ?? []).map(({ keyId, publicKeyFile }) => {
      try {
        return [keyId, publicKeyOf(readFileSync(publicKeyFile, 'utf8'))];
      } catch (error) {
        throw new CommandKeyUnusable(
          `uplink.commandKeys: ${publicKeyFile} cannot be used: ${(error as Error).message}`,
        );
      }
    }),
  );
}

export function remoteCommands(
  { site, gate: gateId }: GateConfig,
  keys: ReturnType<typeof pinnedKeys>,
  { log, ...parts }: RemoteParts,
): RemoteCommands {
  return new RemoteCommands({
    siteId: site,
    gateId,
    clock: parts.clock,
    verifier: commandVerifier(keys),
    records: parts.ledger.commands,
    parse: parseClaims,
    carryOut: (command) => carryOut(command, parts),
    record: (type, data, more) => parts.gate.persons.record(type, data, gateId, more),
    log: (level, message, detail) => log[level](detail, message),
  });
}

function carryOut(command: RemoteCommand, parts: Omit<RemoteParts, 'log'>): CommandAnswer {
  const { action, person, commandId, expiresAtMs } = command;
  const { gate } = parts;
  switch (action.kind) {
    case 'approve': {
      const session = { person, sessionId: `command:${commandId}`, expiresAtMs };
      return approved(gate.persons.approve(session, action.actId));
    }
    case 'placeHold': {
      const { subject, instruction, reason } = action;
      return inYard(gate, command, { act: 'placeHold', subject, instruction, reason });
    }
    case 'liftHold':
      return inYard(gate, command, {
        act: 'liftHold',
        hold: action.hold,
        reason: action.reason,
      });
    case 'recall':
      return recall(command, action, parts);
    case 'policyNotice':
      return compare(parts, action.policyDigest);
  }
}

function approved(outcome: ActOutcome): CommandAnswer {
  if (outcome.kind === 'refused') return { result: 'refused', code: outcome.code };
  const repeated = outcome.kind === 'done' && outcome.repeated === true;
  return { result: 'done', ...(repeated && { detail: { repeated } }) };
}

/** Under the id of the command: however it comes again, it is done once. */
function inYard(
  gate: Commanded,
  { person, commandId }: RemoteCommand,
  act: PersonAct,
): CommandAnswer {
  const result = gate.actInYard({ person: person.name, actId: commandId }, act);
  if (result.kind === 'committed' || result.kind === 'repeated') return { result: 'done' };
  if (result.kind === 'refused')
    return { result: 'refused', code: 'remote-act-refused', detail: { reason: result.reason } };
  return { result: 'refused', code: 'act-not-recorded' };
}

/** Held first: from then on nobody lets it through. Where it is now is told with the answer. */
function recall(
  command: RemoteCommand,
  { subject, reason }: Extract<RemoteCommand['action'], { kind: 'recall' }>,
  { gate, ledger }: Omit<RemoteParts, 'log'>,
): CommandAnswer {
  const held = inYard(gate, command, {
    act: 'placeHold',
    subject,
    instruction: 'stop',
    reason,
  });
  if (held.result !== 'done') return held;
  const lanes = lanesWith(gate, subject);
  const isInside =
    subject.kind === 'vehicle' &&
    ledger.openVisitsOf([normalisePlateText(subject.name)]).length > 0;
  return { result: 'done', detail: { lanes, isInside } };
}

function lanesWith(gate: Commanded, { kind, name }: CommandSubject): readonly string[] {
  const wanted = kind === 'vehicle' ? normalisePlateText(name) : normaliseContainerText(name);
  return gate
    .snapshot()
    .lanes.filter(({ passages }) =>
      passages.some(({ tractor, trailer, containers }) =>
        kind === 'vehicle'
          ? tractor?.text === wanted || trailer?.text === wanted
          : containers.some((box) => box.text === wanted),
      ),
    )
    .map(({ laneId }) => laneId);
}

/** A gate that judges by another policy than the centre takes it to is told of at both ends. */
function compare({ gate, lanes }: Omit<RemoteParts, 'log'>, announced: string): CommandAnswer {
  const differing = lanes
    .filter(({ policyDigest }) => policyDigest !== announced)
    .map(({ settings: { laneId }, policyDigest }) => ({ laneId, policyDigest }));
  for (const { laneId, policyDigest } of differing) {
    gate.tell(
      'alarm.raised.v1',
      { laneId, code: 'remote-policy-differs', policyDigest, announced },
      laneId,
    );
  }
  return { result: 'done', detail: { differing } };
}
