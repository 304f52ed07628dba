"""Asks a Modbus RTU unit with pymodbus: eight inputs, one coil written and read back, one address too many.

Usage: modbus-client.py PATH UNIT
"""

import json
import sys

from pymodbus.client import ModbusSerialClient

try:
    from pymodbus.framer.rtu_framer import ModbusRtuFramer
except ImportError:
    from pymodbus.transaction import ModbusRtuFramer

path, unit = sys.argv[1], int(sys.argv[2])
client = ModbusSerialClient(port=path, framer=ModbusRtuFramer, baudrate=9600, timeout=2)
assert client.connect()
inputs = client.read_discrete_inputs(0, 8, slave=unit)
client.write_coil(2, True, slave=unit)
coils = client.read_coils(0, 8, slave=unit)
beyond = client.read_discrete_inputs(900, 8, slave=unit)
print(
    json.dumps(
        {
            "inputs": inputs.bits[:8],
            "coils": coils.bits[:8],
            "exception": getattr(beyond, "exception_code", None),
        }
    )
)
client.close()
