/**
 * Seeded traffic: which truck comes to which lane with what on it, what the feed says about it, and how its
 * passage is meant to end. It knows nothing of how kakou decides.
 */
import type { SeededRandom } from './seeded-random.ts';

export type Scenario =
  | 'released'
  | 'twoBoxes'
  | 'sharedDeclaration'
  | 'unreleased'
  | 'held'
  | 'misreadPlate'
  | 'tagPlateConflict'
  | 'noWeight';

export type IntendedOutcome = 'passed' | 'diverted' | 'referred' | 'held' | 'refused';

export interface Truck {
  readonly plate: string;
  readonly tag: string;
  readonly tareKg: number;
}

export interface FeedRecord {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly op: 'put' | 'delete';
  readonly body: Readonly<Record<string, unknown>>;
}

export interface PlannedPassage {
  readonly number: number;
  readonly direction: 'in' | 'out';
  readonly scenario: Scenario;
  readonly intended: IntendedOutcome;
  readonly truck: Truck;
  readonly containers: readonly string[];
  readonly cargoKg: number;
  /** What the plate camera will read, and how certain it says it is, 1 to 100. */
  readonly plateRead: { readonly text: string; readonly confidence: number };
  /** The tag that is really in the cab. */
  readonly tagInCab: string;
  /** Number of the card that its driver shows. */
  readonly card?: string;
  /** The indicator is silent for this truck. */
  readonly weightMissing: boolean;
  /** A truck that must have passed in before this one can come out. */
  readonly after?: number;
  readonly feed: readonly FeedRecord[];
}

/** Which source of the feed speaks of what. */
export const sourceOf = ({ kind, body }: FeedRecord): 'customs' | 'terminal' =>
  kind === 'transaction' || body['proofType'] === 'terminal_release' ? 'terminal' : 'customs';

const provinces = ['粤', '粤', '粤', '桂', '湘', '赣'] as const;
const plateLetters = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const owners = ['CSQU', 'CBHU', 'NYKU', 'HLXU', 'MSKU', 'TGHU', 'TCLU', 'OOLU'] as const;

/** ISO 6346 check digit by the published letter table, written out so that it shares nothing with the parser. */
const letterValues: Readonly<Record<string, number>> = {
  A: 10,
  B: 12,
  C: 13,
  D: 14,
  E: 15,
  F: 16,
  G: 17,
  H: 18,
  I: 19,
  J: 20,
  K: 21,
  L: 23,
  M: 24,
  N: 25,
  O: 26,
  P: 27,
  Q: 28,
  R: 29,
  S: 30,
  T: 31,
  U: 32,
  V: 34,
  W: 35,
  X: 36,
  Y: 37,
  Z: 38,
};

function containerNumber(random: SeededRandom): string {
  for (;;) {
    const ten = random.pick(owners) + random.digits(6);
    const sum = [...ten].reduce((s, c, i) => s + (letterValues[c] ?? Number(c)) * 2 ** i, 0);
    if (sum % 11 !== 10) return ten + String(sum % 11);
  }
}

function truck(random: SeededRandom): Truck {
  const letter = () => plateLetters.charAt(random.integer(plateLetters.length));
  return {
    plate: `${random.pick(provinces)}${letter()}${letter()}${random.digits(4)}`,
    tag: `E280${Array.from({ length: 20 }, () => random.integer(16).toString(16)).join('')}`.toUpperCase(),
    tareKg: 13_000 + random.integer(150) * 20,
  };
}

/** One character of the serial read as another digit: a form that exists, and another truck. */
function misread(plate: string, random: SeededRandom): string {
  const last = Number(plate.at(-1));
  return plate.slice(0, -1) + String((last + 1 + random.integer(8)) % 10);
}

export class Traffic {
  readonly #random: SeededRandom;
  readonly #laneDirections: readonly ('in' | 'out')[];
  /** Trucks inside, oldest first, with the number of the passage that let them in. */
  readonly #inside: { truck: Truck; number: number }[] = [];
  #number = 0;
  #shared: { declaration: string; all: readonly string[]; left: string[] } | undefined;

  /** `firstNumber`: of the first passage, where others are numbered too. */
  constructor(
    random: SeededRandom,
    laneDirections: readonly ('in' | 'out')[] = ['in', 'out'],
    firstNumber = 1,
  ) {
    this.#random = random;
    this.#laneDirections = laneDirections;
    this.#number = firstNumber - 1;
  }

