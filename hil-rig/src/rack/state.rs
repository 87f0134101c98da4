//! How the rack is set, in the words of its acts: what each control stands at, what is not as in a healthy rack, and
//! the acts that mend it.
//!
//! ```text
//!   rack --state()--> (door open, door closed), (smoke a normal, smoke a normal), ...     now, and in a healthy rack
//!        --departures()--> where the two differ: "door open", mended by `door closed`
//!        --heal()--> every mend, until nothing is left
//! ```
//! All of it is read from the rack itself, so that it holds whoever or whatever has moved something.

use super::lines::{Input, Lines, READ_BACKS};
use super::{Act, Cable, Claim, FIRST_SMOKE_LOOP, LoopLevel, Pick, Rack, Relay, Side};
use crate::plant::Surroundings;

/// Contacts that nothing moves but the act for a contact.
const BY_HAND: [Input; 8] = [
    Input::FireButton,
    Input::EmergencyOff,
    Input::Seal,
    Input::CutOut,
    Input::Mains,
    Input::Leak,
    Input::Key,
    Input::Isolator,
];
const SIDES: [Side; 2] = [Side::Left, Side::Right];

/// Something that is not as in a healthy rack.
#[derive(Clone, Debug, PartialEq)]
pub struct Departure {
    /// What: the act that makes it so, or words where nobody's act does.
    pub says: String,
    /// The act that mends it.
    pub mend: Act,
}

impl Rack {
    /// What every control stands at, and what it stands at in a healthy rack.
    #[must_use]
    pub fn state(&self) -> Vec<(Act, Act)> {
        let (around, usual) = (&self.around, Surroundings::default());
        let load = |power_w| Act::Load { power_w };
        let room = |room_c| Act::Room { room_c };
        let humidity = |percent| Act::Humidity { percent };
        let door = |open| Act::Door { open };
        let dust = |ug_m3| Act::Dust { ug_m3 };
        let fire = |power_w| Act::Fire { power_w };
        let contact = |percent| Act::ChipsContact { percent };
        let blocked = |percent| Act::DischargeBlocked { percent };
        let gap = |area_cm2| Act::PanelGap { area_cm2 };
        let mut state = vec![
            (load(self.load_held_w), load(None)),
            (room(self.room_held_c), room(None)),
            (humidity(around.room_rh_percent), humidity(usual.room_rh_percent)),
            (door(around.door_open), door(false)),
            (dust(around.dust_ug_m3), dust(0.0)),
            (fire(around.fire_w), fire(0.0)),
            (contact(shown(100.0 * around.chips_contact)), contact(100.0)),
            (blocked(shown(100.0 * around.discharge_obstruction)), blocked(0.0)),
            (gap(shown(10_000.0 * around.panel_gap_m2)), gap(0.0)),
        ];
        state.extend(self.blower_state());
        for side in SIDES {
            state.extend(self.filter_state(side));
            state.extend(self.extinguisher_state(side));
            let of = |level| Act::Smoke { channel: side, level };
            let smoke = self.wiring.loop_level(FIRST_SMOKE_LOOP + side.place());
            state.push((of(smoke), of(LoopLevel::Normal)));
        }
        let healthy = Lines::new(0);
        let by_hand = BY_HAND.map(|line| (line, healthy.input(line)));
        let levels = by_hand.into_iter().chain(self.followers());
        state.extend(levels.map(|(line, level)| {
            let of = |high| Act::Line { line, high };
            (of(self.lines.input(line)), of(level))
        }));
        for (number, (hangs, halts, times, claim, cap)) in (1..).zip(self.hosts.set()) {
            let host = Pick::One(number);
            let hang = |on| Act::HostHang { host, on };
            let halt = |on| Act::HostHalt { host, on };
            let slow = |times| Act::HostSlow { host, times };
            state.push((halt(halts), halt(false)));
            state.push((slow(shown(times)), slow(1.0)));
            let says = |claim| Act::HostSays { host, claim };
            state.push((says(claim), says(Claim::Truth)));
            let of = |percent| Act::HostCap { host, percent };
            state.push((hang(hangs), hang(false)));
            state.push((of(cap.map(|cap| shown(100.0 * cap))), of(None)));
        }
        for (outlet, (stuck, late_us, off)) in (1..).zip(self.outlets.set()) {
            let is_stuck = |on| Act::OutletStuck { outlet, on };
            let late = |for_us| Act::OutletLate { outlet, for_us };
            let switch = |on| Act::OutletSwitch { outlet, on };
            state.push((is_stuck(stuck), is_stuck(false)));
            state.push((late(late_us), late(0)));
            state.push((switch(!off), switch(true)));
        }
        let silent = |on| Act::PduSilent { on };
        state.push((silent(self.outlets.silent), silent(false)));
        state
    }

