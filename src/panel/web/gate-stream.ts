/**
 * The page's only source: the live stream. It keeps the last view it was given, when each part came, and
 * whether the stream can be believed. A stream that is silent for longer than two signs of life counts as
 * lost even where the browser has not noticed. While it is lost the ages stand still with the picture they
 * belong to: a figure that counts on would make a stale screen look alive.
 */
import { computed, onScopeDispose, readonly, ref, shallowRef } from 'vue';
import { type ChangeEvent, type GateView, partKey, withPart } from '../../runtime/read-model.ts';

export type Connection = 'connecting' | 'live' | 'lost';

/** More than two signs of life of the server (`keepAliveMs`), ms. */
const silentMsMax = 8_000;
const reopenMs = 5_000;
const tickMs = 1_000;

/** `onReturn` is called when the stream has been interrupted and comes again. */
export function useGateStream(address: string, onReturn: () => Promise<void>) {
  const view = shallowRef<GateView>();
  const connection = ref<Connection>('connecting');
  const nowMs = ref(performance.now());
  const heardAtMs = ref(performance.now());
  let wholeAtMs = performance.now();
  const partAtMs = new Map<string, number>();
  let stream: EventSource | undefined;
  let attemptedAtMs = performance.now();
  let reopenAtMs = Number.POSITIVE_INFINITY;

  function heard(): void {
    heardAtMs.value = performance.now();
    nowMs.value = heardAtMs.value;
    connection.value = 'live';
  }

  function open(): void {
    stream?.close();
    reopenAtMs = Number.POSITIVE_INFINITY;
    attemptedAtMs = performance.now();
    const opened = new EventSource(address);
    stream = opened;
    opened.addEventListener('snapshot', (event: MessageEvent<string>) => {
      if (view.value) onReturn().catch(() => undefined);
      partAtMs.clear();
      wholeAtMs = performance.now();
      view.value = JSON.parse(event.data) as GateView;
      heard();
    });
    opened.addEventListener('change', (event: MessageEvent<string>) => {
      if (!view.value) return;
      const change = JSON.parse(event.data) as ChangeEvent;
      for (const part of change.parts) partAtMs.set(partKey(part), performance.now());
      view.value = { ...change.parts.reduce(withPart, view.value), sequence: change.sequence };
      heard();
    });
    opened.addEventListener('alive', heard);
    opened.addEventListener('error', () => lost());
  }

  function lost(): void {
    connection.value = 'lost';
    // The browser reconnects by itself unless it was turned away with an error status.
    if (stream?.readyState === EventSource.CLOSED) {
      reopenAtMs = Math.min(reopenAtMs, performance.now() + reopenMs);
    }
  }

  function tick(): void {
    nowMs.value = performance.now();
    const quietMs = nowMs.value - Math.max(heardAtMs.value, attemptedAtMs);
    if (quietMs > silentMsMax) {
      lost();
      open();
    } else if (nowMs.value >= reopenAtMs) open();
  }

  const timer = setInterval(tick, tickMs);
  open();
  onScopeDispose(() => {
    clearInterval(timer);
    stream?.close();
  });

  /** Milliseconds since a part was received: to be added to the ages in it. */
  function elapsedMs(key: string): number {
    const untilMs = connection.value === 'lost' ? heardAtMs.value : nowMs.value;
    return Math.max(0, untilMs - (partAtMs.get(key) ?? wholeAtMs));
  }

  return {
    view,
    connection: readonly(connection),
    /** Milliseconds since anything was heard. */
    silentMs: computed(() => Math.max(0, nowMs.value - heardAtMs.value)),
    elapsedMs,
  };
}
