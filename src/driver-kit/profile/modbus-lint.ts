/**
 * What the schema of a `modbus` block cannot say: references that resolve, printed numbers that agree with
 * the addresses, switches read together, a wiring that fails to the safe side; and the profile's own tests.
 */
import type { Instant } from '../../core/time.ts';
import type { DeviceOrder, ExchangeSession, ModbusReply, SessionOutput } from '../contract.ts';
import type { ProfileFinding } from './finding.ts';
import type { ModbusProfile, Wiring } from './modbus.ts';

/** First digit of the five-digit number a manual prints, by the function that reads it. */
const printedDigit = { 1: '0', 2: '1', 3: '4', 4: '3' } as const;

function duplicates<T>(items: readonly T[]): readonly T[] {
  return items.filter((item, index) => items.indexOf(item) !== index);
}

function lintPolls(block: ModbusProfile): ProfileFinding[] {
  const findings: ProfileFinding[] = duplicates(block.polls.map((poll) => poll.id)).map((id) => ({
    path: 'modbus.polls',
    message: `poll "${id}" is there twice`,
    hint: 'give each poll its own id',
  }));
  for (const [index, poll] of block.polls.entries()) {
    const path = `modbus.polls.${index}`;
    const words = poll.function === 3 || poll.function === 4;
    if (words && poll.quantity > 125) {
      findings.push({
        path: `${path}.quantity`,
        message: `${poll.quantity} words do not fit in one reply`,
        hint: 'a reply holds at most 125 words',
      });
    }
    if (poll.address + poll.quantity > 0x10000) {
      findings.push({
        path: `${path}.quantity`,
        message: `the read runs past address 65535`,
        hint: 'check the address; it is 0-based as on the wire',
      });
    }
    const printed = /^([0134])(\d{4})$/.exec(poll.doc);
    const expected = `${printedDigit[poll.function]}${String(poll.address + 1).padStart(4, '0')}`;
    if (printed && poll.doc !== expected) {
      findings.push({
        path: `${path}.doc`,
        message: `printed number ${poll.doc} does not belong to function ${poll.function}, address ${poll.address}`,
        hint: `that address is printed ${expected}; addresses here are 0-based, printed numbers 1-based`,
      });
    }
  }
  return findings;
}

function lintInputs(block: ModbusProfile): ProfileFinding[] {
  const findings: ProfileFinding[] = duplicates(block.inputs.map((input) => input.channel)).map(
    (channel) => ({
      path: 'modbus.inputs',
      message: `input ${channel} is there twice`,
      hint: 'one entry for each terminal',
    }),
  );
  for (const [index, input] of block.inputs.entries()) {
    const poll = block.polls.find((each) => each.id === input.poll);
    if (!poll) {
      findings.push({
        path: `modbus.inputs.${index}.poll`,
        message: `there is no poll "${input.poll}"`,
        hint: `name one of: ${block.polls.map((each) => each.id).join(', ')}`,
      });
      continue;
    }
    const bits = poll.function >= 3 ? poll.quantity * 16 : poll.quantity;
    if (input.bit >= bits) {
      findings.push({
        path: `modbus.inputs.${index}.bit`,
        message: `bit ${input.bit} is not in the reply to poll "${poll.id}"`,
        hint: `that reply has bits 0 to ${bits - 1}`,
      });
    }
  }
  return findings;
}

