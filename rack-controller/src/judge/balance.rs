//! Heat that nothing explains: which readings the estimate goes by, and whether the flow is known.
//!
//! ```text
//!   tachometer --> clean flow --x--> flow     known while growth stands: in its span, steady, and where it was
//!   draft / clean draft = growth --> share
//! ```
//! Extracted flow follows the tachometer (of two blowers the jet's speed that both make) by the commissioned curve, and the draft says how much of it the filters let
//! through ([`flow_share`]). The same draft has many meanings: loaded filters raise it, an open door, a missing filter or a
//! blocked discharge lower it. So a growth that moves within seconds, or away from where it has long been, is a way of the
//! air that has changed: the flow is not known until it has been learned anew.
//!
//! The draft is what the three sensors that see it agree on ([`super::draft`]): one that drifts, and one that is mended, moves
//! nothing. What it moved slowly would be learned, and stand there as heat on the day on which it is mended.
//!
//! *Exhaust* is the middle of the three probes where they are there, else the colder of two. Two at least hang on other buses than
//! the smoke loops' and are near each other; a third one on the smoke loops' bus counts only within what those two say. So no
//! fault of that bus makes both heat and smoke, and one probe that lies, high or low, or is mended, raises nothing.

use points::point::{blower, contact, derived, flow, power, temperature};
use points::{Absent, Celsius, CubicMetrePerSecond, Flag, Kilojoule, Moment, Quantity, Reading, Rpm};
use points::{Snapshot, Span, Watt};
use safety::BusSet;
use sensors::estimate::bodies::{Coat, Plan};
use sensors::estimate::commission::Fit;
use sensors::estimate::heat::{Flow, HeatBalance, Seen};

use super::derive::clean_flow_and_draft;
use super::draft::{Draft, middle};
use super::steady::{LOOK, Mean};
use crate::control::pair::jet_speed;
use crate::control::{FlowMap, USUAL_RISE_K, flow_share, jet_pa};
use crate::site::Site;

/// Below this speed the blower moves too little for a balance, rpm: the slowest drive holds 560.
const LEAST_RPM: f64 = 500.0;
/// Draft over that of the clean rack at this speed: 1 clean, 1.65 behind filters at their end; a fifth beyond either for
/// racks that are not the study's.
const GROWTH: std::ops::RangeInclusive<f64> = 0.55..=2.1;
/// Means of it: the slow one is the flow's, the fast one tells a change, the last one where it has long been.
const FAST: Span = Span::s(10);
const SLOW: Span = Span::s(60);
const LONG: Span = Span::s(1_800);
/// So the long mean goes where the way has changed.
const AGAIN: Span = Span::s(120);
/// Share by which the fast mean may differ from the slow one, and the slow one from the long one.
const MOVES: f64 = 0.3;
const STRAYS: f64 = 0.2;
/// Exhaust probes that see the same air differ by no more than this, K, and this share of its rise over the room.
const APART_K: f64 = 4.0;
const APART_SHARE: f64 = 0.25;

/// Transducers and meters of the same feeds differ by no more than this, W, and this share, in the mean over this time:
/// a meter answers once a second, and later than a transducer.
const METERS_OVER: Span = Span::s(15);
const METERS_W: f64 = 300.0;
const METERS_SHARE: f64 = 0.1;
/// Room air that differs from its own mean of half a minute by more than this, K, moves faster than its probe can follow:
/// behind 12 s of lag, three kelvin in a minute are 0.6 K that the air already has and the probe does not.
const ROOM_MOVES_K: f64 = 1.5;
const ROOM_OVER: Span = Span::s(30);

/// Memory of the balance.
#[derive(Clone, Debug)]
pub(super) struct Balance {
    looked: Moment,
    /// Exhaust probes it goes by.
    probes: [bool; 3],
    buses: BusSet,
    door_fitted: bool,
    room: Mean,
    /// Transducers less meters, W.
    meters: Mean,
    draft: Draft,
    fast: Mean,
    slow: Mean,
    long: Mean,
    /// The long mean is on its way to where the air goes now.
    strayed: bool,
    heat: HeatBalance,
    map: FlowMap,
    blowers: usize,
    shown: Shown,
}

/// What the last look says.
#[derive(Clone, Copy, Debug)]
struct Shown {
    flow: Reading<CubicMetrePerSecond>,
    coat: Reading<Kilojoule>,
}

impl Balance {
    /// The rack has these constants from now on; the balance finds itself anew.
    pub(super) fn commissioned(&mut self, fit: &Fit) {
        self.map = FlowMap::fitted(fit).of_blowers(fit, self.blowers);
        self.heat = HeatBalance::new(fit.plan());
        (self.fast, self.slow, self.long) = (Mean::default(), Mean::default(), Mean::default());
        self.strayed = false;
    }

