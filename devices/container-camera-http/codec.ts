/** Pure reading of a container camera's body by the field map of its profile. */
import {
  type BodyReading,
  bodyFault,
  type ContainerMap,
  type ContainerNumberRead,
  type ContainerSeen,
  capturedAtMsAt,
  codeAt,
  confidenceAt,
  eventIdAt,
  type FrameFault,
  isObject,
  type JsonObject,
  listAt,
  pictureOf,
  refuse,
  replayedAt,
  requiredTextAt,
  textAt,
  valueAt,
} from 'kakou/driver-kit';

/** A truck carries at most two boxes; more entries are the same boxes seen again. */
const containersMax = 16;
const imagesMax = 32;
const numberLengthMax = 32;

export function readContainers(map: ContainerMap, body: JsonObject): BodyReading {
  const faults: FrameFault[] = [];
  const containers = listAt(body, map.list, containersMax).map((entry, index) =>
    containerOf(map, entry, `${map.list}.${index}.`, faults),
  );
  const pictures: BodyReading['pictures'][number][] = [];
  for (const picture of picturesOf(map, body)) {
    if ('code' in picture) {
      faults.push(picture);
    } else {
      pictures.push(picture);
    }
  }
  const deviceEventId = eventIdAt(body, map.eventId);
  const capturedAtMs = capturedAtMsAt(body, map.capturedAt, faults);
  const observation: ContainerNumberRead = {
    kind: 'containerNumberRead',
    containers,
    ...(deviceEventId === undefined ? {} : { deviceEventId }),
    replayed: replayedAt(body, map.offline),
    ...(capturedAtMs === undefined ? {} : { capturedAtMs }),
  };
  return { observations: [observation], faults, pictures };
}

function containerOf(
  map: ContainerMap,
  entry: unknown,
  at: string,
  faults: FrameFault[],
): ContainerSeen {
  if (!isObject(entry)) {
    return refuse(at.slice(0, -1), 'is no object', 'each container is one object');
  }
  const raw = requiredTextAt(entry, map.number, numberLengthMax, at);
  const isoType = map.isoType === undefined ? undefined : textAt(entry, map.isoType, 16, at);
  const seen = raw.trim() !== '';
  const confidence = confidenceAt(
    entry,
    { path: map.confidence, scale: map.confidenceScale, at },
    faults,
  );
  return {
    position: positionOf(map, entry, at),
    raw,
    ...(isoType === undefined || isoType === '' ? {} : { isoType }),
    ...(seen && confidence !== undefined ? { confidence } : {}),
  };
}

function positionOf(map: ContainerMap, entry: JsonObject, at: string): ContainerSeen['position'] {
  const code = map.position === undefined ? undefined : codeAt(entry, map.position, at);
  const known = code !== undefined && Object.hasOwn(map.positions, code);
  return (known ? map.positions[code] : undefined) ?? 'unknown';
}

/** Pictures by address are not fetched: only what came with the body is evidence of this capture. */
function picturesOf(
  map: ContainerMap,
  body: JsonObject,
): readonly (BodyReading['pictures'][number] | FrameFault)[] {
  const images = map.images;
  const list = images ? valueAt(body, images.list) : undefined;
  if (!images || list === undefined || list === null) {
    return [];
  }
  if (!Array.isArray(list) || list.length > imagesMax) {
    return [bodyFault(images.list, `is no list of at most ${imagesMax} pictures`)];
  }
  return list.flatMap((entry: unknown, index) => {
    const path = `${images.list}.${index}.${images.data}`;
    return pictureOf(valueAt(entry, images.data), images.role, path) ?? [];
  });
}
