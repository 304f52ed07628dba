/**
 * What indicators of each protocol family send, written from their frame tables and independent of the profiles
 * that read them. Where a table does not say what is sent (Yaohua on overload) dashes stand in.
 */

/** What an indicator shows. */
export interface Display {
  readonly shown: number | 'overload' | 'underload' | 'error';
  readonly mode: 'gross' | 'net';
  readonly isMoving: boolean;
  /** Decimals of the display, 0 to 4. */
  readonly decimals: number;
}

export interface Encoder {
  frame(display: Display): Uint8Array;
  /** What it is asked with; absent: it sends by itself. */
  readonly request?: Uint8Array;
  /** Where the last byte of the check stands, counted from the end; absent: the protocol has none. */
  readonly checkAt?: number;
}

const bytes = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => character.charCodeAt(0));

/** The number as its display shows it, right aligned in `width`; dashes where there is none or it is too long. */
function digitsOf({ shown, decimals }: Display, width: number, fill: ' ' | '0'): string {
  if (typeof shown !== 'number') return '-'.repeat(width);
  const text = String(Math.round(Math.abs(shown) * 10 ** decimals));
  return text.length > width ? '-'.repeat(width) : text.padStart(width, fill);
}

/** The same with its decimal point. */
function pointedOf({ shown, decimals }: Display, width: number, fill: ' ' | '0' = ' '): string {
  if (typeof shown !== 'number') return '-'.repeat(width);
  const text = Math.abs(shown).toFixed(decimals);
  return text.length > width ? '-'.repeat(width) : text.padStart(width, fill);
}

const isNegative = ({ shown }: Display): boolean =>
  shown === 'underload' || (typeof shown === 'number' && shown < 0);
const signOf = (display: Display, positive: string): string =>
  isNegative(display) ? '-' : positive;
const isNet = ({ mode }: Display): boolean => mode === 'net';

/** Two hexadecimal characters. */
function xorText(text: string): string {
  let xor = 0;
  for (const character of text) xor ^= character.charCodeAt(0);
  return xor.toString(16).toUpperCase().padStart(2, '0');
}

function yaohuaContinuous(display: Display): Uint8Array {
  const body = `${signOf(display, '+')}${digitsOf(display, 6, '0')}${display.decimals}`;
  return bytes(`\x02${body}${xorText(body)}\x03`);
}

/** The answer to B: gross, whatever is on the display. */
function yaohuaCommand(display: Display): Uint8Array {
  const body = `AB${signOf(display, '+')}${digitsOf(display, 6, '0')}${display.decimals}`;
  return bytes(`\x02${body}${xorText(body)}\x03`);
}

/** Seven characters with the point; dashes, which are no number, where there is none. */
const equalsValue = (display: Display): string => pointedOf(display, 7, '0');

function equalsReversed(display: Display): Uint8Array {
  return bytes(`=${[...equalsValue(display)].reverse().join('')}${signOf(display, '0')}`);
}

function equalsForward(display: Display): Uint8Array {
  return bytes(`=${signOf(display, '0')}${equalsValue(display)}`);
}

function yaohuaA12e(display: Display): Uint8Array {
  const { shown } = display;
  const body =
    shown === 'overload' || shown === 'underload'
      ? `${' '.repeat(9)}${shown === 'overload' ? 'OL' : 'LO'}`
      : `W${isNet(display) ? 'N' : 'G'}${signed(display, 7) ?? '-'.repeat(7)}kg`;
  return bytes(`${body}${xorText(body)}\r\n`);
}

/** Three status words, displayed weight, tare, CR. */
function toledo(display: Display): Uint8Array {
  const { shown, isMoving, decimals } = display;
  const isOutOfRange = typeof shown !== 'number';
  const status =
    0x30 +
    (isNet(display) ? 1 : 0) +
    (isNegative(display) ? 2 : 0) +
    (isOutOfRange ? 4 : 0) +
    (isMoving ? 8 : 0);
  const weight = isOutOfRange ? ' '.repeat(6) : digitsOf(display, 6, ' ');
  const words = String.fromCharCode(0x28 + decimals + 2, status, 0x20);
  return bytes(`\x02${words}${weight}     0\r`);
}

function toledoWithChecksum(display: Display): Uint8Array {
  const frame = toledo(display);
  const sum = frame.reduce((all, byte) => all + byte, 0);
  return Uint8Array.of(...frame, (128 - (sum % 128)) % 128);
}

