/**
 * What the schema of a `modbus` block cannot say: references that resolve, printed numbers that agree with the
 * addresses, and contacts that someone ends when the daemon is gone.
 */
import type { ProfileFinding } from './finding.ts';
import type { ModbusProfile } from './modbus.ts';
import type { Condition, Write } from './modbus-atoms.ts';
import { duplicates, lintWiring } from './modbus-wiring-lint.ts';

/** First digit of the number a manual prints, by the function that reads or writes it. */
const printedDigit = { 1: '0', 2: '1', 3: '4', 4: '3', 5: '0', 6: '4', 16: '4' } as const;

/** A number in the manual's form must be the one of this address; other texts are not judged. */
function lintPrinted(
  { function: code, address, doc }: { function: number; address: number; doc: string },
  path: string,
): ProfileFinding[] {
  const [, , number] = /^([0134])(\d{4,5})$/.exec(doc) ?? [];
  if (number === undefined) return [];
  const digit = printedDigit[code as keyof typeof printedDigit];
  const expected = `${digit}${String(address + 1).padStart(number.length, '0')}`;
  if (doc === expected) return [];
  return [
    {
      path: `${path}.doc`,
      message: `printed number ${doc} does not belong to function ${code}, address ${address}`,
      hint: `that address is printed ${expected}; addresses here are 0-based, printed numbers 1-based`,
    },
  ];
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
    findings.push(...lintPrinted(poll, path));
  }
  return findings;
}

/** A place in a poll's reply, counted in bits or in words. */
function lintPlace(
  block: ModbusProfile,
  place: { readonly poll: string; readonly bit?: number; readonly word?: number },
  path: string,
): ProfileFinding[] {
  const poll = block.polls.find((each) => each.id === place.poll);
  if (!poll) {
    return [
      {
        path: `${path}.poll`,
        message: `there is no poll "${place.poll}"`,
        hint: `name one of: ${block.polls.map((each) => each.id).join(', ')}`,
      },
    ];
  }
  const { bit, word } = place;
  const bits = poll.function >= 3 ? poll.quantity * 16 : poll.quantity;
  if (bit !== undefined && bit >= bits) {
    return [
      {
        path: `${path}.bit`,
        message: `bit ${bit} is not in the reply to poll "${poll.id}"`,
        hint: `that reply has bits 0 to ${bits - 1}`,
      },
    ];
  }
  if (word !== undefined && (poll.function < 3 || word >= poll.quantity)) {
    return [
      {
        path: `${path}.word`,
        message: `word ${word} is not in the reply to poll "${poll.id}"`,
        hint: poll.function < 3 ? 'that poll reads bits' : `words 0 to ${poll.quantity - 1}`,
      },
    ];
  }
  return [];
}

function lintInputs(block: ModbusProfile): ProfileFinding[] {
  return [
    ...duplicates(block.inputs.map((input) => input.channel)).map((channel) => ({
      path: 'modbus.inputs',
      message: `input ${channel} is there twice`,
      hint: 'one entry for each terminal',
    })),
    ...block.inputs.flatMap((input, index) => lintPlace(block, input, `modbus.inputs.${index}`)),
  ];
}

function lintOutputs(block: ModbusProfile): ProfileFinding[] {
  const findings: ProfileFinding[] = duplicates(block.outputs.map((each) => each.channel)).map(
    (channel) => ({
      path: 'modbus.outputs',
      message: `output ${channel} is there twice`,
      hint: 'one entry for each relay',
    }),
  );
  for (const [index, relay] of block.outputs.entries()) {
    const path = `modbus.outputs.${index}`;
    const { level, pulse } = relay;
    if (level) findings.push(...lintPrinted({ function: 5, ...level }, `${path}.level`));
    if (level?.readBack) findings.push(...lintPrinted(level.readBack, `${path}.level.readBack`));
    if (pulse && 'address' in pulse) {
      findings.push(...lintPrinted({ function: 5, ...pulse }, `${path}.pulse`));
    }
    findings.push(...lintStayingContact(block, relay, path));
  }
  return findings;
}

/**
 * A contact that the daemon has to end stays made when the daemon dies. Only the module's own watchdog takes it
 * off then, and only a read-back shows that it was taken off in the ordinary way.
 */