    /// Contacts that follow something else, and the level that it gives them: a contact alone may be moved too.
    fn followers(&self) -> impl Iterator<Item = (Input, bool)> {
        let around = &self.around;
        let things = [
            (Input::Door, !around.door_open),
            (Input::FilterLeft, around.filter_left_present),
            (Input::FilterRight, around.filter_right_present),
            (Input::FanContactAux, self.contact.auxiliary()),
        ];
        let relays = self.lines.relays();
        let backs = READ_BACKS.map(|(back, output)| (back, relays >> output as u8 & 1 == 1));
        things.into_iter().chain(backs)
    }

    fn blower_state(&self) -> [(Act, Act); 7] {
        let around = &self.around;
        let jammed = |on| Act::BlowerJammed { on };
        let jammed_b = |on| Act::BlowerBJammed { on };
        let tach_b = |on| Act::TachBLost { on };
        let wear = |blower, efficiency| Act::BlowerWear { blower, efficiency };
        let voltage = |percent| Act::BrownOut { percent };
        let power = |on| Act::FanChipPower { on };
        let percent = |share: f64| shown(100.0 * share);
        let (a, b) = (Side::Left, Side::Right);
        [
            (jammed(around.blower_jammed), jammed(false)),
            (jammed_b(around.blower_b_jammed), jammed_b(false)),
            (wear(a, percent(around.blower_efficiency)), wear(a, 100.0)),
            (wear(b, percent(around.blower_b_efficiency)), wear(b, 100.0)),
            (voltage(percent(self.supply_voltage)), voltage(100.0)),
            (power(self.wiring.fan_chip_powered()), power(true)),
            (tach_b(self.tach_b_lost), tach_b(false)),
        ]
    }

    fn filter_state(&self, side: Side) -> [(Act, Act); 3] {
        let around = &self.around;
        let present = [around.filter_left_present, around.filter_right_present];
        let medium = [around.filter_left_resistance, around.filter_right_resistance];
        let place = side.place();
        let dust_g = shown(self.plant.filter_dust_g()[place]);
        let ratio = shown(medium[place] * self.plant.filter_dust_ratios()[place]);
        [
            (
                Act::FilterPresent {
                    side,
                    present: present[place],
                },
                Act::FilterPresent { side, present: true },
            ),
            (
                Act::FilterResistance { side, ratio },
                Act::FilterResistance { side, ratio: 1.0 },
            ),
            (
                Act::FilterDust { side, dust_g },
                Act::FilterDust { side, dust_g: 0.0 },
            ),
        ]
    }

    fn extinguisher_state(&self, side: Side) -> [(Act, Act); 3] {
        let home = |home| Act::ExtinguisherHome { side, home };
        let wire = |level| Act::BreakWire { side, level };
        let thermistor = |cable| Act::Thermistor { side, cable };
        let is_home = self.lines.input(side.pick(Input::HomeLeft, Input::HomeRight));
        [
            (home(is_home), home(true)),
            (
                wire(self.wiring.loop_level(side.place())),
                wire(LoopLevel::Normal),
            ),
            (
                thermistor(self.wiring.thermistor(side.place())),
                thermistor(Cable::Whole),
            ),
        ]
    }

    /// What is not as in a healthy rack, in the order of [`Rack::state`], then what no control stands for.
    #[must_use]
    pub fn departures(&self) -> Vec<Departure> {
        let differs = self.state().into_iter().filter(|(now, healthy)| now != healthy);
        let mut found: Vec<Departure> = differs
            .filter_map(|(now, healthy)| {
                Some(Departure {
                    says: now.to_string(),
                    mend: self.mend(&now, healthy)?,
                })
            })
            .collect();
        found.extend(self.broken().filter_map(|act| {
            Some(Departure {
                says: act.to_string(),
                mend: mended(&act)?,
            })
        }));
        for (stands, says, mend) in self.beyond_controls() {
            found.extend(stands.then(|| Departure {
                says: says.to_owned(),
                mend,
            }));
        }
        let off = self.hosts.count().off;
        found.extend((off > 0).then(|| Departure {
            says: format!("hosts off: {off}"),
            mend: Act::StartHosts,
        }));
        found
    }

