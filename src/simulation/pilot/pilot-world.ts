/**
 * The world of the pilot: trucks that come, work, and leave by every way that trucks leave, with customs, the terminal and
 * a person in the yard. It tells the gate only what the gate's cameras, loops, feed and people would.
 */
import type { JournalRow } from '../../ports/ledger.ts';
import { type PilotClock, pilotStartMs } from './pilot-clock.ts';
import type { PilotGate, PilotLaneId } from './pilot-gate.ts';
import type { Plan, PlannedVisit } from './pilot-plan.ts';
import { PilotRoad, type Readable } from './pilot-road.ts';

const minute = 60_000;
const hour = 3_600_000;
const outageMs = 20 * minute;

interface Truck extends PlannedVisit {
  /** Its id at the gate, once it is inside. */
  visitId?: string;
  isInside: boolean;
}

export class PilotWorld {
  readonly #gate: PilotGate;
  readonly #clock: PilotClock;
  readonly #road: PilotRoad;
  readonly #plan: Plan;
  readonly #byPlate = new Map<string, Truck>();
  readonly #silent = new Set<string>();
  readonly #rejected = new Set<string>();
  #isDown = false;
  #spares = 0;
  /** Where a truck that the gate knows was not let through. */
  refusals = 0;

  constructor(plan: Plan, gate: PilotGate, clock: PilotClock) {
    this.#plan = plan;
    this.#gate = gate;
    this.#clock = clock;
    this.#road = new PilotRoad(gate, clock);
  }

  start(): void {
    const { visits, neverEntered, strangersAtMs, outages } = this.#plan;
    for (const visit of visits) {
      const truck: Truck = { ...visit, isInside: false };
      this.#at(visit.entersAtMs, () => this.#enter(truck));
    }
    for (const { plate, atMs } of neverEntered) {
      this.#at(atMs, () => this.#bind(plate, 'preArrival', []));
    }
    for (const atMs of strangersAtMs) this.#at(atMs, () => this.#tailgateOut());
    for (const { atMs, plates } of outages) this.#at(atMs, () => this.#outage(plates));
  }

