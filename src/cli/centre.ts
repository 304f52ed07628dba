import { Command } from 'commander';

const brokerForm = /^(?:mqtts?|wss?):\/\/./;

export function centreCommand(): Command {
  return new Command('centre')
    .description("receive and acknowledge gates' events, and print them (监管中心接收端)")
    .requiredOption('--broker <url>', 'MQTT broker as mqtt://host:port')
    .requiredOption('--store <file>', 'SQLite file of what was received')
    .option('--client-id <id>', 'MQTT client id', 'kakou-centre')
    .action(async (options: { broker: string; store: string; clientId: string }) => {
      if (!brokerForm.test(options.broker)) {
        return refuse(
          `--broker is no URL of a broker: ${options.broker}`,
          'as in mqtt://127.0.0.1:1883',
        );
      }
      const { mqttUplink } = await import('../adapters/uplink/mqtt-uplink.ts');
      const { Receiver } = await import('../centre/receiver.ts');
      const { openCentreStore } = await import('../centre/store.ts');
      let store: ReturnType<typeof openCentreStore>;
      try {
        store = openCentreStore(options.store);
      } catch (error) {
        const reason = `${options.store} cannot be opened: ${(error as Error).message}`;
        return refuse(
          reason,
          'give a file that there is not yet, or one that a centre has written',
        );
      }
      const receiver = new Receiver({
        store,
        uplink: mqttUplink({ url: options.broker, clientId: options.clientId, protocol: 'auto' }),
        onEntry: ({ entry }) => process.stdout.write(`${entry}\n`),
        log: (message, detail) => process.stderr.write(`${message} ${JSON.stringify(detail)}\n`),
      });
      receiver.start();
      const stop = () => {
        receiver.stop();
        store.close();
        process.exit(0);
      };
      process.once('SIGTERM', stop);
      process.once('SIGINT', stop);
    });
}

function refuse(reason: string, hint: string): void {
  process.stderr.write(`${reason}\n    hint: ${hint}\n`);
  process.exitCode = 2;
}
