"""A person's device by another hand: the one-time response of RFC 6287 by the `oath` package.

usage: ocra_respond.py KEY RACK PERSON CHALLENGE COMMAND
"""

import hashlib
import sys

from oath import _ocra

key, rack, person, challenge, command = sys.argv[1:]
question = hashlib.sha256("\n".join([rack, command, challenge, person]).encode()).hexdigest()
suite = _ocra.str2ocrasuite("OCRA-1:HOTP-SHA256-8:QH64")
print(suite(bytes.fromhex(key), Q=question))