function lintInputWiring(block: ModbusProfile, wiring: Wiring, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const wires = Object.entries(wiring.inputs);
  for (const [point, wire] of wires) {
    if (!block.inputs.some((input) => input.channel === wire.channel)) {
      findings.push({
        path: `${path}.inputs.${point}.channel`,
        message: `the module has no input ${wire.channel}`,
        hint: `it has: ${block.inputs.map((input) => input.channel).join(', ')}`,
      });
    }
  }
  for (const channel of new Set(duplicates(wires.map(([, wire]) => wire.channel)))) {
    findings.push({
      path: `${path}.inputs`,
      message: `input ${channel} is wired to two points`,
      hint: 'each point needs its own terminal',
    });
  }
  if (wiring.inputs.curtain?.active === 'high') {
    findings.push({
      path: `${path}.inputs.curtain.active`,
      message: 'a curtain that is active high reads as clear when its wire breaks',
      hint: 'wire it normally closed and set active: low',
    });
  }
  const { limitClosed, limitOpen } = wiring.inputs;
  if ((limitClosed === undefined) !== (limitOpen === undefined)) {
    findings.push({
      path: `${path}.inputs`,
      message: 'only one of the limit switches is wired',
      hint: 'wire limitClosed and limitOpen; one alone cannot prove where the arm is',
    });
  }
  const pollOf = (channel: number | undefined) =>
    block.inputs.find((input) => input.channel === channel)?.poll;
  if (limitClosed && limitOpen && pollOf(limitClosed.channel) !== pollOf(limitOpen.channel)) {
    findings.push({
      path: `${path}.inputs`,
      message: 'the two limit switches come from different reads',
      hint: 'wire both to terminals of one poll: two reads are two moments',
    });
  }
  return findings;
}

function lintOutputWiring(block: ModbusProfile, wiring: Wiring, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const wires = Object.entries(wiring.outputs);
  for (const [output, wire] of wires) {
    const relay = block.outputs.find((each) => each.channel === wire.channel);
    const needsPulse = output.startsWith('barrier');
    if (!relay) {
      findings.push({
        path: `${path}.outputs.${output}.channel`,
        message: `the module has no output ${wire.channel}`,
        hint: `it has: ${block.outputs.map((each) => each.channel).join(', ')}`,
      });
    } else if (needsPulse && !relay.pulse) {
      findings.push({
        path: `${path}.outputs.${output}.channel`,
        message: `output ${wire.channel} cannot time a pulse itself`,
        hint: 'a barrier is moved by pulses the module times; use another output or another module',
      });
    } else if (!needsPulse && !relay.level) {
      findings.push({
        path: `${path}.outputs.${output}.channel`,
        message: `output ${wire.channel} cannot be held on`,
        hint: 'use an output with a level address',
      });
    } else {
      const pulseMs = 'pulseMs' in wire ? wire.pulseMs : undefined;
      findings.push(...(needsPulse ? lintPulse(relay, pulseMs, `${path}.outputs.${output}`) : []));
    }
  }
  for (const channel of new Set(duplicates(wires.map(([, wire]) => wire.channel)))) {
    findings.push({
      path: `${path}.outputs`,
      message: `output ${channel} is wired to two things`,
      hint: 'each needs its own relay',
    });
  }
  return findings;
}

function lintPulse(
  relay: ModbusProfile['outputs'][number],
  pulseMs: number | undefined,
  path: string,
): ProfileFinding[] {
  const pulse = relay.pulse;
  if (pulse?.kind === 'timeInValue') {
    const longest = pulse.unitMs * pulse.valueMax;
    if (pulseMs === undefined || pulseMs > longest) {
      return [
        {
          path: `${path}.pulseMs`,
          message:
            pulseMs === undefined
              ? 'the length of the pulse is missing'
              : `a pulse of ${pulseMs} ms is longer than the module can time`,
          hint: `give a length in steps of ${pulse.unitMs} ms, at most ${longest} ms; barriers take 300 to 1000 ms`,
        },
      ];
    }
  }
  if (pulse?.kind === 'widthOnModule' && pulseMs !== undefined) {
    return [
      {
        path: `${path}.pulseMs`,
        message: 'this module takes no length with the order',
        hint: 'leave pulseMs out and set the width on the module itself',
      },
    ];
  }
  return [];
}

