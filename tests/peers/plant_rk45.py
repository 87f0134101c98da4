"""The rack's equations given to scipy's RK45, with a control step each second, as the other side of a comparison.

usage: plant_rk45.py PARAMETERS.json
The file holds the plant's figures and the course: one row a second of drive, hosts' power in W and room in deg C.
Prints one JSON object: simulated seconds per second, and the temperatures after every second row that is asked for.

Written from the equations (blower and fan laws, jet pump of constant area, filters and gaps, four bodies around the air,
a coat that melts over a band), not from the emulator's code: the two share figures and nothing else.
"""

import json
import math
import sys
import time

from scipy.integrate import solve_ivp
from scipy.optimize import brentq

GRAVITY = 9.81
KELVIN = 273.15


class Rack:
    def __init__(self, p):
        self.p = p
        annulus = p["mixing_m2"] - p["nozzle_m2"]
        rho = p["density"]
        self.curve = p["shutoff_pa"] / p["free_flow"] ** 2
        self.nozzle = 0.5 * rho * (1 + p["nozzle_loss"]) / p["nozzle_m2"] ** 2
        self.jet = rho * p["momentum_share"] / (p["mixing_m2"] * p["nozzle_m2"])
        self.annulus = rho / (p["mixing_m2"] * annulus)
        self.mixed = rho * (1 + p["mixing_loss"] / 2) / p["mixing_m2"] ** 2
        self.entry = 0.5 * rho * (1 + p["suction_loss"]) / annulus**2
        self.slit = p["slit_share"] * p["path"]
        self.core = (1 - p["slit_share"]) * p["path"]
        self.gap = p["orifice"] * p["gap_m2"] * math.sqrt(2 / rho)
        self.flow_before = 0.2

    def suction(self, speed, extracted):
        """Room minus suction chamber: nozzle and mixing momentum, the primary flow eliminated."""
        a = self.curve + self.nozzle - self.jet + self.mixed
        b = self.mixed * extracted
        c = self.p["shutoff_pa"] * speed**2 + (self.annulus - self.mixed) * extracted**2
        primary = c / (b + math.sqrt(b * b + a * c)) if c > 0 else 0.0
        section = self.jet * primary**2 + self.annulus * extracted**2 - self.mixed * (primary + extracted) ** 2
        return section - self.entry * extracted**2

    def intake(self, draft):
        """What comes in at a draft: two equal sides of slit and filter, and the gaps."""
        linear, square = self.p["filter_linear"], self.p["filter_square"] + self.slit
        filters = 2 * draft / (linear + math.sqrt(linear**2 + 4 * square * draft))
        return filters + self.gap * math.sqrt(draft)

    def flow(self, speed, air, room):
        stack = self.p["density"] * GRAVITY * self.p["stack_m"] * (air - room) / (room + KELVIN)
        stack *= min(speed / self.p["speed_min"], 1.0) ** 2

        def balance(root):
            extracted = self.intake(root * root)
            return self.suction(speed, extracted) + stack - self.core * extracted**2 - root * root

        root = brentq(balance, 0.0, 20.0, xtol=1e-9, rtol=1e-10)
        return max(self.intake(root * root), self.p["residual"])

    def wall(self, enthalpy):
        """Temperature of wall and coat at an enthalpy: the melting share is two parabolas."""
        p = self.p
        low, high = p["coat_from"], p["coat_to"]
        at_low = p["wall_j_k"] * low
        at_high = p["wall_j_k"] * high + p["coat_j"]
        if enthalpy <= at_low:
            return enthalpy / p["wall_j_k"]
        if enthalpy >= at_high:
            return (enthalpy - p["coat_j"]) / p["wall_j_k"]
        band = high - low
        sensible = p["wall_j_k"] * band
        half = at_low + 0.5 * (sensible + p["coat_j"])
        # x + molten(x): below the middle molten = 2 x^2, above it 1 - 2 (1 - x)^2.
        if enthalpy <= half:
            rest = enthalpy - at_low
            x = (-sensible + math.sqrt(sensible**2 + 8 * p["coat_j"] * rest)) / (4 * p["coat_j"])
            return low + band * x
        rest = at_high - enthalpy
        x = (-sensible + math.sqrt(sensible**2 + 8 * p["coat_j"] * rest)) / (4 * p["coat_j"])
        return high - band * x

    def enthalpy(self, wall):
        p = self.p
        x = (wall - p["coat_from"]) / (p["coat_to"] - p["coat_from"])
        if x <= 0:
            molten = 0.0
        elif x < 0.5:
            molten = 2 * x * x
        elif x < 1:
            molten = 1 - 2 * (1 - x) ** 2
        else:
            molten = 1.0
        return p["wall_j_k"] * wall + p["coat_j"] * molten

    def rates(self, at, state, target, set_point, power, room):
        """d/dt of speed, chips, chassis, air and the wall's enthalpy; the set point slews in closed form."""
        p = self.p
        speed, chips, chassis, air, enthalpy = state
        most = p["slew"] * at
        slewed = set_point + max(-most, min(most, target - set_point))
        flow = self.flow(speed, air, room)
        wall = self.wall(enthalpy)
        to_air = p["chips_still"] + p["chips_moved"] * (flow / p["chips_reference"]) ** 0.8
        carried = p["density"] * p["heat"] * flow * (air - room)
        from_chips = to_air * (chips - air)
        from_chassis = p["chassis_w_k"] * (chassis - air)
        into_wall = p["inner_w_k"] * (air - wall)
        born = p["chips_share"] * power
        return [
            (slewed - speed) / p["lag_s"],
            (born - from_chips) / p["chips_j_k"],
            -from_chassis / p["chassis_j_k"],
            (power - born + from_chips + from_chassis - carried - into_wall) / p["air_j_k"],
            into_wall - p["outer_w_k"] * (wall - room),
        ]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    rack, course = Rack(given["plant"]), given["course"]
    state = list(given["start"])
    state[4] = rack.enthalpy(state[4])
    set_point, seen = state[0], []
    begin = time.perf_counter()
    for second, (drive, power, room) in enumerate(course, start=1):
        target = max(drive, rack.p["speed_min"])
        solution = solve_ivp(
            rack.rates, (0.0, 1.0), state, method="RK45", args=(target, set_point, power, room), rtol=1e-6, atol=1e-6
        )
        assert solution.success, solution.message
        state = [values[-1] for values in solution.y]
        most = rack.p["slew"]
        set_point += max(-most, min(most, target - set_point))
        if second % given["every"] == 0:
            seen.append([state[0], state[1], state[2], state[3], rack.wall(state[4])])
    took = time.perf_counter() - begin
    print(json.dumps({"seconds_per_second": len(course) / took, "seen": seen}))


if __name__ == "__main__":
    main()
