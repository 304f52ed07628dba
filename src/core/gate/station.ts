/**
 * A place ahead of the lanes where vehicles are read or weighed: a portal (前置采集), a weighbridge that lanes share. What
 * it takes of one vehicle is a capture. Captures wait for a lane that reads the same plate or tag, expire, and are
 * never joined by their order: the second truck in the queue is not always the second at the arm.
 */
import {
  addReading,
  type Evidence,
  type IdentityReading,
  noEvidence,
} from '../identification/evidence.ts';
import { parsePlate, plateJurisdiction } from '../identifiers/vehicle-plate.ts';
import type { DeviceId, StationId } from '../identity.ts';
import type { ObservedAt, WeightReading } from '../observation.ts';
import type { Instant } from '../time.ts';
import { addWeightReading, beginWeighing, forgetWeight } from '../weighing/weighing.ts';

export interface StationSettings {
  readonly stationId: StationId;
  /** Where nothing has been read for so long, the next reading is of another vehicle, ms. */
  readonly quietMs: number;
  /** Age from which a capture says nothing of a vehicle any more, ms. */
  readonly ageMsMax: number;
  /** There is a platform: one vehicle at a time, from its weight until the platform is empty. */
  readonly weighs: boolean;
  /** Below this the platform is taken to bear no vehicle, kg. */
  readonly vehicleWeightKgMin: number;
}

/** What was read of one vehicle. */
export interface Capture {
  readonly captureId: string;
  readonly beganAt: Instant;
  readonly lastAt: Instant;
  readonly evidence: Evidence;
  /** The vehicle has stood on the platform. */
  readonly wasOnPlatform: boolean;
}

export interface StationState {
  /** Still being read. */
  readonly open?: Capture;
  /** Taken, and waiting for their lanes; oldest first. */
  readonly waiting: readonly Capture[];
  readonly platformZero?: { readonly weightKg: number; readonly atMonotonicMs: number };
}

/** Why a capture joins nobody. */
export type CaptureLoss =
  | 'ambiguous'
  | 'nameless'
  | 'unweighed'
  | 'expired'
  | 'superseded'
  | 'overflow';

export interface StationStep {
  readonly state: StationState;
  /** Captures that are whole from now on. */
  readonly taken: readonly Capture[];
  readonly lost: readonly { readonly capture: Capture; readonly because: CaptureLoss }[];
}

export interface StationInput {
  readonly id: string;
  readonly now: Instant;
  readonly settings: StationSettings;
}

export const emptyStation: StationState = { waiting: [] };

/** Trucks between a station and its lanes; more is a queue that nobody clears. */
const waitingMax = 64;
/** A platform drifts by temperature and dirt, ms. */
const zeroAgeMsMax = 1_800_000;

export function readAtStation(
  state: StationState,
  observed: ObservedAt<IdentityReading>,
  input: StationInput,
): StationStep {
  const aged = stationTick(state, input);
  const capture = aged.state.open ?? beginCapture(aged.state, input);
  const admission = addReading(capture.evidence, observed);
  if (admission.kind === 'dropped') return aged;
  const open = { ...capture, lastAt: input.now, evidence: admission.evidence };
  return { ...aged, state: { ...aged.state, open } };
}

export function weighAtStation(
  state: StationState,
  observed: ObservedAt<WeightReading>,
  input: StationInput,
): StationStep {
  const { settings, now } = input;
  const aged = stationTick(state, input);
  const { open } = aged.state;
  const { weightKg, condition, stability } = observed.observation;
  const bears =
    condition === 'overload' || (weightKg !== undefined && weightKg >= settings.vehicleWeightKgMin);
  if (!bears) {
    if (open?.wasOnPlatform && condition === 'ok') return closed(aged, input);
    const isZero = !open && condition === 'ok' && stability.state === 'stable';
    if (!isZero || weightKg === undefined) return aged;
    const platformZero = { weightKg, atMonotonicMs: now.monotonicMs };
    return { ...aged, state: { ...aged.state, platformZero } };
  }
  const capture = open ?? beginCapture(aged.state, input);
  const weighing = addWeightReading(capture.evidence.weighing, observed, settings);
  const evidence = { ...capture.evidence, weighing };
  const after = { ...capture, lastAt: now, evidence, wasOnPlatform: true };
  return { ...aged, state: { ...aged.state, open: after } };
}

/** What its platform showed says nothing any more; the vehicle may have left unseen. */
export function stationDeviceLost(state: StationState, deviceId: DeviceId): StationState {
  const { open } = state;
  if (!open) return state;
  const weighing = forgetWeight(open.evidence.weighing, deviceId);
  return { ...state, open: { ...open, evidence: { ...open.evidence, weighing } } };
}

/** Ends a capture that has become quiet, and lets those go that are too old. */
export function stationTick(state: StationState, input: StationInput): StationStep {
  const { now, settings } = input;
  const step = { state, taken: [], lost: [] };
  const { open } = state;
  const isQuiet = open && now.monotonicMs - open.lastAt.monotonicMs > settings.quietMs;
  return aged(isQuiet ? closed(step, input) : step, input);
}

