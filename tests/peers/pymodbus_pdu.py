"""A power strip of eight outlets on Modbus TCP, of nothing but pymodbus.

Coil N switches outlet N, discrete input N shows it, input register N is its power in tenths of a watt. Its first line is
its port; then one line for each write that comes: function, first coil, values. Lines on standard input change it:
`lie N on` (the outlet takes orders and stays as it is), `lie N off`, `refuse N on` (it answers with an exception),
`refuse N off`, `press N on` and `press N off` (a hand at its button). Without standard input it ends.
"""

import asyncio
import sys
import threading

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

OUTLETS = 8
on = [True] * OUTLETS
lies = [False] * OUTLETS
refuses = [False] * OUTLETS


async def action(function, start, address, count, registers, values):
    if values is not None:
        print(f"write {function} {address} {[int(bool(value)) for value in values]}", flush=True)
        asked = range(address, min(address + len(values), OUTLETS))
        if any(refuses[outlet] for outlet in asked):
            return ExcCodes.DEVICE_FAILURE
        for outlet, value in zip(asked, values):
            if not lies[outlet]:
                on[outlet] = bool(value)
    elif function in (1, 2):
        # Sixteen bits lie in one register of the block.
        registers[0] = sum(bit << outlet for outlet, bit in enumerate(on))
    elif function == 4:
        registers[:OUTLETS] = [3000 if bit else 4 for bit in on]
    return None


def listen(loop):
    for line in sys.stdin:
        verb, outlet, state = line.split()
        where = {"lie": lies, "refuse": refuses, "press": on}[verb]
        where[int(outlet)] = state == "on"
    loop.call_soon_threadsafe(loop.stop)


async def serve():
    bits = lambda: [SimData(0, count=OUTLETS, values=True, datatype=DataType.BITS)]
    words = lambda: [SimData(0, count=OUTLETS, values=0, datatype=DataType.REGISTERS)]
    device = SimDevice(0, simdata=(bits(), bits(), words(), words()), action=action)
    server = ModbusTcpServer(device, address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    print(server.transport.sockets[0].getsockname()[1], flush=True)


loop = asyncio.new_event_loop()
loop.run_until_complete(serve())
threading.Thread(target=listen, args=(loop,), daemon=True).start()
loop.run_forever()
