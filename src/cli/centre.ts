import { Command } from 'commander';

export function centreCommand(): Command {
  return new Command('centre')
    .description("receive and acknowledge gates' events, and print them (监管中心接收端)")
    .requiredOption('--broker <url>', 'MQTT broker as mqtt://host:port')
    .requiredOption('--store <file>', 'SQLite file of what was received')
    .option('--client-id <id>', 'MQTT client id', 'kakou-centre')
    .action(async (options: { broker: string; store: string; clientId: string }) => {
      const { mqttUplink } = await import('../adapters/uplink/mqtt-uplink.ts');
      const { Receiver } = await import('../centre/receiver.ts');
      const { openCentreStore } = await import('../centre/store.ts');
      const store = openCentreStore(options.store);
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
