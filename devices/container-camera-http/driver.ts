import {
  BodyFault,
  type ContainerNumberRead,
  type ContainerSeen,
  confidenceAt,
  type PushAnswer,
  type PushProfile,
  type PushRequest,
  type PushSession,
  parseBody,
  refusedBody,
  textAt,
  valueAt,
} from 'kakou/driver-kit';

type ContainerMap = NonNullable<PushProfile['containers']>;

/** More boxes than this on one truck are no reading of a truck. */
const containersMax = 8;

export class ContainerCameraSession implements PushSession {
  readonly bodyBytesMax: number;
  readonly contentTypes: readonly string[];
  readonly #profile: PushProfile;
  readonly #map: ContainerMap;

  constructor(profile: PushProfile, map: ContainerMap) {
    this.bodyBytesMax = profile.bodyBytesMax;
    this.contentTypes = profile.contentTypes;
    this.#profile = profile;
    this.#map = map;
  }

  answer(request: PushRequest): PushAnswer {
    try {
      const observations = [this.#read(parseBody(request))];
      return {
        status: 200,
        contentType: 'application/json',
        body: this.#profile.answer,
        observations,
        faults: [],
        send: [],
      };
    } catch (error) {
      if (error instanceof BodyFault) return refusedBody(error);
      throw error;
    }
  }

  #read(json: unknown): ContainerNumberRead {
    const list = valueAt(json, this.#map.list);
    if (!Array.isArray(list)) throw new BodyFault(this.#map.list, 'must be a list');
    if (list.length > containersMax)
      throw new BodyFault(this.#map.list, `has more than ${containersMax} members`);
    const deviceEventId = textAt(json, this.#map.eventId);
    return {
      kind: 'containerNumberRead',
      ...(deviceEventId !== undefined && { deviceEventId }),
      replayed: false,
      containers: list.map((item) => this.#seen(item)),
    };
  }

  #seen(item: unknown): ContainerSeen {
    const map = this.#map;
    const confidence = confidenceAt(item, map.confidence, map.confidenceScale);
    const isoType = textAt(item, map.isoType, 8);
    const position = map.positions[textAt(item, map.position) ?? ''] ?? 'unknown';
    return {
      position: position as ContainerSeen['position'],
      raw: textAt(item, map.number, 32) ?? '',
      ...(confidence !== undefined && { confidence }),
      ...(isoType !== undefined && { isoType }),
    };
  }
}
