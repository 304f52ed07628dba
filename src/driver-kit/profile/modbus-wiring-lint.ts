/** Holds a wiring, the profile's or a site's, against the module's map: it must fit and fail to the safe side. */
import type { ProfileFinding } from './finding.ts';
import type { ModbusProfile } from './modbus.ts';
import type { Wiring } from './modbus-wiring.ts';

export function duplicates<T>(items: readonly T[]): readonly T[] {
  return items.filter((item, index) => items.indexOf(item) !== index);
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
  return [...findings, ...lintCurtain(wiring, path), ...lintLimits(block, wiring, path)];
}

function lintCurtain({ inputs: { curtain } }: Wiring, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  if (curtain?.active === 'high') {
    findings.push({
      path: `${path}.inputs.curtain.active`,
      message: 'a curtain that is active high reads as clear when its wire breaks',
      hint: 'wire it normally closed and set active: low',
    });
  }
  if (curtain?.onDelayMs) {
    findings.push({
      path: `${path}.inputs.curtain.onDelayMs`,
      message: 'an interruption of the curtain would be told late',
      hint: 'leave onDelayMs out; offDelayMs bridges gaps',
    });
  }
  return findings;
}

function lintLimits(block: ModbusProfile, wiring: Wiring, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
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
  if (block.barrier && (limitClosed || limitOpen)) {
    findings.push({
      path: `${path}.inputs`,
      message: 'the arm would be told twice: by its register and by limit switches',
      hint: 'leave limitClosed and limitOpen out; the register tells the arm',
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
        message: `output ${wire.channel} cannot time a pulse`,
        hint: 'a barrier is moved by pulses that someone ends; use another output or another module',
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
  return [...findings, ...lintSharedOutputs(block, wiring, path)];
}

function lintSharedOutputs(block: ModbusProfile, wiring: Wiring, path: string): ProfileFinding[] {
  const { barrierOpen, barrierClose } = wiring.outputs;
  const channels = Object.values(wiring.outputs).map((wire) => wire.channel);
  const relay = block.outputs.find((each) => each.channel === barrierOpen?.channel);
  const isLatched = relay?.pulse?.kind === 'latched';
  const findings: ProfileFinding[] = [...new Set(duplicates(channels))]
    .filter(
      (channel) =>
        !isLatched ||
        channel !== barrierOpen?.channel ||
        channel !== barrierClose?.channel ||
        channels.filter((each) => each === channel).length > 2,
    )
    .map((channel) => ({
      path: `${path}.outputs`,
      message: `output ${channel} is wired to two things`,
      hint: 'each needs its own relay',
    }));
  if (isLatched && barrierClose?.channel !== barrierOpen?.channel) {
    findings.push({
      path: `${path}.outputs.barrierClose`,
      message: 'a latched open contact is taken off by the close order, which stands elsewhere',
      hint: 'wire barrierClose to the same channel as barrierOpen',
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
  const finding = (message: string, hint: string) => [{ path: `${path}.pulseMs`, message, hint }];
  switch (pulse?.kind) {
    case 'timeInValue': {
      const longest = pulse.unitMs * pulse.valueMax;
      if (pulseMs !== undefined && pulseMs <= longest) return [];
      return finding(
        pulseMs === undefined
          ? 'the length of the pulse is missing'
          : `a pulse of ${pulseMs} ms is longer than the module can time`,
        `give a length in steps of ${pulse.unitMs} ms, at most ${longest} ms; barriers take 300 to 1000 ms`,
      );
    }
    case 'hostTimed':
      return pulseMs === undefined
        ? finding(
            'the length of the pulse is missing',
            'give a length; barriers take 300 to 1000 ms',
          )
        : [];
    case 'widthOnModule':
      return pulseMs === undefined
        ? []
        : finding(
            'this module takes no length with the order',
            'leave pulseMs out and set the width on the module itself',
          );
    case 'latched':
      return pulseMs === undefined
        ? []
        : finding('a latched contact has no length', 'leave pulseMs out; the close order ends it');
    default:
      return [];
  }
}

/** `path` is where the wiring stands. */
export function lintWiring(
  block: ModbusProfile,
  wiring: Wiring,
  path: string,
): readonly ProfileFinding[] {
  const findings = [
    ...lintInputWiring(block, wiring, path),
    ...lintOutputWiring(block, wiring, path),
  ];
  const close = wiring.outputs.barrierClose;
  const interlocked = block.interlocks.some(({ clear }) => clear.includes('presence'));
  if (close && !interlocked) {
    findings.push({
      path: `${path}.outputs.barrierClose`,
      message: 'a close order would go out over whatever stands under the arm',
      hint: 'give the profile an interlock of barrierClose with presence at least',
    });
  }
  for (const interlock of block.interlocks) {
    const missing = interlock.clear.filter((point) => wiring.inputs[point] === undefined);
    if (close && missing.length > 0) {
      findings.push({
        path: `${path}.outputs.${interlock.order}`,
        message: `the order is interlocked with points that are not wired: ${missing.join(', ')}`,
        hint: 'wire them, or leave the order out and let the barrier close by itself',
      });
    }
  }
  return findings;
}
