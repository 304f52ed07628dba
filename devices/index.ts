/** Drivers by name. A driver is loaded when the first device that needs it is configured. */
import type { DriverManifest } from 'kakou/driver-kit';

export const drivers: Readonly<Record<string, () => Promise<DriverManifest>>> = {};