    /// A balance that has seen nothing of this site yet.
    pub(super) fn new(site: &Site, fitted: &[bool]) -> Self {
        let is_fitted = |index: usize| fitted.get(index) == Some(&true);
        let smoke = site.bus_of(contact::SMOKE.at(0));
        let exhaust = [0, 1, 2].map(|member| temperature::EXHAUST.at(member));
        let all = exhaust.map(|tag| is_fitted(tag.index()));
        let apart = [0, 1, 2].map(|member| all[member] && site.bus_of(exhaust[member]) != smoke);
        let probes = if apart.iter().filter(|apart| **apart).count() >= 2 {
            apart
        } else {
            all
        };
        let mut buses = BusSet::EMPTY;
        for (tag, used) in exhaust.into_iter().zip(probes) {
            if used {
                buses.add(site.bus_of(tag));
            }
        }
        buses.add(site.bus_of(temperature::ROOM));
        buses.add(site.bus_of(flow::RACK_DRAFT));
        buses.add(site.bus_of(blower::SPEED.at(0)));
        buses.add(site.bus_of(blower::SPEED.at(1)));
        buses.add(site.bus_of(power::FEED_POWER.at(0)));
        buses.add(site.bus_of(power::FEED_POWER.at(1)));
        if let Some(bus) = site.bus_of_contact(contact::DOOR_OPEN) {
            buses.add(bus);
        }
        let starting = Absent::Starting;
        Balance {
            looked: Moment::ZERO,
            probes,
            buses,
            door_fitted: is_fitted(contact::DOOR_OPEN.index()),
            room: Mean::default(),
            meters: Mean::default(),
            draft: Draft::of(site, buses),
            fast: Mean::default(),
            slow: Mean::default(),
            long: Mean::default(),
            strayed: false,
            heat: HeatBalance::new(Plan::STUDY),
            map: FlowMap::default().of_blowers(&Fit::PLAN, site.blowers()),
            blowers: site.blowers(),
            shown: Shown {
                flow: Reading::absent(starting, Moment::ZERO),
                coat: Reading::absent(starting, Moment::ZERO),
            },
        }
    }

    /// The buses that any of its readings comes by.
    pub(super) const fn buses(&self) -> BusSet {
        self.buses
    }

    /// Whether the unexplained heat is a sign of fire.
    pub(super) fn stands(&self) -> Reading<Flag> {
        self.heat.stands()
    }

    /// The same with the factor that was learned first held, as of the last look.
    pub(super) fn since_learned(&self) -> Reading<Watt> {
        self.heat.since_learned()
    }

    /// Looks twice a second, and writes what it says.
    pub(super) fn judge(&mut self, now: Moment, filter_missing: bool, picture: &mut Snapshot) {
        let dt = now.since(self.looked);
        if dt < LOOK {
            return;
        }
        self.looked = now;
        let (room, moved) = self.room(dt, picture);
        let exhaust = self.exhaust(room, picture);
        let (flow, new_way) = self.flow(dt, filter_missing, picture);
        let seen = Seen {
            exhaust,
            room,
            power: self.power(dt, picture),
            flow,
            new_way: new_way || moved,
        };
        self.heat.look(now, &seen);
        self.shown = Shown {
            flow: match (flow.doubt, CubicMetrePerSecond::new(flow.m3_s)) {
                (None, Some(m3_s)) => Reading::good(m3_s, now),
                (Some(why), _) => Reading::absent(why, now),
                (None, None) => Reading::absent(Absent::OverRange, now),
            },
            coat: coat(picture),
        };
        picture.put(flow::EXTRACTED, self.shown.flow);
        picture.put(derived::STORED_HEAT, self.shown.coat);
        picture.put(derived::UNEXPLAINED_HEAT, self.heat.reading());
    }

    /// The room, while its probe can follow it, and whether it moves faster: afterwards air or probe are others, and what
    /// was learned with the one does not hold for the other.
    fn room(&mut self, dt: Span, picture: &Snapshot) -> (Reading<Celsius>, bool) {
        let room = picture.get(temperature::ROOM);
        let mean = self.room.follow(room.number(), dt, ROOM_OVER);
        let moves_k = room.number().zip(mean).map_or(0.0, |(room, mean)| room - mean);
        if moves_k.abs() > ROOM_MOVES_K {
            return (Reading::absent(Absent::Suspended, room.at), true);
        }
        (room, false)
    }

    /// Power of all hosts by the fast transducers, as far as the slow meters of the same feeds do not contradict them. A
    /// site without such meters goes by the transducers alone.
    fn power(&mut self, dt: Span, picture: &Snapshot) -> Reading<Watt> {
        let power = picture.get(power::IT_POWER);
        let phases = power::PHASE_POWER.iter().map(|tag| picture.get(tag).number());
        let both = power.number().zip(phases.sum::<Option<f64>>());
        let off_w = self
            .meters
            .follow(both.map(|(fast, slow)| fast - slow), dt, METERS_OVER);
        let most_w = METERS_W + METERS_SHARE * power.number().unwrap_or(0.0).abs();
        if off_w.is_some_and(|off_w| off_w.abs() > most_w) {
            return Reading::absent(Absent::Disagrees, power.at);
        }
        power
    }

