//! Two equal blowers on one plenum, each behind a non-return flap: which single blower they are together.
//!
//! ```text
//!   shut-off n² - own flow² = plenum = share x (both flows)²      n: speed, share of full; flows over free flow at full speed
//! ```
//! Jet, chamber and filters see one plenum only. So whatever is known of one blower at a speed (flow, draft, power over the
//! cube) holds for two at the speed at which one alone would fill the plenum alike: that is the *jet's speed*, up to
//! [`EQUAL`] times full speed. It follows from the two speeds in closed form; below three fifths of the faster one's speed the
//! slower one's flap is shut and it adds nothing.

use points::point::{blower, blowers};
use points::{Absent, Quantity, Reading, Rpm, Snapshot};

/// Jet's speed over that of two blowers which turn alike. The plan's nozzle and jet; 1.401 to 1.411 on the plant, from the
/// slowest to full speed, clean and behind filters of four times the resistance (system test `two_blowers_are_one_faster_one`).
pub const EQUAL: f64 = 1.402;
/// What the plenum takes per flow squared over what a blower's own curve does; it is what makes [`EQUAL`] what it is.
const SHARE: f64 = (1.0 - 0.25 * EQUAL * EQUAL) / (EQUAL * EQUAL - 1.0);

/// The jet's speed of two blowers at these speeds, in their unit.
pub fn together(a: f64, b: f64) -> f64 {
    let (fast, slow) = (a.max(b).max(0.0), a.min(b).max(0.0));
    let (sum, lacks) = (fast * fast + slow * slow, fast * fast - slow * slow);
    let whole = 1.0 + 4.0 * SHARE;
    let under_root = sum * sum - whole * lacks * lacks;
    if under_root < 0.0 {
        return fast;
    }
    // The larger root is the one in which both flows are flows.
    let flow_square = (sum + under_root.sqrt()) / whole;
    if flow_square <= lacks {
        return fast;
    }
    (flow_square * (1.0 + SHARE)).sqrt()
}

/// The speed of the jet: of the only blower as its tachometer tells it, or of two.
pub fn jet_speed(picture: &Snapshot) -> Reading<Rpm> {
    let [a, b] = [0, 1].map(|place| picture.get(blower::SPEED.at(place)));
    if b.value == Err(Absent::NotFitted) {
        return a;
    }
    let at = a.at.min(b.at);
    match (counted(&a), counted(&b)) {
        (Ok(None), Ok(None)) => Reading::absent(Absent::UnderRange, at),
        (Ok(a), Ok(b)) => {
            let jet = Rpm::new(together(a.unwrap_or(0.0), b.unwrap_or(0.0)));
            jet.map_or(Reading::absent(Absent::OverRange, at), |jet| {
                Reading::good(jet, at)
            })
        }
        (Err(why), _) => Reading::absent(why, a.at),
        (_, Err(why)) => Reading::absent(why, b.at),
    }
}

/// Power of all blowers, W: of the only one, by the supply that two share, or the sum of each one's own.
pub fn power_w(picture: &Snapshot) -> Option<f64> {
    let own = |place| picture.get(blower::POWER.at(place)).number();
    if picture.get(blower::SPEED.at(1)).value == Err(Absent::NotFitted) {
        return own(0);
    }
    let shared = picture.get(blowers::POWER);
    if shared.value != Err(Absent::NotFitted) {
        return shared.number();
    }
    own(0).zip(own(1)).map(|(a, b)| a + b)
}

/// Speed of a wheel, none where it is too slow to be counted.
fn counted(speed: &Reading<Rpm>) -> Result<Option<f64>, Absent> {
    match speed.value {
        Ok(speed) => Ok(Some(speed.get())),
        Err(Absent::UnderRange) => Ok(None),
        Err(why) => Err(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::Moment;
    use proptest::prelude::*;

    /// The figures of the plant (`hil-rig`), which solves the whole air side: written down, not shared.
    #[test]
    fn it_is_what_the_plant_makes_of_two_speeds() {
        for (a, b, jet) in [
            (0.6, 0.6, 0.8406),
            (0.6, 0.55, 0.8040),
            (0.6, 0.5, 0.7637),
            (0.4, 0.6, 0.6657),
            (0.6, 0.3, 0.6),
            (0.2, 0.6, 0.6),
            (0.0, 0.6, 0.6),
            (0.2, 0.2, 0.2808),
        ] {
            assert!(
                (together(a, b) / jet - 1.0).abs() < 0.003,
                "{a} {b}: {}",
                together(a, b)
            );
        }
        assert!((together(1.0, 1.0) - EQUAL).abs() < 1e-12 && together(0.0, 0.0).abs() < 1e-12);
    }

    proptest! {
        /// Two are at least the faster one and at most both alike, whichever is which; more speed is never less jet.
        #[test]
        fn two_are_no_less_than_the_faster_one(a in 0.0..1.2_f64, b in 0.0..1.2_f64, more in 0.0..0.1_f64) {
            let jet = together(a, b);
            prop_assert!(jet >= a.max(b) - 1e-12 && jet <= EQUAL * a.max(b) + 1e-12);
            prop_assert!((jet - together(b, a)).abs() < 1e-12);
            prop_assert!(together(a + more, b) >= jet - 1e-9);
        }
    }

    #[test]
    fn one_blower_is_itself_and_of_two_both_must_be_read() {
        let mut picture = Snapshot::default();
        let read = |rpm: f64| Reading::good(Rpm::of(rpm), Moment(7));
        picture.put(blower::SPEED.at(0), read(1_400.0));
        assert_eq!(jet_speed(&picture), read(1_400.0));
        let slow = Reading::absent(Absent::UnderRange, Moment(5));
        picture.put(blower::SPEED.at(1), slow);
        assert_eq!(jet_speed(&picture).number(), Some(1_400.0));
        picture.put(blower::SPEED.at(1), read(1_400.0));
        assert!((jet_speed(&picture).number().unwrap_or(0.0) - EQUAL * 1_400.0).abs() < 1e-6);
        picture.put(blower::SPEED.at(1), Reading::absent(Absent::Disagrees, Moment(6)));
        assert_eq!(jet_speed(&picture).value, Err(Absent::Disagrees));
        picture.put(blower::SPEED.at(0), slow);
        picture.put(blower::SPEED.at(1), slow);
        assert_eq!(jet_speed(&picture).value, Err(Absent::UnderRange));
    }
}