  /** A truck with which nothing is the matter; the same truck again where one is given. */
  released(direction: 'in' | 'out', visitor = truck(this.#random)): PlannedPassage {
    this.#number += 1;
    return this.#passage({ direction, scenario: 'released', intended: 'passed', truck: visitor });
  }

  /** The next passage. Trucks come in first; each that was let in may come out once. */
  next(): PlannedPassage {
    this.#number += 1;
    const out = this.#laneDirections.includes('out') && this.#inside.length > 0;
    const goesOut = out && (this.#inside.length > 2 || this.#random.next() < 0.6);
    return goesOut ? this.#outbound() : this.#inbound();
  }

  #inbound(): PlannedPassage {
    const r = this.#random.next();
    const scenario: Scenario =
      r < 0.5
        ? 'released'
        : r < 0.65
          ? 'twoBoxes'
          : r < 0.75
            ? 'held'
            : r < 0.83
              ? 'tagPlateConflict'
              : r < 0.9
                ? 'misreadPlate'
                : r < 0.95
                  ? 'noWeight'
                  : 'released';
    const intended: IntendedOutcome =
      scenario === 'held'
        ? 'diverted'
        : scenario === 'released' || scenario === 'twoBoxes'
          ? 'passed'
          : 'referred';
    const visitor = truck(this.#random);
    const planned = this.#passage({ direction: 'in', scenario, intended, truck: visitor });
    if (intended === 'passed') this.#inside.push({ truck: visitor, number: planned.number });
    return planned;
  }

  #outbound(): PlannedPassage {
    const leaving = this.#inside.shift();
    if (!leaving) return this.#inbound();
    const r = this.#random.next();
    const scenario: Scenario =
      r < 0.3
        ? 'released'
        : r < 0.42
          ? 'twoBoxes'
          : r < 0.58
            ? 'sharedDeclaration'
            : r < 0.72
              ? 'unreleased'
              : r < 0.82
                ? 'held'
                : r < 0.88
                  ? 'misreadPlate'
                  : r < 0.94
                    ? 'tagPlateConflict'
                    : 'noWeight';
    const intendedOf: Record<Scenario, IntendedOutcome> = {
      released: 'passed',
      twoBoxes: 'passed',
      sharedDeclaration: 'passed',
      unreleased: 'refused',
      held: 'held',
      misreadPlate: 'referred',
      tagPlateConflict: 'referred',
      noWeight: 'referred',
    };
    return {
      ...this.#passage({
        direction: 'out',
        scenario,
        intended: intendedOf[scenario],
        truck: leaving.truck,
      }),
      after: leaving.number,
    };
  }

  #passage(
    wish: Pick<PlannedPassage, 'direction' | 'scenario' | 'intended' | 'truck'>,
  ): PlannedPassage {
    const random = this.#random;
    const containers =
      wish.scenario === 'sharedDeclaration'
        ? [this.#sharedBox()]
        : Array.from({ length: wish.scenario === 'twoBoxes' ? 2 : 1 }, () =>
            containerNumber(random),
          );
    const cargoKg = containers.length * (9_000 + random.integer(400) * 20);
    const misreads = wish.scenario === 'misreadPlate';
    return {
      ...wish,
      number: this.#number,
      containers,
      cargoKg,
      plateRead: {
        text: misreads ? misread(wish.truck.plate, random) : wish.truck.plate,
        confidence: misreads ? 81 : 93 + random.integer(7),
      },
      tagInCab: wish.scenario === 'tagPlateConflict' ? truck(random).tag : wish.truck.tag,
      weightMissing: wish.scenario === 'noWeight',
      feed: this.#feed(wish, containers, cargoKg),
    };
  }

  /** One declaration of three boxes on three trucks: each box goes out once on it. */
  #sharedBox(): string {
    if (!this.#shared || this.#shared.left.length === 0) {
      const containers = [0, 1, 2].map(() => containerNumber(this.#random));
      this.#shared = {
        declaration: `D${this.#random.digits(17)}`,
        all: containers,
        left: [...containers],
      };
    }
    return this.#shared.left.shift() ?? containerNumber(this.#random);
  }

  #feed(
    wish: Pick<PlannedPassage, 'direction' | 'scenario' | 'truck'>,
    containers: readonly string[],
    cargoKg: number,
  ): readonly FeedRecord[] {
    const { truck: rig, direction, scenario } = wish;
    const put = (kind: string, id: string, body: FeedRecord['body']): FeedRecord => ({
      kind,
      id,
      version: 1,
      op: 'put',
      body,
    });
    const records: FeedRecord[] = [
      put('vehicle', `V-${rig.tag}`, {
        plates: [rig.plate],
        tags: [rig.tag],
        tareKg: rig.tareKg,
        status: 'valid',
      }),
      put('transaction', `T-${this.#number}`, {
        direction,
        transactionType: direction === 'in' ? 'exportLocal' : 'importLocal',
        plate: rig.plate,
        containers,
        consignments: [],
      }),
    ];
    const declaration =
      scenario === 'sharedDeclaration'
        ? (this.#shared?.declaration ?? '')
        : `D${this.#number}-${this.#random.digits(9)}`;
    for (const container of containers) {
      records.push(
        put(
          'proof',
          `R-${this.#number}-${container}`,
          this.#proof('terminal_release', `R-${this.#number}-${container}`, [container]),
        ),
      );
    }
    if (direction === 'out') {
      const named =
        scenario === 'sharedDeclaration' ? (this.#shared?.all ?? containers) : containers;
      records.push(
        put(
          'consignment',
          declaration,
          this.#consignment(named, scenario === 'sharedDeclaration' ? undefined : cargoKg),
        ),
      );
      if (scenario !== 'unreleased') {
        // Re-sent in a higher version for every truck: that must not give a used box a second way out.
        records.push({
          ...put('proof', `P-${declaration}`, {
            ...this.#proof('customs_declaration', `P-${declaration}`, named),
            consignmentId: declaration,
          }),
          version: this.#number,
        });
      }
    }
    if (scenario === 'held') {
      records.push(
        put('hold', `H-${this.#number}`, {
          subject: { kind: 'container', container: containers[0] },
          moves: ['enter', 'leave'],
          instruction: 'stop',
          state: 'placed',
          authority: '海关5788',
          reason: '单证核查',
        }),
      );
    }
    return records;
  }

  #proof(proofType: string, lineage: string, containers: readonly string[]): FeedRecord['body'] {
    return {
      lineage,
      proofType,
      state: 'granted',
      issuer: '5788',
      issuedAt: '2026-11-20T08:00:00Z',
      containers,
    };
  }

  #consignment(
    containers: readonly string[],
    grossWeightKg: number | undefined,
  ): FeedRecord['body'] {
    return {
      consignmentType: 'customsDeclaration',
      transactionType: 'importLocal',
      containers,
      ...(grossWeightKg !== undefined && containers.length === 1 && { grossWeightKg }),
    };
  }
}
