"""A Modbus TCP server on pymodbus: eight discrete inputs (barrier closed, curtain clear) and coils.

Usage: modbus-server.py PORT
"""

import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext

try:
    from pymodbus.datastore import ModbusSlaveContext as Context
except ImportError:
    from pymodbus.datastore import ModbusDeviceContext as Context
from pymodbus.server import StartAsyncTcpServer


class Coils(ModbusSequentialDataBlock):
    """Says every write, so that the test sees what arrived."""

    def setValues(self, address, values):
        super().setValues(address, values)
        print(f"coil {address} {values}", flush=True)


async def main() -> None:
    # Blocks count from 1: wire address n is value n of the list.
    inputs = ModbusSequentialDataBlock(1, [False, False, False, True, True, False, False, False])
    coils = Coils(1, [False] * 0x0300)
    context = Context(di=inputs, co=coils)
    try:
        server = ModbusServerContext(slaves=context, single=True)
    except TypeError:
        server = ModbusServerContext(devices=context, single=True)
    print("ready", flush=True)
    await StartAsyncTcpServer(context=server, address=("127.0.0.1", int(sys.argv[1])))


asyncio.run(main())