    /// What mends a control that stands elsewhere; none where another entry says the same.
    fn mend(&self, now: &Act, healthy: Act) -> Option<Act> {
        if let Act::FilterResistance { side, .. } = now {
            // A new filter takes dust and an aged medium at once.
            return Some(Act::NewFilter { side: *side });
        }
        if let Act::Smoke { channel, .. } = now {
            // A detector that a person holds is given back to the model; one that the model closes needs its fire out.
            let by_hand = self.smoke_by_hand[channel.place()];
            return Some(if by_hand {
                Act::SmokeModelled { channel: *channel }
            } else {
                Act::FireOut
            });
        }
        // The fan chip without its supply is a fault of the instrument.
        (!matches!(now, Act::FilterDust { .. } | Act::FanChipPower { .. })).then_some(healthy)
    }

    /// What no control stands for: whether it is so, in words, and the act that mends it.
    fn beyond_controls(&self) -> [(bool, &'static str, Act); 8] {
        let hazards = self.plant.hazards();
        let held_normal = |side: Side| {
            let level = self.wiring.loop_level(FIRST_SMOKE_LOOP + side.place());
            self.smoke_by_hand[side.place()] && level == LoopLevel::Normal
        };
        let [fired_left, fired_right] = hazards.fired;
        let (left, right) = (Side::Left, Side::Right);
        let new = |side| Act::NewExtinguisher { side };
        let given_back = |channel| Act::SmokeModelled { channel };
        [
            (hazards.growing_fire_w > 0.0, "a fire grows", Act::FireOut),
            (
                self.replay_from.is_some(),
                "a recorded fire is replayed",
                Act::FireOut,
            ),
            (fired_left, "extinguisher left has fired", new(left)),
            (fired_right, "extinguisher right has fired", new(right)),
            (
                self.wiring.is_soiled(),
                "powder lies on the air probes",
                Act::CleanProbes,
            ),
            (held_normal(left), "smoke a is held normal", given_back(left)),
            (held_normal(right), "smoke b is held normal", given_back(right)),
            (
                self.supply_dropped,
                "supply dropped by an emergency stop",
                Act::RestoreSupply,
            ),
        ]
    }

    /// Makes everything healthy again that people can: every mend is done, and what waits is forgotten. What the
    /// controller holds, such as the contact in the blower's supply, stays as it is.
    pub fn heal(&mut self) {
        self.clear();
        // Some mends need others first: a supply comes back only once the button is released.
        for _ in 0..HEAL_ROUNDS {
            let departures = self.departures();
            if departures.is_empty() {
                return;
            }
            for departure in departures {
                self.act(&departure.mend);
            }
        }
    }
}

/// What mends a fault of an instrument, a bus, a contact or a relay.
fn mended(fault: &Act) -> Option<Act> {
    if let Act::Fault {
        instrument, fault, ..
    } = fault
    {
        let (instrument, fault) = (*instrument, Some(*fault));
        return Some(Act::Mend { instrument, fault });
    }
    if let Act::Swap { one, other, .. } = fault {
        let (one, other) = (*one, *other);
        return Some(Act::Swap {
            one,
            other,
            on: false,
        });
    }
    if let Act::BusStuck { bus, .. } = fault {
        return Some(Act::BusStuck { bus: *bus, for_us: 0 });
    }
    if let Act::ClockStuck { bus, .. } = fault {
        return Some(Act::ClockStuck { bus: *bus, for_us: 0 });
    }
    if let Act::ContactBounce { line, .. } = fault {
        let line = *line;
        return Some(Act::ContactBounce {
            line,
            edges: 0,
            over_us: 0,
        });
    }
    if let Act::ContactStuck { line, .. } = fault {
        return Some(Act::ContactStuck {
            line: *line,
            on: false,
        });
    }
    if let Act::ContactStorm { line, .. } = fault {
        return Some(Act::ContactStorm {
            line: *line,
            per_s: 0.0,
        });
    }
    let relay = Relay::Well;
    if let Act::Relay { output, .. } = fault {
        return Some(Act::Relay {
            output: *output,
            relay,
        });
    }
    if let Act::FanContact { .. } = fault {
        return Some(Act::FanContact { relay, honest: true });
    }
    if let Act::ChannelStuck { channel, .. } = fault {
        let channel = *channel;
        return Some(Act::ChannelStuck { channel, for_us: 0 });
    }
    None
}

/// A measured quantity as a control shows it: to a hundredth.
fn shown(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Rounds of mends: one for what stands alone, one for what waits for another.
const HEAL_ROUNDS: usize = 2;

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
