/**
 * MQTT through mqtt.js, used as a pipe only: its store overwrites silently beyond 65,535 messages, it does
 * not obey the broker's Receive Maximum, and it does not retry a refused connection. So a client is made for
 * each connection, never reconnects by itself, and is thrown away at the first trouble.
 */
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import type { ConnectOptions, Uplink, UplinkConnection, UplinkEvents } from '../../ports/uplink.ts';

export interface MqttUplinkOptions {
  readonly url: string;
  readonly clientId: string;
  /** `auto`: MQTT 5, and 3.1.1 where the broker does not speak it. */
  readonly protocol: 'auto' | '5' | '3.1.1';
  readonly username?: string;
  readonly password?: string;
}

const receiveMaximumBefore5 = 65_535;
const keepaliveSeconds = 15;

export function mqttUplink(options: MqttUplinkOptions): Uplink {
  let version: 4 | 5 = options.protocol === '3.1.1' ? 4 : 5;
  return {
    async connect(wish, events) {
      try {
        return await openConnection(options, version, wish, events);
      } catch (error) {
        if (options.protocol !== 'auto' || version !== 5 || !isVersionRefusal(error)) throw error;
        version = 4;
        return await openConnection(options, version, wish, events);
      }
    },
  };
}

/** A broker of 3.1.1 alone answers with return code 1, or closes the connection without a word. */
function isVersionRefusal(error: unknown): boolean {
  const { code, message = '' } = error as { code?: unknown; message?: string };
  return code === 1 || code === 132 || /protocol version|before it was accepted/i.test(message);
}

function openConnection(
  options: MqttUplinkOptions,
  version: 4 | 5,
  wish: ConnectOptions,
  events: UplinkEvents,
): Promise<UplinkConnection> {
  return new Promise((resolve, reject) => {
    const client = connect(options.url, clientOptions(options, version, wish));
    let phase: 'opening' | 'open' | 'over' = 'opening';
    const deadline = setTimeout(
      () => fail(new Error(`the broker did not answer in ${wish.timeoutMs} ms`)),
      wish.timeoutMs,
    );
    const end = () => {
      phase = 'over';
      clearTimeout(deadline);
      client.end(true);
    };
    const fail = (error: Error) => {
      const before = phase;
      if (before === 'over') return;
      end();
      if (before === 'opening') reject(error);
      else events.closed(error.message);
    };
    client.on('error', fail);
    client.on('close', () =>
      fail(
        new Error(
          phase === 'opening'
            ? 'the connection was closed before it was accepted'
            : 'the connection was closed',
        ),
      ),
    );
    client.on('message', (topic, payload, packet) => {
      if (phase !== 'over') events.message({ topic, payload, retained: packet.retain });
    });
    client.once('connect', (connack) => {
      subscribeAll(client, wish.subscriptions).then(() => {
        if (phase !== 'opening') return;
        phase = 'open';
        clearTimeout(deadline);
        const receiveMaximum = connack.properties?.receiveMaximum ?? receiveMaximumBefore5;
        resolve(connection(client, { version, receiveMaximum, end }));
      }, fail);
    });
  });
}

function clientOptions(
  options: MqttUplinkOptions,
  version: 4 | 5,
  wish: ConnectOptions,
): IClientOptions {
  return {
    protocolVersion: version,
    clientId: options.clientId,
    clean: true,
    reconnectPeriod: 0,
    connectTimeout: wish.timeoutMs,
    keepalive: keepaliveSeconds,
    queueQoSZero: false,
    resubscribe: false,
    ...(options.username !== undefined && { username: options.username }),
    ...(options.password !== undefined && { password: options.password }),
    ...(wish.will && {
      will: {
        ...wish.will,
        payload: Buffer.from(wish.will.payload),
        qos: 1 as const,
        retain: true,
      },
    }),
  };
}

async function subscribeAll(client: MqttClient, topics: readonly string[]): Promise<void> {
  if (topics.length === 0) return;
  const granted = await client.subscribeAsync([...topics], { qos: 1 });
  const refused = granted.find(({ qos }) => qos >= 128);
  if (refused) throw new Error(`the broker refused the subscription to ${refused.topic}`);
}

function connection(
  client: MqttClient,
  { version, receiveMaximum, end }: { version: 4 | 5; receiveMaximum: number; end: () => void },
): UplinkConnection {
  return {
    receiveMaximum,
    publish({ topic, payload, retain, qos, contentType }, done) {
      const properties =
        version === 5 && contentType !== undefined ? { properties: { contentType } } : {};
      client.publish(topic, payload, { qos, retain, ...properties }, (error) =>
        done(error ? error.message : undefined),
      );
    },
    discard: end,
  };
}