function lintStayingContact(
  block: ModbusProfile,
  { channel, level, pulse }: ModbusProfile['outputs'][number],
  path: string,
): ProfileFinding[] {
  if (pulse?.kind !== 'hostTimed' && pulse?.kind !== 'latched') return [];
  const findings: ProfileFinding[] = [];
  if (!level?.readBack) {
    findings.push({
      path: `${path}.level`,
      message: `output ${channel} is ${pulse.kind}, and nothing reads whether its contact ended`,
      hint: 'give it a level address with a readBack',
    });
  }
  if (!block.watchdog?.safeOff.includes(channel)) {
    findings.push({
      path: `${path}.pulse.kind`,
      message: `output ${channel} is ${pulse.kind}: if the daemon dies, nothing takes its contact off`,
      hint: "describe the module's watchdog with this channel in safeOff, or let the module time the pulse",
    });
  }
  return findings;
}

function lintWatchdog(block: ModbusProfile): ProfileFinding[] {
  const { watchdog } = block;
  if (!watchdog) return [];
  const path = 'modbus.watchdog';
  const findings: ProfileFinding[] = [];
  const { beat, safe, running, safeException, clear = [], setUp = [] } = watchdog;
  if (beat && beat.everyMs * 3 > watchdog.timeoutMs) {
    findings.push({
      path: `${path}.beat.everyMs`,
      message: `a sign of life every ${beat.everyMs} ms is too seldom for a watchdog of ${watchdog.timeoutMs} ms`,
      hint: 'give at least three in that time: one may be lost',
    });
  }
  if ((safe || safeException !== undefined) && clear.length === 0) {
    findings.push({
      path: `${path}.clear`,
      message: 'the module falls into a safe state that the profile cannot leave',
      hint: 'say under clear what is written to leave it; it is written only on the order of a person',
    });
  }
  for (const channel of watchdog.safeOff) {
    if (block.outputs.some((each) => each.channel === channel)) continue;
    findings.push({
      path: `${path}.safeOff`,
      message: `the module has no output ${channel}`,
      hint: `it has: ${block.outputs.map((each) => each.channel).join(', ')}`,
    });
  }
  const conditions: readonly (readonly [string, Condition | undefined])[] = [
    ['safe', safe],
    ['running', running],
  ];
  const writes: readonly (readonly [string, Omit<Write, 'value'>])[] = [
    ...clear.map((each, index) => [`clear.${index}`, each] as const),
    ...setUp.map((each, index) => [`setUp.${index}`, each] as const),
    ...(beat ? [['beat', beat] as const] : []),
  ];
  return [
    ...findings,
    ...conditions.flatMap(([name, condition]) =>
      condition ? lintPlace(block, condition, `${path}.${name}`) : [],
    ),
    ...writes.flatMap(([name, write]) => lintPrinted(write, `${path}.${name}`)),
  ];
}

function lintRegisters(block: ModbusProfile): ProfileFinding[] {
  const { barrier, values = [] } = block;
  const at = (place: { poll: string; word: number; doc: string }, path: string) => {
    const poll = block.polls.find((each) => each.id === place.poll);
    return [
      ...lintPlace(block, place, path),
      ...(poll
        ? lintPrinted(
            { function: poll.function, address: poll.address + place.word, doc: place.doc },
            path,
          )
        : []),
    ];
  };
  const findings = values.flatMap((value, index) => {
    const path = `modbus.values.${index}`;
    const last = { ...value, word: value.word + value.words - 1 };
    return [...at(value, path), ...(value.words === 2 ? lintPlace(block, last, path) : [])];
  });
  for (const [index, value] of values.entries()) {
    if (value.words === 2 && value.order === undefined) {
      findings.push({
        path: `modbus.values.${index}.order`,
        message: `which word of "${value.name}" comes first is not said`,
        hint: 'set order to highWordFirst or lowWordFirst',
      });
    }
  }
  if (!barrier) return findings;
  findings.push(...at(barrier, 'modbus.barrier'));
  if (barrier.position) {
    const place = { ...barrier.position, poll: barrier.poll };
    findings.push(...at(place, 'modbus.barrier.position'));
  }
  const named = [...barrier.closed, ...barrier.open, ...barrier.between];
  for (const value of new Set(duplicates(named))) {
    findings.push({
      path: 'modbus.barrier',
      message: `value ${value} means two states of the arm`,
      hint: 'name it once; a value that is not named is unknown',
    });
  }
  return findings;
}

/** Findings of a `modbus` block that has passed its schema. */
export function lintModbusProfile(block: ModbusProfile): readonly ProfileFinding[] {
  return [
    ...lintPolls(block),
    ...lintInputs(block),
    ...lintOutputs(block),
    ...lintWatchdog(block),
    ...lintRegisters(block),
    ...lintWiring(block, block.wiring, 'modbus.wiring'),
    ...block.tests.flatMap((test, index) =>
      test.wiring ? lintWiring(block, test.wiring, `modbus.tests.${index}.wiring`) : [],
    ),
  ];
}
