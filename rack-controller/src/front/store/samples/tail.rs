//! The newest part of the history, in memory: what is not written yet, and which slots of the coarser levels are
//! still open. Pure; the writer fills and empties it, questions copy from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use points::point;

use super::level::{Level, chunk_of};
use super::slot::{NOTHING, Slot, Slots};

/// Minutes that wait to be written: normally one or two, more while the disk fails. Of more, the oldest is lost.
/// With 100 points a minute takes 145 kB.
pub(super) const MINUTES_MAX: usize = 12;

/// A picture's share of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// The second since 1970.
    pub(super) second: i64,
    /// Index and value of every fitted point.
    pub(super) values: Vec<(u16, Slot)>,
}

/// The unwritten seconds of one minute.
#[derive(Clone, Debug)]
pub(super) struct Minute {
    points: Vec<Option<Box<Slots>>>,
}

impl Default for Minute {
    fn default() -> Self {
        Minute {
            points: vec![None; point::COUNT],
        }
    }
}

impl Minute {
    pub(super) fn of(&self, index: usize) -> Option<&Slots> {
        self.points.get(index)?.as_deref()
    }

    pub(super) fn points(&self) -> impl Iterator<Item = (usize, &Slots)> {
        let held = self.points.iter().enumerate();
        held.filter_map(|(index, slots)| Some((index, slots.as_deref()?)))
    }

    fn put(&mut self, index: usize, place: usize, slot: Slot) {
        let Some(held) = self.points.get_mut(index) else {
            return;
        };
        let slots = held.get_or_insert_with(|| Box::new(NOTHING));
        if let Some(to) = slots.get_mut(place) {
            *to = slot;
        }
    }
}

/// What is not written, and what is open. Cheap to clone: minutes are shared.
#[derive(Clone, Debug, Default)]
pub(super) struct Tail {
    /// Unwritten seconds by minute.
    pub(super) minutes: BTreeMap<i64, Arc<Minute>>,
    /// Minutes on disk whose slot of the minutes' level is not written yet.
    pub(super) owed_minutes: BTreeSet<i64>,
    /// Hours on disk whose slot of the hours' level is not written yet.
    pub(super) owed_hours: BTreeSet<i64>,
    /// The newest second that came; not the greatest, the clock may have been set back.
    pub(super) newest: Option<i64>,
    /// Pictures taken since the last batch.
    pub(super) pictures: usize,
}

impl Tail {
    /// Takes a picture; whether a minute was lost for it.
    pub(super) fn take(&mut self, taken: &Taken) -> bool {
        let (minute, place) = Level::Second.place(taken.second);
        let mut lost = false;
        if !self.minutes.contains_key(&minute) && self.minutes.len() >= MINUTES_MAX {
            self.minutes.pop_first();
            lost = true;
        }
        let held = Arc::make_mut(self.minutes.entry(minute).or_default());
        for (index, slot) in &taken.values {
            held.put(usize::from(*index), place, *slot);
        }
        self.newest = Some(taken.second);
        self.pictures += 1;
        lost
    }

    /// The minute in which time stands.
    pub(super) fn minute_now(&self) -> Option<i64> {
        self.newest.map(|second| chunk_of(Level::Second, second))
    }

    /// Everything here is on disk; these minutes and hours are still owed to the coarser levels.
    pub(super) fn written(&mut self, owed_minutes: BTreeSet<i64>, owed_hours: BTreeSet<i64>) {
        self.minutes.clear();
        self.pictures = 0;
        self.owed_minutes = owed_minutes;
        self.owed_hours = owed_hours;
    }

    /// Minutes that are open: their slot is not to be had, their seconds are.
    pub(super) fn open_minutes(&self) -> BTreeSet<i64> {
        let mut open = self.owed_minutes.clone();
        open.extend(self.minutes.keys());
        open
    }

    /// Hours that are open: their slot is not to be had, their minutes are.
    pub(super) fn open_hours(&self) -> BTreeSet<i64> {
        let mut open = self.owed_hours.clone();
        open.extend(
            self.open_minutes()
                .into_iter()
                .map(|minute| chunk_of(Level::Minute, minute)),
        );
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(second: i64, value: i64) -> Taken {
        Taken {
            second,
            values: vec![(3, Slot::value(value))],
        }
    }

    #[test]
    fn a_clock_set_back_overwrites_what_it_repeats() {
        let mut tail = Tail::default();
        for (second, value) in [(60, 1), (61, 2), (60, 7)] {
            assert!(!tail.take(&taken(second, value)));
        }
        let slots = tail.minutes[&1].of(3).expect("the point");
        assert_eq!(slots[..3], [Slot::value(7), Slot::value(2), Slot::Nothing]);
        assert_eq!(tail.minute_now(), Some(1));
        assert!(tail.open_minutes().contains(&1) && tail.open_hours().contains(&0));
    }

    #[test]
    fn too_many_minutes_lose_the_oldest() {
        let mut tail = Tail::default();
        let most = MINUTES_MAX as i64;
        for minute in 0..most {
            assert!(!tail.take(&taken(minute * 60, minute)));
        }
        assert!(tail.take(&taken(most * 60, most)));
        assert_eq!(tail.minutes.keys().next(), Some(&1));
        assert_eq!(tail.minutes.len(), MINUTES_MAX);
        // A clock that is set back does not lose the present.
        assert!(tail.take(&taken(-3600, 0)));
        assert_eq!(tail.minutes.len(), MINUTES_MAX);
    }
}
