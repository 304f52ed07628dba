import {
  BodyFault,
  confidenceAt,
  type FrameFault,
  numberAt,
  type PlateRead,
  type PushAnswer,
  type PushProfile,
  type PushRequest,
  type PushSession,
  parseBody,
  refusedBody,
  textAt,
  valueAt,
} from 'kakou/driver-kit';

type PlateMap = NonNullable<PushProfile['plate']>;
type Picture = NonNullable<PushAnswer['pictures']>[number];

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

export class PlateCameraSession implements PushSession {
  readonly bodyBytesMax: number;
  readonly contentTypes: readonly string[];
  readonly #profile: PushProfile;
  readonly #map: PlateMap;
  readonly #view: 'front' | 'rear';

  constructor(profile: PushProfile, map: PlateMap, view: 'front' | 'rear') {
    this.bodyBytesMax = profile.bodyBytesMax;
    this.contentTypes = profile.contentTypes;
    this.#profile = profile;
    this.#map = map;
    this.#view = view;
  }

  /** Other messages of the camera (heartbeat, inputs) are accepted and tell nothing but that it is alive. */
  answer(request: PushRequest): PushAnswer {
    try {
      const json = parseBody(request);
      const reading = valueAt(json, this.#map.root) === undefined ? undefined : this.#read(json);
      const { pictures, faults } = reading
        ? picturesOf(this.#map, json)
        : { pictures: [], faults: [] };
      return {
        status: 200,
        contentType: 'application/json',
        body: this.#profile.answer,
        observations: reading ? [reading] : [],
        faults,
        send: [],
        pictures,
      };
    } catch (error) {
      if (error instanceof BodyFault) return refusedBody(error);
      throw error;
    }
  }

  #read(json: unknown): PlateRead {
    const map = this.#map;
    const text = textAt(json, map.text) ?? '';
    const colour = map.colours[textAt(json, map.colour) ?? ''];
    const confidence = confidenceAt(json, map.confidence, map.confidenceScale);
    const ids = map.eventId.map((path) => textAt(json, path));
    const seconds = numberAt(json, map.capturedAtSeconds);
    return {
      kind: 'plateRead',
      view: this.#view,
      raw: map.noPlateWords.includes(text) ? '' : text,
      ...(colour !== undefined && { colour: colour as NonNullable<PlateRead['colour']> }),
      ...(confidence !== undefined && { confidence }),
      ...(ids.every((id) => id !== undefined) && { deviceEventId: ids.join('/') }),
      replayed: (numberAt(json, map.replayed) ?? 0) !== 0,
      ...(seconds !== undefined && { capturedAtMs: seconds * 1_000 }),
    };
  }
}

/** A picture that cannot be read is counted; the reading it came with is kept. */
function picturesOf(map: PlateMap, json: unknown) {
  const pictures: Picture[] = [];
  const faults: FrameFault[] = [];
  for (const { path, role } of map.pictures) {
    const text = valueAt(json, path);
    if (typeof text !== 'string' || text === '') continue;
    if (text.length % 4 !== 0 || !base64.test(text)) {
      faults.push({ code: 'body-malformed', droppedBytes: 0, detail: `${path} is no base64` });
      continue;
    }
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    pictures.push({ role: role as Picture['role'], bytes, mediaType: 'image/jpeg' });
  }
  return { pictures, faults };
}
