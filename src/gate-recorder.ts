/** Of the composition root: the flight recorder between a gate's ports and what they reach. */
import { join } from 'node:path';
import { recordingFolder } from './adapters/recording/recording-folder.ts';
import { type RecordedGate, recordingLines } from './adapters/recording/recording-lines.ts';
import type { LoadedGate } from './config/load-gate.ts';
import { type DeviceTransports, sha256 } from './gate-devices.ts';
import type { Clock } from './ports/clock.ts';
import type { GatePlatform } from './ports/gate-platform.ts';
import type { Ledger } from './ports/ledger.ts';
import { gateSource, type RecordedAct, type RecordingStore } from './ports/recording.ts';
import type { ReleaseFacts } from './ports/release-facts.ts';
import type { Timers } from './ports/timers.ts';
import {
  recordedActs,
  recordedFacts,
  recordedLedger,
  recordedPlatform,
} from './runtime/recorded-ports.ts';
import {
  recordedExchange,
  recordedNotifications,
  recordedPush,
  recordedStream,
} from './runtime/recorded-transports.ts';
import { Recorder } from './runtime/recorder.ts';
import { RecordingTriggers } from './runtime/recording-triggers.ts';
import { withoutSecrets } from './runtime/redaction.ts';

interface RecorderOptions {
  readonly parts: {
    readonly clock: Clock;
    readonly timers: Timers;
    readonly facts: ReleaseFacts;
    readonly ledger: Ledger;
    readonly platform?: GatePlatform;
  };
  readonly version: string;
  readonly log: Record<'info' | 'error', (detail: object, message: string) => void>;
}

export interface RunningRecorder {
  /** The ports as the gate gets them. */
  readonly ports: {
    readonly facts: ReleaseFacts;
    readonly ledger: Ledger;
    readonly platform?: GatePlatform;
    readonly acted: (act: RecordedAct) => void;
  };
  transports(transports: DeviceTransports): DeviceTransports;
  /** Lines of a recording of what is kept now. */
  recordingNow(): Iterable<string>;
  stop(): Promise<void>;
}

export function startRecorder(loaded: LoadedGate, options: RecorderOptions): RunningRecorder {
  const { parts, log } = options;
  const { clock, timers, platform } = parts;
  const { memoryBytesMax, keepMs, filesMax, filesBytesMax, everyMs, afterMs } =
    loaded.config.recorder;
  const sources = [gateSource, ...loaded.devices.map(({ config }) => config.id)];
  const recorder = new Recorder({ bytesMax: memoryBytesMax, keepMs }, sources);
  const gate = recordedGate(loaded, options);
  const now = () => clock.now().wallMs;
  const directory = join(loaded.config.data.directory, 'recordings');
  const store: RecordingStore = recordingFolder({
    directory,
    filesMax,
    bytesMax: filesBytesMax,
    gate,
    now,
  });
  const tell = (level: 'info' | 'error', message: string, detail: object) =>
    log[level](detail, message);
  const triggers = new RecordingTriggers({
    recorder,
    store,
    clock,
    timers,
    everyMs,
    afterMs,
    log: tell,
  });
  const channel = recorder.channel(gateSource);
  const committed = filesMax > 0 ? { committed: triggers.committed.bind(triggers) } : {};
  return {
    ports: {
      facts: recordedFacts(parts.facts, { channel, clock }),
      ledger: recordedLedger(parts.ledger, { channel, clock, ...committed }),
      ...(platform && { platform: recordedPlatform(platform, { channel, clock }) }),
      acted: recordedActs({ channel, clock }),
    },
    transports(to) {
      const by = (deviceId: string) => ({ channel: recorder.channel(deviceId), clock });
      return {
        stream: (device) => recordedStream(to.stream(device), by(device.config.id)),
        exchange: (device) => recordedExchange(to.exchange(device), by(device.config.id)),
        push: (device) => recordedPush(to.push(device), by(device.config.id)),
        notifications: (device) =>
          recordedNotifications(to.notifications(device), by(device.config.id)),
      };
    },
    recordingNow: () =>
      recordingLines(recorder.snapshot(clock.now()), {
        ...gate,
        cause: { trigger: 'asked' },
        savedAtMs: now(),
      }),
    stop: () => triggers.stop(),
  };
}

function recordedGate(loaded: LoadedGate, { parts, version }: RecorderOptions): RecordedGate {
  const config = JSON.stringify(loaded.config);
  const profiles = loaded.devices.map(({ config: device, profile }) => {
    const digest = sha256(JSON.stringify(profile));
    return [device.profile, { digest, profile }] as const;
  });
  return {
    kakou: version,
    bootId: parts.clock.bootId,
    clockState: parts.clock.state(),
    configDigest: sha256(config),
    config: JSON.parse(withoutSecrets(config)),
    policies: [...loaded.policies.values()].map(({ text }) => text),
    profiles: Object.fromEntries(profiles),
  };
}
