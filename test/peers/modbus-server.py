"""A Modbus server on pymodbus: eight discrete inputs (barrier closed, curtain clear) and coils.

Usage: modbus-server.py PORT, or modbus-server.py PATH for Modbus RTU, 9600 bit/s 8N1, unit 1
"""

import asyncio
import sys

from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext

try:
    from pymodbus.datastore import ModbusSlaveContext as Context
except ImportError:
    from pymodbus.datastore import ModbusDeviceContext as Context
from pymodbus.server import StartAsyncSerialServer, StartAsyncTcpServer

try:
    from pymodbus.framer.rtu_framer import ModbusRtuFramer
except ImportError:
    from pymodbus.transaction import ModbusRtuFramer


class Coils(ModbusSequentialDataBlock):
    """Says every write, so that the test sees what arrived."""

    def setValues(self, address, values):
        super().setValues(address, values)
        print(f"coil {address} {values}", flush=True)


def make_context(single: bool) -> ModbusServerContext:
    # Blocks count from 1: wire address n is value n of the list.
    inputs = ModbusSequentialDataBlock(1, [False, False, False, True, True, False, False, False])
    unit = Context(di=inputs, co=Coils(1, [False] * 0x0300))
    units = unit if single else {1: unit}
    try:
        return ModbusServerContext(slaves=units, single=single)
    except TypeError:
        return ModbusServerContext(devices=units, single=single)


async def main(where: str) -> None:
    is_path = where.startswith("/")
    context = make_context(single=not is_path)
    print("ready", flush=True)
    if not is_path:
        await StartAsyncTcpServer(context=context, address=("127.0.0.1", int(where)))
        return
    await StartAsyncSerialServer(
        context=context,
        framer=ModbusRtuFramer,
        port=where,
        baudrate=9600,
        ignore_missing_slaves=True,
    )


asyncio.run(main(sys.argv[1]))
