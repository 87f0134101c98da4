//! Points that follow from other points.

use points::point::{Tag, blower, flow, power, temperature};
use points::{Celsius, Moment, Percent, Quantity, Ratio, Reading, Snapshot, Watt};
use sensors::dew::dew_point;

/// Drop of the clean filter pair over flow: a Q + b Q² with a = 30 Pa s/m³ and b = 33.3 Pa s²/m⁶ over both filters
/// (plant study, section 1.1), each side taking half of the flow.
const FILTER_A: f64 = 30.0;
const FILTER_B: f64 = 33.3;
/// Below this speed the drop is too small against its sensor's zero to tell a resistance from, rpm.
const SPEED_MIN_RPM: f64 = 900.0;
/// Full speed of the blower, rpm.
const SPEED_FULL_RPM: f64 = 2_800.0;

/// Writes every derived point that today's inputs allow.
pub(super) fn derive(now: Moment, picture: &mut Snapshot) {
    it_power(picture);
    dew(
        picture,
        temperature::ROOM,
        temperature::ROOM_HUMIDITY,
        temperature::ROOM_DEW_POINT,
    );
    dew(
        picture,
        temperature::CEILING,
        temperature::CEILING_HUMIDITY,
        temperature::CEILING_DEW_POINT,
    );
    filters(now, picture);
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

fn dew(picture: &mut Snapshot, air: Tag<Celsius>, humidity: Tag<Percent>, point: Tag<Celsius>) {
    let dew = both(picture.get(air), picture.get(humidity), dew_point);
    picture.put(point, dew);
}

/// Resistance of each filter over clean, from its drop and the speed: the clean drop at this speed follows from the
/// clean rack's flow. A first figure that sees clogging and left/right asymmetry, not yet a life estimate.
fn filters(_now: Moment, picture: &mut Snapshot) {
    let speed = picture.get(blower::SPEED.at(0));
    let door = picture.get(points::point::contact::DOOR_OPEN);
    let map = crate::control::FlowMap::default();
    for side in 0..flow::FILTER_DROP.len() {
        let drop = picture.get(flow::FILTER_DROP.at(side));
        let resistance = both(drop, speed, |drop, speed| {
            let closed = door.ok() != Some(points::Flag::Set);
            if speed.get() < SPEED_MIN_RPM || !closed {
                return None;
            }
            let clean_flow = map.flow(100.0 * speed.get() / SPEED_FULL_RPM);
            resistance(drop.get(), clean_flow, speed.get() / SPEED_FULL_RPM)
        });
        picture.put(flow::FILTER_RESISTANCE.at(side), resistance);
    }
}

/// The ratio R for which a filter of R times the clean resistance shows this drop at this speed.
///
/// A loaded filter lets less air through, so the drop grows slower than R. Against a source whose pressure falls
/// with the square of the flow, `drop = R f(Q)` and `drop + c Q² = drop_clean + c Q_clean²`, with `c` from the rack's
/// own path; solved for Q first.
fn resistance(drop_pa: f64, clean_m3_s: f64, speed: f64) -> Option<Ratio> {
    let law = |flow: f64| FILTER_A * flow + FILTER_B * flow * flow;
    // What the jet would pull at no flow, per speed squared, and how it falls with flow: fitted to the study's
    // signatures at s = 0.6 (clean 100 %: Q 75 % and drop 135 % at twice, 51 % and 163 % at four times).
    let stalled_pa = 51.0 * speed * speed;
    let clean_drop = law(clean_m3_s);
    let fall = ((stalled_pa - clean_drop) / (clean_m3_s * clean_m3_s)).max(1.0);
    let flow = ((stalled_pa - drop_pa).max(0.02 * stalled_pa) / fall).sqrt();
    Ratio::new((drop_pa / law(flow)).clamp(0.0, 50.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_studys_signatures_give_their_ratios() {
        // At s = 0.6 the clean rack draws about 0.303 m3/s; twice the resistance shows 135 % of the drop, four times 163 %.
        let clean = crate::control::FlowMap::default().flow(60.0);
        let drop = FILTER_A * clean + FILTER_B * clean * clean;
        for (share, ratio, tolerance) in [(1.0, 1.0, 0.05), (1.35, 2.0, 0.6), (1.63, 4.0, 1.6)] {
            let found = resistance(drop * share, clean, 0.6).map_or(0.0, Ratio::get);
            assert!((found - ratio).abs() < tolerance, "{share}: {found}");
        }
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
