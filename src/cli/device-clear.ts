import { askGate } from './ask-gate.ts';

export interface ClearOptions {
  readonly config: string;
  readonly device: string;
  readonly person: string;
}

export async function clearDevice({ config, device, person }: ClearOptions): Promise<void> {
  await askGate(config, device, { act: 'clearSafeState', device, person });
}
