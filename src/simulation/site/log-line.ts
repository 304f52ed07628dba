/** How the log of a site says what happens. */
import type { Entry } from '../audit/ledger-file.ts';
import type { Visitor } from './lane-road.ts';

/** An entry in a line: what became of whom, and why. */
export function told({ type, subject, data }: Entry): string {
  const { laneId, disposition, outcome, cause, reasons, code, commandId, why } = data;
  const said = { laneId, disposition, outcome, cause, reasons, code, commandId, why };
  return `${type} ${subject} ${JSON.stringify(said)}`;
}

export const nameOf = ({ passage }: Visitor) => `#${passage.number} ${passage.truck.plate}`;
