"""A building management system of nothing but pymodbus: reads identification, self-test and points, and compares
them with what the interface says.

usage: pymodbus_poll.py MODBUS_HOST MODBUS_PORT WEB_URL POINT...
Prints one line per check and exits 1 at the first that is wrong.
"""

import json
import struct
import sys
import time
import urllib.request

from pymodbus.client import ModbusTcpClient

QUALITIES = ["good", "stale", "out-of-range", "absent", "substituted", "forced", "simulated"]


def get(url):
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def identification(client):
    """Objects of every level, as the client itself pages through them."""
    for level, least in ((1, 3), (2, 7), (3, 8)):
        objects, following = {}, 0
        while True:
            answer = client.read_device_information(read_code=level, object_id=following)
            assert not answer.isError(), answer
            objects.update(answer.information)
            if not answer.more_follows:
                break
            following = answer.next_object_id
        assert len(objects) >= least, (level, objects)
        assert all(objects[mandatory] for mandatory in (0, 1, 2)), objects
    one = client.read_device_information(read_code=4, object_id=2)
    assert one.information == {2: objects[2]}, one
    print("identification:", b" | ".join(objects[key] for key in sorted(objects)).decode())
    return objects


def self_test(client):
    for read in (client.read_holding_registers, client.read_input_registers):
        words = read(900, count=8).registers
        data = struct.pack(">8H", *words)
        number, long, single, text, minus = struct.unpack(">HIf4sh", data)
        assert (number, long, text, minus) == (0x1234, 0x12345678, b"ABCD", -1), words
        assert abs(single - 123.456) < 1e-4, single
    print("self-test: word and byte order are those of the book")


def value_of(row, words):
    """A value as the dictionary says it lies in its registers; None for `no value`."""
    if row["words"] == 2:
        raw = words[0] << 16 | words[1]
        none = raw == 0xFFFF_FFFF
    elif row["low"] < 0:
        raw = struct.unpack(">h", struct.pack(">H", words[0]))[0]
        none = raw == -0x8000
    else:
        raw = words[0]
        none = raw == 0xFFFF
    return None if none else raw / 10 ** row["decimals"]


def one_tick(client, web, row):
    """The registers of a point, its float mirror and the interface's picture, all of one tick."""
    until = time.monotonic() + 10
    count = row["words"] + 1
    while time.monotonic() < until:
        first = client.read_input_registers(100, count=1).registers[0]
        words = client.read_input_registers(row["register"], count=count).registers
        mirror = client.read_holding_registers(2000 + 2 * row["register"], count=2).registers
        picture = get(f"{web}/api/v1/snapshot")
        last = client.read_input_registers(199, count=1).registers[0]
        if first == last == picture["tick"] & 0xFFFF:
            return words, mirror, picture
    raise AssertionError(f"{row['name']}: no picture of one tick within 10 s")


def compare(client, web, row):
    words, mirror, picture = one_tick(client, web, row)
    told = picture["points"][row["name"]]
    value, status = value_of(row, words), words[row["words"]]
    single = struct.unpack(">f", struct.pack(">2H", *mirror))[0]
    if told["value"] is None:
        assert value is None and single != single, (row["name"], value, single)
    else:
        step = 0.51 * 10 ** -row["decimals"]
        assert abs(value - told["value"]) <= step, (row["name"], value, told)
        assert abs(single - told["value"]) <= step + 1e-6 * abs(single), (row["name"], single, told)
    assert QUALITIES[status >> 12] == told["quality"], (row["name"], status, told)
    print(f"{row['name']}: {value} {row['unit']}, {told['quality']}, {status & 0xFFF} s old")


def main():
    host, port, web, *names = sys.argv[1:]
    rows = {row["name"]: row for row in get(f"{web}/api/v1/points")}
    client = ModbusTcpClient(host, port=int(port), timeout=3, retries=0)
    assert client.connect(), "no connection"
    identity = identification(client)
    assert identity[6].decode() == get(f"{web}/api/v1/rack")["name"]
    self_test(client)
    for name in names:
        compare(client, web, rows[name])
    for setting in get(f"{web}/api/v1/settings"):
        row = rows[setting["name"]]
        word = client.read_holding_registers(row["register"], count=1).registers
        assert value_of(row, word) == setting["value"], (setting, word)
    print("settings: every register shows the value in force")
    beyond = client.read_input_registers(60_000, count=1)
    assert beyond.isError() and beyond.exception_code == 2, beyond
    refused = client.write_register(1000, 400)
    assert refused.isError() and refused.exception_code == 1, refused
    client.close()


if __name__ == "__main__":
    main()
