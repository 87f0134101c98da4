//! Points that follow from other points.

use points::point::{Tag, derived, flow, power, temperature};
use points::{Celsius, Kelvin, Moment, Percent, Quantity, Ratio, Reading, Rpm, Snapshot, Watt};
use sensors::dew::dew_point;
use sensors::estimate::commission::Fit;

use crate::control::pair::jet_speed;
use crate::control::{FlowMap, flow_share};

/// Below this speed the drop is too small against its sensor's zero to tell a resistance from, rpm.
const SPEED_MIN_RPM: f64 = 900.0;
/// Full speed of the blower, rpm.
pub(crate) const SPEED_FULL_RPM: f64 = 2_800.0;

/// Time constant of the filters' resistance, s: a filter loads over weeks, its sensor's noise and the blower's ramps
/// last seconds.
const RESISTANCE_LAG_S: f64 = 10.0;

/// What derived points remember.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Derive {
    resistance: [Option<(Moment, f64)>; 2],
    dew: [Dew; 2],
    map: FlowMap,
    clean: Clean,
}

impl Derive {
    /// Of the plan's rack with so many blowers.
    pub(super) fn new(blowers: usize) -> Self {
        Derive {
            map: FlowMap::default().of_blowers(&Fit::PLAN, blowers),
            ..Derive::default()
        }
    }

    /// The rack is as this map says from now on.
    pub(super) fn commissioned(&mut self, map: FlowMap) {
        self.map = map;
        self.clean = Clean::at(&map, self.clean.speed);
    }
}

/// A dew point and what it was computed from: air and its probe's noise are read once a second.
#[derive(Clone, Copy, Debug)]
struct Dew {
    from: (Celsius, Percent),
    point: Option<Celsius>,
}

impl Default for Dew {
    fn default() -> Self {
        let from = (Celsius::of(0.0), Percent::of(50.0));
        Dew {
            from,
            point: dew_point(from.0, from.1),
        }
    }
}

impl Dew {
    fn of(&mut self, air: Celsius, humidity: Percent) -> Option<Celsius> {
        let bits = |(air, humidity): (Celsius, Percent)| (air.get().to_bits(), humidity.get().to_bits());
        if bits(self.from) != bits((air, humidity)) {
            self.from = (air, humidity);
            self.point = dew_point(air, humidity);
        }
        self.point
    }
}

/// Writes every derived point that today's inputs allow; `coldest` is the coldest surface in the rack.
pub(super) fn derive(memory: &mut Derive, now: Moment, coldest: Reading<Celsius>, picture: &mut Snapshot) {
    it_power(picture);
    let [room, ceiling] = &mut memory.dew;
    dew(
        room,
        picture,
        temperature::ROOM,
        temperature::ROOM_HUMIDITY,
        temperature::ROOM_DEW_POINT,
    );
    dew(
        ceiling,
        picture,
        temperature::CEILING,
        temperature::CEILING_HUMIDITY,
        temperature::CEILING_DEW_POINT,
    );
    let margin = both(
        coldest,
        picture.get(temperature::ROOM_DEW_POINT),
        |surface, dew| Kelvin::new(surface.get() - dew.get()),
    );
    picture.put(derived::DEW_POINT_MARGIN, margin);
    filters(memory, now, picture);
}

/// The older of two readings' moments; the sum or product of two values is as old as its older part.
fn both<A: Quantity, B: Quantity, Q: Quantity>(
    a: Reading<A>,
    b: Reading<B>,
    join: impl FnOnce(A, B) -> Option<Q>,
) -> Reading<Q> {
    let at = a.at.min(b.at);
    match (a.value, b.value) {
        (Ok(x), Ok(y)) => match join(x, y) {
            Some(value) => Reading::good(value, at),
            None => Reading::absent(points::Absent::Suspended, at),
        },
        (Err(reason), _) => Reading::absent(reason, a.at),
        (_, Err(reason)) => Reading::absent(reason, b.at),
    }
}

/// Both feeds together. One feed alone is no measure of the rack's heat: the other may carry any part of it.
fn it_power(picture: &mut Snapshot) {
    let feed = |k| picture.get(power::FEED_POWER.at(k));
    let sum = both(feed(0), feed(1), |a, b| Watt::new(a.get() + b.get()));
    picture.put(power::IT_POWER, sum);
}

fn dew(
    memory: &mut Dew,
    picture: &mut Snapshot,
    air: Tag<Celsius>,
    humidity: Tag<Percent>,
    point: Tag<Celsius>,
) {
    let dew = both(picture.get(air), picture.get(humidity), |air, humidity| {
        memory.of(air, humidity)
    });
    picture.put(point, dew);
}

/// Resistance of each filter over clean, from its drop and the speed: the clean drop at this speed follows from the
/// clean rack's flow. A first figure that sees clogging and left/right asymmetry, not yet a life estimate.
fn filters(memory: &mut Derive, now: Moment, picture: &mut Snapshot) {
    let speed = jet_speed(picture);
    let door = picture.get(points::point::contact::DOOR_OPEN);
    let Derive {
        resistance: memory,
        clean,
        map,
        ..
    } = memory;
    for (side, memory) in memory.iter_mut().enumerate() {
        let drop = picture.get(flow::FILTER_DROP.at(side));
        let resistance = both(drop, speed, |drop, speed| {
            // Open, or not believed to be closed.
            let closed = door.ok() != Some(points::Flag::Set) && door.value != Err(points::Absent::Disagrees);
            if speed.get() < SPEED_MIN_RPM || !closed {
                return None;
            }
            resistance(drop.get(), map, clean.of(map, speed))
        });
        picture.put(flow::FILTER_RESISTANCE.at(side), smooth(memory, now, resistance));
    }
}

