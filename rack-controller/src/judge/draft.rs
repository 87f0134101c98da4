//! The draft where three see it: its own sensor, and those over the filters, which lie between the same two rooms.
//!
//! ```text
//!   draft's sensor --------------------+
//!   left filter's pressure + slit -----+--> the middle of three: one that is off, either way, moves nothing
//!   right filter's pressure + slit ----+
//! ```
//! *Independence.* Who rests on this rests on buses ([`Draft::of`]). A filter's sensor on another bus than those takes part where
//! two others are there, and only as a third: the middle then lies between what those two say, so a bus that lies moves it no
//! farther than they differ themselves.
//!
//! *Fewer*: one that may speak alone is believed while another one says the same. Of two that differ nothing says which is off, so
//! there is no draft. One that is left is believed, as on a site that has no other.

use points::point::flow;
use points::{Absent, Pascal, Quantity, Reading, Snapshot, Span};
use safety::BusSet;

use super::filters_out;
use super::steady::Mean;
use crate::site::Site;

/// What a filter's slit takes beside it, Pa s²/m⁶ of extracted flow (plant study, section 1.1).
const SLIT: f64 = 5.0;
/// Two that see one draft differ by no more than this, Pa, and this share of it: both zeros (0.2 Pa), and slits that are not the
/// study's.
const APART_PA: f64 = 1.0;
const APART_SHARE: f64 = 0.1;
/// In the mean over this time: each is as noisy as a third of that.
const OVER: Span = Span::s(15);

/// Memory of the three.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    /// Filters' sensors on buses that the draft's own user rests on anyway.
    near: [bool; 2],
    means: [Mean; 3],
}

impl Draft {
    /// For a user that rests on these buses.
    pub(super) fn of(site: &Site, buses: BusSet) -> Self {
        Draft {
            near: [0, 1].map(|side| buses.has(site.bus_of(flow::FILTER_DROP.at(side)))),
            means: [Mean::default(); 3],
        }
    }

    /// The draft (rack less room), at this extracted flow; or why it is not known.
    pub(super) fn look(&mut self, dt: Span, m3_s: f64, picture: &Snapshot) -> Reading<Pascal> {
        let own = picture.get(flow::RACK_DRAFT);
        let slit_pa = SLIT * m3_s * m3_s;
        let [left, right] = over_filters(picture).map(|drop| drop.map(|drop| -(drop + slit_pa)));
        let seen = [own.number(), left, right];
        let mut means = [None; 3];
        for ((mean, kept), pa) in means.iter_mut().zip(&mut self.means).zip(seen) {
            *mean = kept.follow(pa, dt, OVER);
        }
        let near = [true, self.near[0], self.near[1]];
        let near = |place: usize| near[place] && seen[place].is_some();
        let all = seen.iter().flatten().count();
        let nears = [0, 1, 2].into_iter().filter(|place| near(*place)).count();
        // Who may speak alone: the draft's own sensor, else a filter's that is near.
        let speaker = [0, 1, 2].into_iter().find(|place| near(*place));
        let Some(speaker) = speaker else {
            return Reading::absent(own.value.err().unwrap_or(Absent::NotFitted), own.at);
        };
        let at = match speaker {
            1 | 2 => picture.get(flow::FILTER_DROP.at(speaker - 1)).at,
            _ => own.at,
        };
        let said = if all == 3 && nears >= 2 {
            middle(seen)
        } else {
            seen[speaker].filter(|_| all == 1 || seconded(speaker, means))
        };
        match said.and_then(Pascal::new) {
            Some(pa) => Reading::good(pa, at),
            None => Reading::absent(Absent::Disagrees, at),
        }
    }
}

/// The middle of three, where they are there.
pub(super) fn middle(seen: [Option<f64>; 3]) -> Option<f64> {
    let [a, b, c] = seen;
    let (a, b, c) = (a?, b?, c?);
    Some(a.max(b).min(a.min(b).max(c)))
}

/// Whether another one says what this one does.
fn seconded(speaker: usize, means: [Option<f64>; 3]) -> bool {
    let Some(own_pa) = means.get(speaker).copied().flatten() else {
        return false;
    };
    let agrees = |other_pa: f64| (other_pa - own_pa).abs() <= APART_PA + APART_SHARE * own_pa.abs();
    let others = means.iter().enumerate().filter(|(place, _)| *place != speaker);
    others.filter_map(|(_, mean)| *mean).any(agrees)
}

/// Pressures over the filters that are in their places.
fn over_filters(picture: &Snapshot) -> [Option<f64>; 2] {
    let out = filters_out(picture);
    [0, 1].map(|side| {
        let drop = picture.get(flow::FILTER_DROP.at(side)).number();
        drop.filter(|_| !out[side])
    })
}

/// The draft by its own sensor, or, where that says nothing, the lesser pressure over the filters: what proves that air is drawn.
///
/// Less is toward "no air is drawn", so nobody is told of a flow that one sensor alone makes up; a site whose draft has no sensor
/// of its own has this witness all the same.
pub(super) fn proof(own: Reading<Pascal>, picture: &Snapshot) -> Reading<Pascal> {
    if own.value.is_ok() {
        return own;
    }
    let least = match over_filters(picture) {
        [Some(left), Some(right)] => Some(left.min(right)),
        [one, None] | [None, one] => one,
    };
    let at = flow::FILTER_DROP.iter().map(|tag| picture.get(tag).at).min();
    match (least.and_then(|pa| Pascal::new(-pa)), at) {
        (Some(pa), Some(at)) => Reading::good(pa, at),
        (Some(_), None) | (None, _) => own,
    }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;
