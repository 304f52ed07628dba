import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Role } from '../core/persons/roles.ts';
import type { CommandAction, CommandSubject, RemoteCommand } from '../core/remote/command.ts';

interface Given {
  readonly broker: string;
  readonly gate: string;
  readonly key: string;
  readonly keyId: string;
  readonly issuer: string;
  readonly person: string;
  readonly role: Role;
  readonly validS: string;
  readonly print?: true;
}

interface Words {
  readonly vehicle?: string;
  readonly container?: string;
  readonly instruction?: 'stop' | 'inspect' | 'escort';
  readonly reason?: string;
}

const roles = ['supervisor', 'customs-officer', 'remote-approver', 'service'];
/** How long the answer of the gate is waited for, ms. */
const answerWithinMs = 15_000;

/** Commands of the centre to a gate. The number of each is the time in ms, so they rise from one machine. */
export function orderCommand(): Command {
  const order = new Command('order').description(
    "sign a command of the centre, send it to a gate and wait for the gate's answer (下行指令)",
  );
  const add = (name: string, description: string, reasoned = true) => {
    const command = order.command(name).description(description);
    for (const option of common()) command.addOption(option);
    if (reasoned) command.requiredOption('--reason <text>', 'why; it goes into the journal');
    return command;
  };
  const named = (command: Command) =>
    command
      .option('--vehicle <plate>', 'the vehicle with this plate')
      .option('--container <number>', 'the container with this number');
  add('approve <act-id>', 'be the second person of an act that waits (第二人批准)', false).action(
    (actId: string, given: Given) => send(given, { kind: 'approve', actId }),
  );
  named(add('hold', 'place a hold on a vehicle or a container (布控)'))
    .addOption(
      new Option('--instruction <what>', 'what is to be done with it')
        .choices(['stop', 'inspect', 'escort'])
        .default('stop'),
    )
    .action((given: Given & Words) => {
      const { instruction = 'stop', reason = '' } = given;
      const subject = subjectOf(given);
      return subject && send(given, { kind: 'placeHold', subject, instruction, reason });
    });
  add(
    'lift <hold-id>',
    'lift a hold that was placed at the gate or by the centre (解除布控)',
  ).action((hold: string, given: Given & Words) =>
    send(given, { kind: 'liftHold', hold, reason: given.reason ?? '' }),
  );
  named(add('recall', 'stop whoever was let through and is still here (召回)')).action(
    (given: Given & Words) => {
      const subject = subjectOf(given);
      return subject && send(given, { kind: 'recall', subject, reason: given.reason ?? '' });
    },
  );
  add('policy <digest>', 'say by which policy the gate has to judge (策略通知)').action(
    (policyDigest: string, given: Given & Words) =>
      send(given, { kind: 'policyNotice', policyDigest, reason: given.reason ?? '' }),
  );
  return order;
}

function common(): readonly Option[] {
  return [
    new Option('--broker <url>', 'MQTT broker as mqtt://host:port').makeOptionMandatory(),
    new Option('--gate <site/gate>', 'whom it is for').makeOptionMandatory(),
    new Option('--key <file>', 'Ed25519 private key in PEM (PKCS #8)').makeOptionMandatory(),
    new Option('--key-id <id>', 'name of the key in uplink.commandKeys').makeOptionMandatory(),
    new Option('--person <name>', 'who orders it; it goes into the journal').makeOptionMandatory(),
    new Option('--role <role>', 'his office').choices(roles).makeOptionMandatory(),
    new Option('--issuer <name>', 'the centre').default('centre'),
    new Option('--valid-s <n>', 'seconds for which it may be carried out, 1 to 900').default('120'),
    new Option('--print', 'only print the signed command'),
  ];
}

function subjectOf({ vehicle, container }: Words): CommandSubject | undefined {
  if ((vehicle === undefined) === (container === undefined)) {
    fail('name one thing', 'give --vehicle or --container, and not both', 2);
    return undefined;
  }
  return vehicle === undefined
    ? { kind: 'container', name: container ?? '' }
    : { kind: 'vehicle', name: vehicle };
}

