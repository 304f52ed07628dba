/** An MQTT broker for the virtual gate, so that nothing has to be installed. A site runs a broker of its own. */
import { createServer } from 'node:net';
import { Aedes } from 'aedes';

const port = Number(process.argv[2]);
const broker = await Aedes.createBroker();
createServer(broker.handle).listen(port, '127.0.0.1', () => console.log(`listening on ${port}`));
