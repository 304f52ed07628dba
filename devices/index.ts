/** Drivers by name. A driver is loaded when the first device that needs it is configured. */
import type { DriverManifest } from 'kakou/driver-kit';

export const drivers: Readonly<Record<string, () => Promise<DriverManifest>>> = {
  'weighbridge-stream': async () => (await import('./weighbridge-stream/manifest.ts')).manifest,
  'rfid-stream': async () => (await import('./rfid-stream/manifest.ts')).manifest,
  'rfid-llrp': async () => (await import('./rfid-llrp/manifest.ts')).manifest,
  'io-modbus': async () => (await import('./io-modbus/manifest.ts')).manifest,
  'plc-kakou': async () => (await import('./plc-kakou/manifest.ts')).manifest,
  'plate-camera-http': async () => (await import('./plate-camera-http/manifest.ts')).manifest,
  'plate-camera-onvif': async () => (await import('./plate-camera-onvif/manifest.ts')).manifest,
  'plate-camera-isapi': async () => (await import('./plate-camera-isapi/manifest.ts')).manifest,
  'container-camera-http': async () =>
    (await import('./container-camera-http/manifest.ts')).manifest,
  'display-stream': async () => (await import('./display-stream/manifest.ts')).manifest,
  'container-camera-stream': async () =>
    (await import('./container-camera-stream/manifest.ts')).manifest,
};