/** Holds a wiring, the profile's or a site's, against the module's map. `path` is where it stands. */
export function lintWiring(
  block: ModbusProfile,
  wiring: Wiring,
  path: string,
): readonly ProfileFinding[] {
  const findings = [
    ...lintInputWiring(block, wiring, path),
    ...lintOutputWiring(block, wiring, path),
  ];
  for (const interlock of block.interlocks) {
    const missing = interlock.clear.filter((point) => wiring.inputs[point] === undefined);
    if (wiring.outputs[interlock.order] && missing.length > 0) {
      findings.push({
        path: `${path}.outputs.${interlock.order}`,
        message: `the order is interlocked with points that are not wired: ${missing.join(', ')}`,
        hint: 'wire them, or leave the order out and let the barrier close by itself',
      });
    }
  }
  return findings;
}

/** Findings of a `modbus` block that has passed its schema. */
export function lintModbusProfile(block: ModbusProfile): readonly ProfileFinding[] {
  return [
    ...lintPolls(block),
    ...lintInputs(block),
    ...duplicates(block.outputs.map((output) => output.channel)).map((channel) => ({
      path: 'modbus.outputs',
      message: `output ${channel} is there twice`,
      hint: 'one entry for each relay',
    })),
    ...lintWiring(block, block.wiring, 'modbus.wiring'),
    ...block.tests.flatMap((test, index) =>
      test.wiring ? lintWiring(block, test.wiring, `modbus.tests.${index}.wiring`) : [],
    ),
  ];
}

type ModbusTest = ModbusProfile['tests'][number];

const start: Instant = { wallMs: 0, monotonicMs: 0 };

function replyOf(test: ModbusTest): ModbusReply | undefined {
  if (test.bits !== undefined) {
    const bits = [...test.bits.replaceAll(' ', '')].map((bit) => bit === '1');
    return { kind: 'bits', bits };
  }
  return test.words && { kind: 'words', words: test.words };
}

function seen(output: SessionOutput): { barrier: string | undefined; inputs: Map<string, string> } {
  const inputs = new Map<string, string>();
  let barrier: string | undefined;
  for (const observation of output.observations) {
    if (observation.kind === 'barrierPosition') {
      barrier = observation.position;
    } else if (observation.kind === 'inputChange') {
      inputs.set(observation.point, observation.state);
    }
  }
  return { barrier, inputs };
}

function proveReply(test: ModbusTest, output: SessionOutput, path: string): ProfileFinding[] {
  const now = seen(output);
  const findings: ProfileFinding[] = [];
  const differs = (what: string, expected: string, found: string | undefined) => {
    if (expected !== found) {
      findings.push({
        path: `${path}.expect`,
        message: `"${test.title}": ${what} should be ${expected} and is ${found ?? 'not reported'}`,
        hint: 'correct the map or the test, whichever the manual contradicts',
      });
    }
  };
  if (test.expect?.barrier !== undefined) {
    differs('the arm', test.expect.barrier, now.barrier);
  }
  for (const [point, state] of Object.entries(test.expect?.inputs ?? {})) {
    differs(point, state, now.inputs.get(point));
  }
  return findings;
}

/**
 * Runs a profile's own tests. `makeSession` gives a fresh session of the driver for this profile, with the
 * test's wiring where it brings one.
 */
export function proveModbusProfile(
  block: ModbusProfile,
  makeSession: (wiring: Wiring | undefined) => ExchangeSession,
): readonly ProfileFinding[] {
  return block.tests.flatMap((test, index) => {
    const path = `modbus.tests.${index}`;
    const session = makeSession(test.wiring);
    session.opened(start);
    const reply = replyOf(test);
    const poll = test.poll ?? block.polls[0]?.id ?? '';
    const findings = reply ? proveReply(test, session.replied(poll, reply, start), path) : [];
    if (test.order && test.requests) {
      const requests = session.order(test.order as DeviceOrder);
      const got = requests.map((each) => ({ ...each }));
      if (JSON.stringify(got) !== JSON.stringify(test.requests.map(orderedRequest))) {
        findings.push({
          path: `${path}.requests`,
          message: `"${test.title}": the order became ${JSON.stringify(got)}`,
          hint: 'correct the map or the test, whichever the manual contradicts',
        });
      }
    }
    return findings;
  });
}

function orderedRequest(request: NonNullable<ModbusTest['requests']>[number]) {
  return { function: request.function, address: request.address, value: request.value };
}
