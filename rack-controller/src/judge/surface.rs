//! The coldest surface in the rack that the room's air touches: where water would condense first (H47).
//!
//! ```text
//!  walls: left, right (steel behind the coating) -----\
//!                                                      coldest --- minus the room's dew point = margin
//!  cases of the extinguishers: left, right -----------/
//! ```
//! The walls are the slowest bodies that are measured: after a cold night they follow the air with a time constant of six
//! minutes without their coating (plant study, section 1.1: 48 kJ/K, 131 W/K), cases with one and a half, and boards are
//! warmed by their hosts. So a case can only lower the figure, and without a wall there is none: no air tells how cold the
//! steel is. What is not measured, sheet metal beside an outer wall, is left to the margin's limit.

use points::{Absent, Celsius, Moment, Quantity, Reading};

/// Allowance where one wall speaks for both, K: the other may stand nearer to a draught or an outer wall.
const ONE_WALL_K: f64 = 1.0;

/// The coldest of the walls, or of the cases where one is colder; as old as the oldest that counts.
pub(super) fn coldest(walls: [Reading<Celsius>; 2], cases: [Reading<Celsius>; 2]) -> Reading<Celsius> {
    let [left, right] = walls;
    let (wall, at) = match (left.number(), right.number()) {
        (Some(a), Some(b)) => (a.min(b), left.at.min(right.at)),
        (Some(one), None) => (one - ONE_WALL_K, left.at),
        (None, Some(one)) => (one - ONE_WALL_K, right.at),
        // A wall that is lost says more than one that the site does not have.
        (None, None) => return if is_fitted(&left) { left } else { right },
    };
    let join = |(coldest, at): (f64, Moment), case: &Reading<Celsius>| match case.number() {
        Some(case_c) if case_c < coldest => (case_c, at.min(case.at)),
        Some(_) | None => (coldest, at),
    };
    let (coldest, at) = cases.iter().fold((wall, at), join);
    Celsius::new(coldest).map_or(Reading::absent(Absent::UnderRange, at), |coldest| {
        Reading::good(coldest, at)
    })
}

fn is_fitted(reading: &Reading<Celsius>) -> bool {
    reading.value != Err(Absent::NotFitted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(celsius: f64, us: u64) -> Reading<Celsius> {
        Reading::good(Celsius::of(celsius), Moment(us))
    }

    fn none(reason: Absent) -> Reading<Celsius> {
        Reading::absent(reason, Moment(9))
    }

    #[test]
    fn the_coldest_counts_and_the_oldest_dates_it() {
        let warm = [at(30.0, 4), at(31.0, 5)];
        assert_eq!(coldest([at(22.0, 7), at(21.0, 3)], warm), at(21.0, 3));
        assert_eq!(
            coldest([at(22.0, 7), at(21.0, 3)], [at(19.0, 2), at(20.0, 1)]),
            at(19.0, 2)
        );
    }

    #[test]
    fn one_wall_speaks_for_both_with_an_allowance() {
        let cases = [none(Absent::NotFitted); 2];
        for lost in [Absent::NotFitted, Absent::Stale, Absent::OverRange] {
            assert_eq!(coldest([at(22.0, 7), none(lost)], cases), at(21.0, 7));
            assert_eq!(coldest([none(lost), at(22.0, 8)], cases), at(21.0, 8));
        }
    }

    #[test]
    fn without_a_wall_nothing_is_said_and_the_reason_is_the_lost_ones() {
        let cases = [at(30.0, 1); 2];
        let (lost, unfitted) = (none(Absent::NoAnswer), none(Absent::NotFitted));
        assert_eq!(coldest([unfitted; 2], cases), unfitted);
        assert_eq!(coldest([lost, unfitted], cases), lost);
        assert_eq!(coldest([unfitted, lost], cases), lost);
    }
}