    /// The middle of three probes, or the colder of two.
    fn exhaust(&self, room: Reading<Celsius>, picture: &Snapshot) -> Reading<Celsius> {
        let mut colder: Option<Reading<Celsius>> = None;
        let (mut good, mut warmest) = (0, f64::MIN);
        let mut why = Reading::absent(Absent::NotFitted, room.at);
        for (tag, used) in temperature::EXHAUST.iter().zip(self.probes) {
            let reading = picture.get(tag);
            match reading.value {
                _ if !used => {}
                Ok(value) => {
                    good += 1;
                    warmest = warmest.max(value.get());
                    let at = colder.map_or(reading.at, |other| other.at.max(reading.at));
                    let best = colder
                        .filter(|other| other.number() < Some(value.get()))
                        .unwrap_or(reading);
                    colder = Some(Reading { at, ..best });
                }
                Err(_) => why = reading,
            }
        }
        let Some(colder) = colder.filter(|_| good >= 2) else {
            return match why.value {
                // One alone is good, and none of the others is there.
                Ok(_) => Reading::absent(Absent::NotFitted, why.at),
                Err(_) => why,
            };
        };
        let rise_k = colder
            .number()
            .zip(room.number())
            .map_or(0.0, |(air, room)| air - room);
        let apart_k = APART_K + APART_SHARE * rise_k.max(0.0);
        if colder.number().is_some_and(|coldest| warmest - coldest > apart_k) {
            return Reading::absent(Absent::Disagrees, colder.at);
        }
        // A third one that it does not go by moves it no farther than those two say.
        let all = [0, 1, 2].map(|member| picture.get(temperature::EXHAUST.at(member)).number());
        match middle(all).and_then(Celsius::new) {
            Some(air) => Reading::good(air, colder.at),
            None => colder,
        }
    }

    /// The flow, whether it is known, and whether the air's way has changed for good.
    fn flow(&mut self, dt: Span, filter_missing: bool, picture: &Snapshot) -> (Flow, bool) {
        let speed = jet_speed(picture);
        let turns = speed.number().unwrap_or(0.0);
        let (clean_m3_s, clean_pa) = clean_flow_and_draft(&self.map, Rpm::of(turns));
        let share = self.slow.now().map_or(1.0, flow_share);
        let known = |doubt| Flow {
            m3_s: share * clean_m3_s,
            doubt,
        };
        let draft = self.draft.look(dt, share * clean_m3_s, picture);
        let door = picture.get(contact::DOOR_OPEN).value;
        let open = match door {
            Ok(Flag::Clear) => None,
            Ok(Flag::Set) => Some(Absent::Suspended),
            Err(why) => self.door_fitted.then_some(why),
        };
        let out = contact::FILTER_PRESENT
            .iter()
            .any(|tag| picture.get(tag).ok() == Some(Flag::Clear));
        let standing =
            speed.value == Err(Absent::UnderRange) || speed.number().is_some_and(|rpm| rpm < LEAST_RPM);
        let suspended = (standing || out || filter_missing).then_some(Absent::Suspended);
        let lost = open.or(suspended).or(speed.value.err()).or(draft.value.err());
        let (None, Some(draft_pa)) = (lost, draft.number()) else {
            return (known(lost), false);
        };
        let voted = picture.get(temperature::EXHAUST_VOTED).number();
        let rise_k = voted.zip(picture.get(temperature::ROOM).number());
        let rise_k = rise_k.map_or(USUAL_RISE_K, |(exhaust, room)| exhaust - room);
        let doubt = self.grow(dt, jet_pa(draft_pa, rise_k) / clean_pa.max(0.1));
        let share = self.slow.now().map_or(1.0, flow_share);
        let flow = Flow {
            m3_s: share * clean_m3_s,
            doubt,
        };
        (flow, self.strayed)
    }

    /// Takes the growth of the draft; why it does not tell the flow.
    fn grow(&mut self, dt: Span, growth: f64) -> Option<Absent> {
        let fast = self.fast.follow(Some(growth), dt, FAST)?;
        let slow = self.slow.follow(Some(growth), dt, SLOW)?;
        let over = if self.strayed { AGAIN } else { LONG };
        let long = self.long.follow(Some(slow), dt, over)?;
        let off = |a: f64, b: f64| (a - b).abs() / b.abs().max(0.1);
        self.strayed = off(slow, long) > if self.strayed { 0.5 * STRAYS } else { STRAYS };
        let steady = GROWTH.contains(&slow) && off(fast, slow) < MOVES && !self.strayed;
        (!steady).then_some(Absent::Disagrees)
    }
}

/// Heat in the walls' coat, by the walls' own probes.
fn coat(picture: &Snapshot) -> Reading<Kilojoule> {
    let [left, right] = [0, 1].map(|side| picture.get(temperature::WALL.at(side)));
    let at = left.at.min(right.at);
    match (left.value, right.value) {
        (Ok(left), Ok(right)) => {
            let stored_j = Coat::STUDY.stored_j(0.5 * (left.get() + right.get()));
            Kilojoule::new(stored_j / 1_000.0).map_or(Reading::absent(Absent::OverRange, at), |stored| {
                Reading::good(stored, at)
            })
        }
        (Err(why), _) | (_, Err(why)) => Reading::absent(why, at),
    }
}

#[cfg(test)]
#[path = "balance_tests.rs"]
mod tests;