/// A running mean that starts anew after a gap.
fn smooth(memory: &mut Option<(Moment, f64)>, now: Moment, reading: Reading<Ratio>) -> Reading<Ratio> {
    let Some(sample) = reading.number() else {
        *memory = None;
        return reading;
    };
    let mean = memory.map_or(sample, |(at, mean)| {
        let dt_s = now.since(at).as_s();
        mean + (sample - mean) * dt_s / (dt_s + RESISTANCE_LAG_S)
    });
    *memory = Some((now, mean));
    reading.map(|same| Ratio::new(mean).unwrap_or(same))
}

/// Share of the extracted flow's law that a clean filter shows: the rest of the air leaks in beside it.
const CLEAN_SHARE: f64 = 0.945;
/// What the clean closed rack draws at a speed, m³/s, and what its draft is, Pa: the filters' law, since the slits take
/// what the gaps give.
pub(super) fn clean_flow_and_draft(map: &FlowMap, speed: Rpm) -> (f64, f64) {
    let clean = Clean::at(map, speed);
    (clean.flow_m3_s, clean.law_pa)
}

/// What the clean rack draws at a speed; both filters ask for the same.
#[derive(Clone, Copy, Debug)]
struct Clean {
    speed: Rpm,
    /// Of the plan's rack: the scale on which suction is told.
    planned_m3_s: f64,
    flow_m3_s: f64,
    law_pa: f64,
}

impl Clean {
    fn at(map: &FlowMap, speed: Rpm) -> Self {
        let percent = 100.0 * speed.get() / SPEED_FULL_RPM;
        let planned_m3_s = map.planned_here(percent);
        Clean {
            speed,
            planned_m3_s,
            flow_m3_s: map.flow(percent),
            law_pa: map.drop_pa(planned_m3_s),
        }
    }

    fn of(&mut self, map: &FlowMap, speed: Rpm) -> Self {
        if self.speed.get().to_bits() != speed.get().to_bits() {
            *self = Self::at(map, speed);
        }
        *self
    }
}

impl Default for Clean {
    fn default() -> Self {
        Self::at(&FlowMap::default(), Rpm::of(0.0))
    }
}

/// The ratio R for which a filter of R times the clean resistance shows this drop where the clean rack would draw
/// `clean_m3_s`. A loaded filter lets less air through, so its drop grows slower than R: the flow is found first.
fn resistance(drop_pa: f64, map: &FlowMap, clean: Clean) -> Option<Ratio> {
    let Clean {
        planned_m3_s, law_pa, ..
    } = clean;
    let growth = drop_pa / (CLEAN_SHARE * law_pa);
    let share = flow_share(growth);
    Ratio::new((growth * law_pa / map.drop_pa(share * planned_m3_s)).clamp(0.0, 50.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_studys_signatures_give_their_ratios() {
        let map = &FlowMap::default();
        let clean = Clean::at(map, Rpm::of(0.6 * SPEED_FULL_RPM));
        let drop = CLEAN_SHARE * clean.law_pa;
        for (share, ratio) in [(1.0, 1.0), (1.355, 2.0), (1.652, 4.0)] {
            let found = resistance(drop * share, map, clean).map_or(0.0, Ratio::get);
            assert!((found / ratio - 1.0).abs() < 0.1, "{share}: {found}");
        }
        assert!(resistance(0.0, map, clean).is_some_and(|r| r.get().abs() < 1e-9));
        assert!(resistance(1e3, map, clean).is_some_and(|r| r.get() <= 50.0));
    }

    #[test]
    fn the_margin_is_as_good_and_as_old_as_what_it_is_made_of() {
        let mut picture = Snapshot::default();
        let mut memory = Derive::default();
        let wall = Reading::good(Celsius::of(20.0), Moment(7));
        let mut margin = |room: Reading<Celsius>, humidity: Reading<Percent>, wall: Reading<Celsius>| {
            picture.put(temperature::ROOM, room);
            picture.put(temperature::ROOM_HUMIDITY, humidity);
            derive(&mut memory, Moment(9), wall, &mut picture);
            picture.get(derived::DEW_POINT_MARGIN)
        };
        let room = Reading::good(Celsius::of(25.0), Moment(5));
        let humid = Reading::good(Percent::of(80.0), Moment(5));
        let shown = margin(room, humid, wall);
        // 21.3 °C by the tables.
        assert!(
            shown.number().is_some_and(|margin| (margin + 1.3).abs() < 0.1),
            "{shown:?}"
        );
        assert_eq!(shown.at, Moment(5));
        for reason in [points::Absent::Stale, points::Absent::Stuck] {
            let lost = Reading::absent(reason, Moment(3));
            assert_eq!(margin(room, lost, wall).value, Err(reason));
            assert_eq!(
                margin(room, humid, Reading::absent(reason, Moment(3))).value,
                Err(reason)
            );
            assert_eq!(
                margin(Reading::absent(reason, Moment(3)), humid, wall).value,
                Err(reason)
            );
        }
        assert!(
            margin(room, Reading::good(Percent::of(0.0), Moment(5)), wall)
                .ok()
                .is_none()
        );
    }

    #[test]
    fn one_feed_alone_is_no_measure() {
        let mut picture = Snapshot::default();
        picture.put(
            power::FEED_POWER.at(0),
            Reading::good(Watt::of(2_000.0), Moment(1)),
        );
        it_power(&mut picture);
        assert!(picture.get(power::IT_POWER).ok().is_none());
        picture.put(
            power::FEED_POWER.at(1),
            Reading::good(Watt::of(2_500.0), Moment(5)),
        );
        it_power(&mut picture);
        assert_eq!(
            picture.get(power::IT_POWER),
            Reading::good(Watt::of(4_500.0), Moment(1))
        );
    }
}
