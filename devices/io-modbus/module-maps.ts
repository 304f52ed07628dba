/**
 * Where the emulated modules keep what, written from the makers' maps: Waveshare wiki (POE ETH Relay B), ioLogik
 * E1200 appendix A, WAGO 750 MODBUS functions, ADAM-6000 mapping, S7-1200 MB_SERVER. Addresses are those of the
 * wire. Nothing here is taken from the profiles.
 */
export type EmulatedModule =
  | 'waveshareRelayB'
  | 'moxaE1212'
  | 'wago750'
  | 'adam6050'
  | 's7Template';

/** What one bit of the read area is. */
export type BitMeaning =
  | { readonly kind: 'input'; readonly terminal: number }
  | { readonly kind: 'relay'; readonly channel: number }
  | { readonly kind: 'safeFlag' };

/** What a coil does that is written. */
export type CoilMeaning =
  | { readonly kind: 'relay'; readonly channel: number }
  | { readonly kind: 'pulse'; readonly channel: number }
  | { readonly kind: 'clearSafe' };

export interface ModuleMap {
  /** How a pulse is asked for: by a count of 100 ms, by a coil of fixed width, or not at all. */
  readonly pulse: 'counted' | 'fixed' | 'none';
  bit(code: 1 | 2, address: number): BitMeaning | undefined;
  coil(address: number): CoilMeaning | undefined;
}

const within = (address: number, first: number, count: number) =>
  address >= first && address < first + count ? address - first + 1 : undefined;

function input(terminal: number | undefined): BitMeaning | undefined {
  return terminal === undefined ? undefined : { kind: 'input', terminal };
}

function relay(channel: number | undefined) {
  return channel === undefined ? undefined : ({ kind: 'relay', channel } as const);
}

function pulse(channel: number | undefined): CoilMeaning | undefined {
  return channel === undefined ? undefined : { kind: 'pulse', channel };
}

/** ioLogik E1200: `watchdogAlarmFlag`. */
const moxaSafeFlag = 0x1030;
/** WAGO: outputs are read back this far above where they are written. */
const wagoReadBack = 0x0200;

export const moduleMaps: Readonly<Record<EmulatedModule, ModuleMap>> = {
  waveshareRelayB: {
    pulse: 'counted',
    bit: (code, address) =>
      code === 2 ? input(within(address, 0, 8)) : relay(within(address, 0, 8)),
    coil: (address) => relay(within(address, 0, 8)) ?? pulse(within(address, 0x0200, 8)),
  },
  moxaE1212: {
    pulse: 'fixed',
    bit: (code, address) => {
      if (code === 2) return input(within(address, 0, 8));
      return address === moxaSafeFlag ? { kind: 'safeFlag' } : relay(within(address, 0, 8));
    },
    coil: (address) =>
      address === moxaSafeFlag
        ? { kind: 'clearSafe' }
        : (relay(within(address, 0, 8)) ?? pulse(within(address, 0x0010, 8))),
  },
  wago750: {
    pulse: 'none',
    // Functions 1 and 2 read the same: inputs from 0, outputs only at the offset.
    bit: (_code, address) =>
      input(within(address, 0, 8)) ?? relay(within(address, wagoReadBack, 8)),
    coil: (address) => relay(within(address, 0, 8)),
  },
  adam6050: {
    pulse: 'none',
    // Inputs stand in the coil area, outputs behind them in the same one.
    bit: (code, address) =>
      code === 1 ? (input(within(address, 0, 12)) ?? relay(within(address, 16, 6))) : undefined,
    coil: (address) => relay(within(address, 16, 6)),
  },
  s7Template: {
    pulse: 'fixed',
    // I0.0 on, and Q100.0 to Q100.3, of which the program takes the first two as commands.
    bit: (code, address) =>
      code === 2 ? input(within(address, 0, 8)) : relay(within(address, 800, 4)),
    coil: (address) =>
      pulse(within(address, 800, 2)) ??
      (within(address, 802, 2) ? relay(within(address, 800, 4)) : undefined),
  },
};