async function send(given: Given, action: CommandAction): Promise<void> {
  const { gate, person, role, issuer } = given;
  const seconds = Number(given.validS);
  if (!/^[^/+#]+\/[^/+#]+$/.test(gate))
    return fail(`--gate is not of the form SITE/GATE: ${gate}`, 'as in CNSHK/gate-1', 2);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 900)
    return fail(`--valid-s is not 1 to 900: ${given.validS}`, 'leave it out for 120', 2);
  const nowMs = Date.now();
  const command: RemoteCommand = {
    ...{ issuer, audience: `kakou/${gate}`, commandId: crypto.randomUUID(), number: nowMs },
    ...{ issuedAtMs: nowMs, expiresAtMs: nowMs + seconds * 1_000, person: { name: person, role } },
    action,
  };
  const token = await signed(command, given);
  if (token === undefined) return;
  if (given.print) process.stdout.write(`${token}\n`);
  else await deliver(token, command, given);
}

async function signed(command: RemoteCommand, { key, keyId }: Given): Promise<string | undefined> {
  const { signCommand } = await import('../adapters/signed-commands/command-keys.ts');
  const { claimsOf, parseClaims } = await import('../interchange/command/claims.ts');
  const claims = claimsOf(command);
  const parsed = parseClaims(JSON.stringify(claims));
  if (parsed.kind === 'malformed') {
    fail(`no gate would take it: ${parsed.reason}`, 'see kakou order --help', 2);
    return undefined;
  }
  try {
    return await signCommand(claims, { keyId, pem: readFileSync(key, 'utf8') });
  } catch (error) {
    fail(
      `${key} cannot be used: ${(error as Error).message}`,
      'openssl genpkey -algorithm ed25519 -out FILE makes one',
      2,
    );
    return undefined;
  }
}

async function deliver(token: string, command: RemoteCommand, given: Given): Promise<void> {
  const { mqttUplink } = await import('../adapters/uplink/mqtt-uplink.ts');
  const topic = `kakou/v1/${given.gate}`;
  const clientId = `kakou-order-${command.commandId.slice(0, 8)}`;
  const uplink = mqttUplink({ url: given.broker, clientId, protocol: 'auto' });
  let told: (answer: string | undefined) => void = () => undefined;
  const answered = new Promise<string | undefined>((resolve) => {
    told = resolve;
  });
  const deadline = setTimeout(() => told(undefined), answerWithinMs);
  try {
    const connection = await uplink.connect(
      { timeoutMs: 10_000, subscriptions: [`${topic}/event`] },
      {
        message: ({ payload }) => {
          const answer = answerIn(payload, command.commandId);
          if (answer) told(answer);
        },
        closed: () => told(undefined),
      },
    );
    connection.publish(
      { topic: `${topic}/command`, payload: token, retain: false, qos: 1 },
      (refused) => refused !== undefined && told(undefined),
    );
    const answer = await answered;
    connection.discard();
    if (answer === undefined)
      return fail(
        `no answer within ${answerWithinMs / 1_000} s; it may still be carried out until it expires`,
        'the gate may be away, or not know the key: its journal tells (command.refused.v1)',
        1,
      );
    process.stdout.write(`${answer}\n`);
    if (!answer.includes('"result":"done"')) process.exitCode = 1;
  } catch (error) {
    fail(`${given.broker} cannot be used: ${(error as Error).message}`, 'is the broker up?', 1);
  } finally {
    clearTimeout(deadline);
  }
}

/** What an event says of the command; undefined where it is of something else. */
function answerIn(payload: Uint8Array, commandId: string): string | undefined {
  const text = new TextDecoder().decode(payload);
  if (!text.includes(commandId)) return undefined;
  const { type, data } = JSON.parse(text) as { type: string; data: { commandId?: string } };
  const isAnswer = /\.command\.(?:answered|refused)\.v1$/.test(type);
  return isAnswer && data.commandId === commandId ? JSON.stringify(data) : undefined;
}

function fail(reason: string, hint: string, exitCode: number): void {
  process.stderr.write(`${reason}\n    hint: ${hint}\n`);
  process.exitCode = exitCode;
}
