/** Acts of a person that come over the control socket, checked before the gate sees them. */
import type { ControlAnswer } from './adapters/system/control-socket.ts';
import type { ActRefusal, ServiceAct } from './core/lane/lane-act.ts';
import { actInYard } from './gate-yard-acts.ts';
import type { Gate } from './runtime/gate.ts';

const nameLengthMax = 64;

type Acted = Pick<Gate, 'clearSafeState' | 'actOnLane' | 'actInYard'>;

export async function actOn(
  gate: Acted,
  request: Readonly<Record<string, unknown>>,
): Promise<ControlAnswer> {
  switch (request['act']) {
    case 'clearSafeState':
      return clear(gate, request);
    case 'lane':
      return orderLane(gate, request);
    case 'yard': {
      const { person, actId, wish } = request;
      if (isName(person)) return actInYard(gate, { person, actId, wish });
      return { ok: false, message: 'the person is missing' };
    }
    default: {
      const name = String(request['act']).slice(0, nameLengthMax);
      return { ok: false, message: `the gate knows no act "${name}"` };
    }
  }
}

export const unrecorded = {
  ok: false,
  message: 'the act could not be recorded, so nothing was done',
  hint: 'see the log: the ledger cannot be written',
} as const;

async function clear(
  gate: Acted,
  { device, person }: Readonly<Record<string, unknown>>,
): Promise<ControlAnswer> {
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
      return unrecorded;
    default:
      return {
        ok: false,
        message: `the device did not take it (${cleared})`,
        hint: 'it may be absent, have no safe state, or its watchdog may stand still; see its faults on the page',
      };
  }
}

async function orderLane(
  gate: Acted,
  request: Readonly<Record<string, unknown>>,
): Promise<ControlAnswer> {
  const { lane, person } = request;
  if (!isName(lane) || !isName(person)) {
    const hint = `both are texts of 1 to ${nameLengthMax} characters`;
    return { ok: false, message: 'the lane or the person is missing', hint };
  }
  const act = serviceActOf(request);
  if (!act) {
    const hint = 'one of: drain, maintain, resume, holdOpen, turn, open';
    return { ok: false, message: 'the gate does not know what is ordered of the lane', hint };
  }
  const answer = await gate.actOnLane(lane, act, person.trim());
  switch (answer?.kind) {
    case 'done':
      return { ok: true, result: doneTexts[act.kind] };
    case 'unrecorded':
      return unrecorded;
    case 'refused':
      return { ok: false, ...refusalTexts[answer.reason] };
    case undefined:
      return {
        ok: false,
        message: `the gate has no lane "${lane}"`,
        hint: 'name it as in the configuration of the running gate',
      };
  }
}

function serviceActOf({ order, to }: Readonly<Record<string, unknown>>): ServiceAct | undefined {
  switch (order) {
    case 'drain':
    case 'maintain':
    case 'resume':
    case 'holdOpen':
    case 'open':
      return { kind: order };
    case 'turn':
      return to === 'in' || to === 'out' ? { kind: 'turn', to } : undefined;
    default:
      return undefined;
  }
}

/** The order stands; what it comes to is seen on the page. */
const doneTexts: Readonly<Record<ServiceAct['kind'], string>> = {
  drain: 'takes nobody new, and is out of service once those who are there have left',
  maintain: 'takes nobody new, and is in maintenance once those who are there are finished',
  resume: 'serves again as soon as it can',
  holdOpen: 'the arm is held open until "resume"',
  turn: 'is turned once it has been empty for long enough',
  open: 'the arm is ordered to open once',
};

const refusalTexts: Readonly<
  Record<ActRefusal, { readonly message: string; readonly hint: string }>
> = {
  devicesNotRead: {
    message: 'the devices of the lane have not been read since the start',
    hint: 'look at the IO module of the lane on the page',
  },
  alreadySo: { message: 'the lane is so already', hint: 'nothing needs to be done' },
  resumeFirst: {
    message: 'another order stands for the lane',
    hint: 'end it with "resume" first',
  },
  cannotTurn: {
    message: 'the lane is not reversible',
    hint: 'set its direction to reversible in the configuration',
  },
  notInService: {
    message: 'the lane is not in service, and is turned only from there',
    hint: 'its mode and the cause are on the page',
  },
  notInMaintenance: {
    message: 'the arm is opened by order only in maintenance',
    hint: 'order "maintain" and wait until the lane has come to it',
  },
  notEmpty: {
    message: 'a vehicle is in the lane, or a loop or the curtain does not tell that none is',
    hint: 'wait until it has left; look at the loops on the page',
  },
  armNotClosed: { message: 'the arm is not down', hint: 'wait until it is' },
  disabled: {
    message: 'the lane is out of service until the next start',
    hint: 'a device that it cannot do without was absent; see the page',
  },
};

export function isName(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '' && value.length <= nameLengthMax;
}