function beginCapture({ platformZero }: StationState, { id, now }: StationInput): Capture {
  const zero = { nowMonotonicMs: now.monotonicMs, zeroAgeMsMax };
  return {
    captureId: id,
    beganAt: now,
    lastAt: now,
    evidence: { ...noEvidence, weighing: beginWeighing(platformZero, zero) },
    wasOnPlatform: false,
  };
}

/** The open capture is whole. One that may be of two vehicles, or of nobody, is of no use to any lane. */
function closed(step: StationStep, { settings }: StationInput): StationStep {
  const { open, ...rest } = step.state;
  if (!open) return step;
  const taken = [...step.taken, open];
  const because = lossOf(open, settings);
  if (because) return { state: rest, taken, lost: [...step.lost, { capture: open, because }] };
  const waiting = [...rest.waiting, open];
  const over = waiting.slice(0, Math.max(0, waiting.length - waitingMax));
  return {
    state: { ...rest, waiting: waiting.slice(over.length) },
    taken,
    lost: [...step.lost, ...over.map((capture) => ({ capture, because: 'overflow' as const }))],
  };
}

function lossOf(capture: Capture, { weighs }: StationSettings): CaptureLoss | undefined {
  const { plates, tags } = identityOf(capture);
  if (isOfSeveral(capture.evidence)) return 'ambiguous';
  // A reader beside a platform hears the next truck, too: where there is no plate, nothing tells the two apart.
  if (plates.length === 0 && tags.length > 1) return 'ambiguous';
  if (weighs && !capture.wasOnPlatform) return 'unweighed';
  return plates.length + tags.length === 0 ? 'nameless' : undefined;
}

function aged(step: StationStep, { now, settings }: StationInput): StationStep {
  const isOld = ({ lastAt }: Capture) => now.monotonicMs - lastAt.monotonicMs > settings.ageMsMax;
  const old = step.state.waiting.filter(isOld);
  if (old.length === 0) return step;
  return {
    ...step,
    state: { ...step.state, waiting: step.state.waiting.filter((each) => !isOld(each)) },
    lost: [...step.lost, ...old.map((capture) => ({ capture, because: 'expired' as const }))],
  };
}

export interface VehicleIdentity {
  /** Plates of the tractor, as text. */
  readonly plates: readonly string[];
  /** Tags that are surely its own. */
  readonly tags: readonly string[];
}

/** What a capture can be known by. Plates of trailers are none: trailers change tractors. */
export function identityOf({ evidence }: Pick<Capture, 'evidence'>): VehicleIdentity {
  return {
    plates: [...new Set(tractorPlates(evidence).map(({ text }) => text))],
    tags: evidence.tags.map(({ observation }) => observation.tag),
  };
}

function tractorPlates({ plates }: Evidence) {
  return plates.flatMap(({ observation }) => {
    const parsed = parsePlate(observation.raw);
    if (parsed.kind === 'malformed' || parsed.candidates.includes('trailer')) return [];
    return [{ text: parsed.text, issuer: plateJurisdiction(parsed.candidates, observation) }];
  });
}

/** One truck bears one plate of each place that issues them. */
function isOfSeveral(evidence: Evidence): boolean {
  const read = tractorPlates(evidence);
  return read.some((a) => read.some((b) => a.issuer === b.issuer && a.text !== b.text));
}

export interface StationMatch {
  readonly state: StationState;
  readonly found?: { readonly capture: Capture; readonly by: 'plate' | 'tag' };
  readonly lost: StationStep['lost'];
}

/**
 * Hands out the newest capture of this vehicle, once. Earlier ones of it are superseded: it has been here again since.
 * A capture by tag alone is not taken where both have plates and none in common.
 */
export function takeCapture(state: StationState, vehicle: VehicleIdentity): StationMatch {
  const matching = state.waiting.flatMap((capture) => {
    const by = matchOf(identityOf(capture), vehicle);
    return by ? [{ capture, by }] : [];
  });
  const found = matching.at(-1);
  if (!found) return { state, lost: [] };
  const others = matching.slice(0, -1).map(({ capture }) => capture);
  const gone = [...others, found.capture];
  return {
    state: { ...state, waiting: state.waiting.filter((each) => !gone.includes(each)) },
    found,
    lost: others.map((capture) => ({ capture, because: 'superseded' as const })),
  };
}

function matchOf(one: VehicleIdentity, other: VehicleIdentity): 'plate' | 'tag' | undefined {
  const shares = (a: readonly string[], b: readonly string[]) => a.some((text) => b.includes(text));
  if (shares(one.plates, other.plates)) return 'plate';
  if (one.plates.length > 0 && other.plates.length > 0) return undefined;
  return one.tags.length === 1 && shares(one.tags, other.tags) ? 'tag' : undefined;
}