  /** While the daemon is down nobody is let through: who comes waits. */
  #at(atMs: number, run: () => void): void {
    this.#clock.at(atMs, () => {
      if (this.#isDown) this.#at(this.#clock.nowMs + minute, run);
      else run();
    });
  }

  #after(ms: number, run: () => void): void {
    this.#at(this.#clock.nowMs + ms, run);
  }

  #announce(
    truck: Pick<Truck, 'plate' | 'containers' | 'transfer' | 'number' | 'fate'>,
    direction: 'in' | 'out',
  ): void {
    const { plate, containers, transfer, number, fate } = truck;
    const loaded = transfer ? 'importTransfer' : 'importLocal';
    const transactionType = containers.length === 0 ? 'bobtail' : loaded;
    const id = `T-${direction}-${number}-${this.#clock.nowMs}`;
    this.#gate.tellFeed([
      {
        kind: 'transaction',
        id,
        body: { direction, transactionType, plate, containers, consignments: [] },
      },
    ]);
    if (fate !== 'reEntered') return;
    // It comes again with other work: what was planned for this stay is done with.
    this.#after(2 * hour, () =>
      this.#gate.tellFeed(
        [
          {
            kind: 'transaction',
            id,
            body: {
              direction,
              transactionType,
              plate: '粤A00000',
              containers: [],
              consignments: [],
            },
          },
        ],
        2,
      ),
    );
  }

  #bind(plate: string, origin: 'preArrival' | 'premises', containers: readonly string[]): void {
    this.#gate.tellFeed([
      {
        kind: 'binding',
        id: `B-${plate}-${this.#clock.nowMs}`,
        body: { state: 'bound', origin, plate, containers, consignments: [] },
      },
    ]);
  }

  #enter(truck: Truck): void {
    this.#announce(truck, 'in');
    const { plate, trailer, containers, laneIndex } = truck;
    const laneId = laneIndex === 0 ? 'in-1' : 'in-2';
    const isIn = this.#road.pass(laneId, {
      plate,
      containers,
      ...(trailer !== undefined && { trailer }),
    });
    if (!isIn) this.refusals += 1;
    truck.isInside = isIn;
    this.#byPlate.set(plate, truck);
    this.#deliver();
    if (truck.fate === 'heldInside') this.#after(30 * minute, () => this.#hold(truck));
    const workedMs = Math.max(20 * minute, truck.staysMs - 60 * minute);
    if (truck.isBound && truck.fate !== 'heldInside') {
      this.#after(workedMs, () => this.#bind(plate, 'premises', containers));
    }
    this.#after(Math.max(truck.staysMs, workedMs + 10 * minute), () => this.#goes(truck));
  }

  #goes(truck: Truck): void {
    switch (truck.fate) {
      case 'complete':
        return this.#leave(truck, truck);
      case 'rejected':
        this.#rejected.add(truck.plate);
        return this.#leave(truck, truck);
      case 'unanswered':
        this.#silent.add(truck.plate);
        return this.#leave(truck, truck);
      case 'stillInside':
      case 'heldInside':
      case 'outage':
        return;
      case 'reEntered':
        return this.#comesAgain(truck);
      case 'tailgatedOut':
        return this.#tailgateOut(truck);
      case 'misread':
        return this.#leaveMisread(truck);
      case 'heldOpen':
        truck.isInside = false;
        this.#road.driveUnderHeldArm('out-2');
        return this.#deliver();
      case 'elsewhere':
        return this.#leaveElsewhere(truck);
      case 'byWater':
        this.#leave(truck, { ...truck, containers: [] });
        return this.#after(3 * hour, () => this.#load(truck));
      case 'dropped':
        return this.#drop(truck);
      case 'reHitched':
        this.#drop(truck);
        return this.#after(2 * hour, () => this.#takeOver(truck));
      case 'withdrawn':
        return this.#gate.act({
          act: 'withdraw',
          visit: truck.visitId ?? '',
          reason: 'the goods were withdrawn',
        });
    }
  }

  /** With what is on it now. */
  #leave(truck: Truck, load: Pick<Truck, 'containers' | 'trailer'>): void {
    const { plate, laneIndex } = truck;
    const { containers, trailer } = load;
    this.#announce({ ...truck, containers }, 'out');
    const laneId: PilotLaneId = laneIndex === 0 ? 'out-1' : 'out-2';
    const isOut = this.#road.pass(laneId, {
      plate,
      containers,
      ...(trailer !== undefined && { trailer }),
    });
    if (!isOut) this.refusals += 1;
    truck.isInside = !isOut;
    this.#deliver();
  }

  #drop(truck: Truck): void {
    const { trailer: _, ...tractor } = truck;
    this.#leave(truck, { ...tractor, containers: [] });
  }

  /** Another tractor comes alone and takes the trailer that was dropped. */
  #takeOver({ trailer, containers, laneIndex }: Truck): void {
    const truck = this.#spare([], laneIndex);
    this.#enter({ ...truck, isBound: false, fate: 'stillInside' });
    const inside = this.#byPlate.get(truck.plate);
    this.#after(hour, () => {
      if (inside) this.#leave(inside, { containers, ...(trailer !== undefined && { trailer }) });
    });
  }

  #spare(containers: readonly string[], laneIndex: number): Truck {
    this.#spares += 1;
    const number = 1_000_000 + this.#spares;
    return {
      number,
      transfer: false,
      fate: 'complete',
      plate: `湘Z${String(this.#spares).padStart(5, '0')}`,
      containers,
      entersAtMs: this.#clock.nowMs,
      staysMs: 2 * hour,
      laneIndex,
      isBound: true,
      isInside: false,
    };
  }

  /** It left where no loop told of it, and comes again some hours later. */
  #comesAgain(truck: Truck): void {
    truck.isInside = false;
    this.#after(6 * hour, () => {
      const { plate, laneIndex } = truck;
      this.#enter({ ...this.#spare([], laneIndex), plate });
    });
  }

  /** Behind another that leaves; `truck` is absent for one that never was a trip. */
  #tailgateOut(truck?: Truck): void {
    const first = this.#spare([], 0);
    this.#announce(first, 'in');
    this.#road.pass('in-1', { plate: first.plate, containers: [] });
    this.#announce(first, 'out');
    const isOut = this.#road.tailgate('out-1', { plate: first.plate, containers: [] });
    if (!isOut) this.refusals += 1;
    if (truck) truck.isInside = false;
    this.#deliver();
  }

  /** Its plate is dirty: a character is wrong, or only the box is read. */
  #leaveMisread(truck: Truck): void {
    const { plate, containers, number } = truck;
    const isBoxRead = containers.length > 0 && number % 2 === 0;
    const last = Number(plate.at(-1));
    const misread = `${plate.slice(0, -1)}${(last + 1) % 10}`;
    const read: Readable = isBoxRead ? { containers } : { plate: misread, containers };
    this.#road.passByHand('out-2', read);
    truck.isInside = false;
    this.#deliver();
  }

  /** The machine is down, the arm stands as it stood, and these drive out. */
  #outage(plates: readonly string[]): void {
    this.#isDown = true;
    this.#gate.kill();
    for (const plate of plates) {
      const truck = this.#byPlate.get(plate);
      if (truck) truck.isInside = false;
    }
    this.#clock.at(this.#clock.nowMs + outageMs, () => {
      this.#gate.restart();
      this.#isDown = false;
      this.#deliver();
    });
  }

  #leaveElsewhere(truck: Truck): void {
    const { plate } = truck;
    truck.isInside = false;
    this.#after(40 * minute, () =>
      this.#gate.tellFeed([
        {
          kind: 'exit-registration',
          id: `X-other-${plate}`,
          body: { visitId: `other-gate-${plate}`, plate, answer: 'accepted' },
        },
      ]),
    );
  }

  #hold({ containers, plate, number }: Truck): void {
    const [container] = containers;
    const subject =
      container === undefined ? { kind: 'vehicle', plate } : { kind: 'container', container };
    this.#gate.tellFeed([
      {
        kind: 'hold',
        id: `H-${number}`,
        body: {
          subject,
          moves: ['leave'],
          instruction: 'stop',
          state: 'placed',
          authority: '5788',
          reason: 'documents',
        },
      },
    ]);
  }

  #load({ containers, number }: Truck): void {
    this.#gate.tellFeed([
      {
        kind: 'tally',
        id: `Y-${number}`,
        body: { billId: `B-${number}`, containers, result: 'complete' },
      },
    ]);
  }

  #deliver(): void {
    this.#gate.deliver();
  }

  /** The centre passes registrations on to customs, who answer most of them. */
  received({ entry }: JournalRow): void {
    const isVisit = entry.includes('cn.kakou.visit.opened.v1');
    if (!isVisit && !entry.includes('cn.kakou.registration.queued.v1')) return;
    const { subject, data } = JSON.parse(entry) as {
      subject: string;
      data: { visitId: string; plate: string };
    };
    const truck = this.#byPlate.get(data.plate);
    if (isVisit) {
      if (truck) truck.visitId = subject;
      return;
    }
    if (this.#silent.has(data.plate)) return;
    const isRejected = this.#rejected.has(data.plate);
    const { visitId, plate } = data;
    this.#after(5 * minute, () =>
      this.#gate.tellFeed([
        {
          kind: 'exit-registration',
          id: `X-${visitId}`,
          body: isRejected
            ? { visitId, plate, answer: 'rejected', reason: 'seal number' }
            : { visitId, plate, answer: 'accepted' },
        },
      ]),
    );
  }

  /** Whether a person who walks through the yard finds a truck with this plate. */
  isInside(plate: string): boolean {
    return this.#byPlate.get(plate)?.isInside ?? false;
  }

  wallMs(): number {
    return pilotStartMs + this.#clock.nowMs;
  }
}