/** Its status byte B has the stable bit the other way round than Toledo's. */
function hengtian9800(display: Display): Uint8Array {
  const { shown, isMoving, decimals } = display;
  const point = decimals === 0 ? 0 : decimals + 2;
  const isOver = typeof shown !== 'number';
  const status = 0x30 + (isMoving ? 0 : 8) + (isOver ? 4 : 0) + (isNegative(display) ? 2 : 0);
  const words = String.fromCharCode(0x20 + point, status, 0x20);
  return bytes(`\x02${words}${digitsOf(display, 6, '0')}\r\n`);
}

function mtSics(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  if (shown === 'overload') return bytes('S +\r\n');
  if (shown === 'underload') return bytes('S -\r\n');
  if (shown === 'error') return bytes('S I\r\n');
  return bytes(`S ${isMoving ? 'D' : 'S'} ${signed(display, 10) ?? '-'.repeat(10)} kg\r\n`);
}

/** Sign directly before the digits, right aligned; undefined where it does not fit. */
function signed(display: Display, width: number): string | undefined {
  const { shown, decimals } = display;
  if (typeof shown !== 'number') return undefined;
  const text = `${isNegative(display) ? '-' : ''}${Math.abs(shown).toFixed(decimals)}`;
  return text.length > width ? undefined : text.padStart(width);
}

function csvLine(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  const sign = signOf(display, '+');
  const mode = isNet(display) ? 'NT' : 'GS';
  if (typeof shown !== 'number') return bytes(`OL,${mode},${sign}${' '.repeat(12)}\r\n`);
  return bytes(`${isMoving ? 'US' : 'ST'},${mode},${sign}${pointedOf(display, 7)}kg\r\n`);
}

const conditionLetters = { overload: 'O', underload: 'U', error: 'E' } as const;

function rinstrumFmt1(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  const mode = isNet(display) ? 'N' : 'G';
  const status = typeof shown === 'number' ? (isMoving ? 'M' : mode) : conditionLetters[shown];
  return bytes(`\x02${signOf(display, ' ')}${pointedOf(display, 7)}${status}\x03`);
}

function rinstrumFmt2(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  const mode = isNet(display) ? 'N' : 'G';
  const status = typeof shown === 'number' ? mode : conditionLetters[shown];
  const state = `${isMoving ? 'M' : ' '}${shown === 0 ? 'Z' : ' '}-${isMoving ? '   ' : ' kg'}`;
  return bytes(`\x02${signOf(display, ' ')}${pointedOf(display, 7)}${status}${state}\x03`);
}

function rinstrumFmt3(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  const weight = signed(display, 8) ?? '-'.repeat(8);
  const range = typeof shown === 'number' ? ' ' : shown === 'error' ? 'I' : conditionLetters[shown];
  const state = `${isNet(display) ? 'N' : 'G'}${isMoving ? 'M' : 'S'}${range}${shown === 0 ? 'Z' : ' '}`;
  return bytes(`\x02${weight}${state}  \x03`);
}

function sma(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  const status = typeof shown === 'number' ? (shown === 0 ? 'Z' : ' ') : conditionLetters[shown];
  const weight = signed(display, 10) ?? '-'.repeat(10);
  const state = `${status}1${isNet(display) ? 'N' : 'G'}${isMoving ? 'M' : ' '} `;
  return bytes(`\n${state}${weight}kg \r`);
}

function riceLake(display: Display): Uint8Array {
  const { shown, isMoving } = display;
  const isOut = shown === 'overload' || shown === 'underload';
  const status = isOut ? 'O' : shown === 'error' ? 'I' : isMoving ? 'M' : shown === 0 ? 'Z' : ' ';
  const mode = isNet(display) ? 'N' : 'G';
  return bytes(`\x02${signOf(display, ' ')}${pointedOf(display, 7)}K${mode}${status}\r\n`);
}

export const encoders = {
  yaohuaContinuous: { frame: yaohuaContinuous, checkAt: 2 },
  yaohuaCommand: {
    frame: yaohuaCommand,
    request: bytes('\x02AB03\x03'),
    checkAt: 2,
  },
  equalsReversed: { frame: equalsReversed },
  equalsForward: { frame: equalsForward },
  yaohuaA12e: { frame: yaohuaA12e, checkAt: 3 },
  toledoWithChecksum: { frame: toledoWithChecksum, checkAt: 1 },
  toledo: { frame: toledo },
  hengtian9800: { frame: hengtian9800 },
  mtSics: { frame: mtSics, request: bytes('SI\r\n') },
  csvLine: { frame: csvLine },
  rinstrumFmt1: { frame: rinstrumFmt1 },
  rinstrumFmt2: { frame: rinstrumFmt2 },
  rinstrumFmt3: { frame: rinstrumFmt3 },
  sma: { frame: sma, request: bytes('\nW\r') },
  riceLake: { frame: riceLake },
} as const satisfies Readonly<Record<string, Encoder>>;

export type IndicatorFamily = keyof typeof encoders;
