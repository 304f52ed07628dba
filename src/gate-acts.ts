/** Acts of a person that come over the control socket, checked before the gate sees them. */
import type { ControlAnswer } from './adapters/system/control-socket.ts';
import { actInYard } from './gate-yard-acts.ts';
import type { Gate } from './runtime/gate.ts';

const nameLengthMax = 64;

export async function actOn(
  gate: Pick<Gate, 'clearSafeState' | 'actInYard'>,
  request: Readonly<Record<string, unknown>>,
): Promise<ControlAnswer> {
  const { act, device, person, wish } = request;
  if (act === 'yard' && isName(person)) return actInYard(gate, { person, wish });
  if (act !== 'clearSafeState') {
    return { ok: false, message: `the gate knows no act "${String(act).slice(0, nameLengthMax)}"` };
  }
  if (!isName(device) || !isName(person)) {
    const hint = `both are texts of 1 to ${nameLengthMax} characters`;
    return { ok: false, message: 'the device or the person is missing', hint };
  }
  const cleared = await gate.clearSafeState(device, person);
  switch (cleared) {
    case 'accepted':
      return { ok: true, result: 'cleared' };
    case 'unknownDevice':
      return {
        ok: false,
        message: `the gate has no device "${device}"`,
        hint: 'name it as in the configuration of the running gate',
      };
    case 'unrecorded':
      return {
        ok: false,
        message: 'the act could not be recorded, so nothing was done',
        hint: 'see the log: the ledger cannot be written',
      };
    default:
      return {
        ok: false,
        message: `the device did not take it (${cleared})`,
        hint: 'it may be absent, have no safe state, or its watchdog may stand still; see its faults on the page',
      };
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= nameLengthMax;
}
