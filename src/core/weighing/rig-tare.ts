/** The tare of a rig as its register tells it, with how sure that is. */
import type { Binding } from '../binding/bind.ts';
import type { Identification } from '../identification/identify.ts';

export type RigTare =
  | { readonly kind: 'known'; readonly kg: number; readonly uncertaintyKg: number }
  | { readonly kind: 'unknown'; readonly lacking: 'vehicle' | 'trailer'; readonly isOver: boolean };

/**
 * Tractor and trailer. A trailer that no register knows counts with its tractor: many sites register the tare of the
 * rig under the tractor's plate. One that is registered without a tare, or whose tare has run out, leaves the rig's
 * unknown.
 */
export function rigTare(
  { vehicleByPlate, trailer }: Pick<Binding, 'vehicleByPlate' | 'trailer'>,
  nowWallMs: number,
): RigTare {
  if (vehicleByPlate?.tareKg === undefined) {
    return { kind: 'unknown', lacking: 'vehicle', isOver: false };
  }
  if (isOver(vehicleByPlate, nowWallMs))
    return { kind: 'unknown', lacking: 'vehicle', isOver: true };
  const { tareKg, tareUncertaintyKg = 0 } = vehicleByPlate;
  if (!trailer) return { kind: 'known', kg: tareKg, uncertaintyKg: tareUncertaintyKg };
  if (trailer.tareKg === undefined) return { kind: 'unknown', lacking: 'trailer', isOver: false };
  if (isOver(trailer, nowWallMs)) return { kind: 'unknown', lacking: 'trailer', isOver: true };
  return {
    kind: 'known',
    kg: tareKg + trailer.tareKg,
    // The errors of two weighings are independent.
    uncertaintyKg: Math.round(Math.hypot(tareUncertaintyKg, trailer.tareUncertaintyKg ?? 0)),
  };
}

function isOver({ tareValidUntilMs }: { readonly tareValidUntilMs?: number }, nowWallMs: number) {
  return tareValidUntilMs !== undefined && tareValidUntilMs < nowWallMs;
}

/** Axles of the rig, where every part of it has told them. */
export function rigAxles(
  { vehicleByPlate, trailer }: Pick<Binding, 'vehicleByPlate' | 'trailer'>,
  identification: Pick<Identification, 'trailer'>,
): { readonly axles: number; readonly isCombination: boolean } | undefined {
  const axles = vehicleByPlate?.axles;
  if (axles === undefined) return undefined;
  if (!identification.trailer) return { axles, isCombination: false };
  return trailer?.axles === undefined
    ? undefined
    : { axles: axles + trailer.axles, isCombination: true };
}
