//! What was done to the rack last, whoever did it: by a scenario, over the socket, from the rig's page, or by an act that
//! waited.

use std::collections::VecDeque;

use super::Act;

/// Most acts that are remembered; a further one takes the place of the oldest.
pub const DONE_MAX: usize = 64;

/// An act that was done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Done {
    /// Its number since the rack was made, from 1.
    pub sequence: u64,
    /// When, us of the rack's clock.
    pub at_us: u64,
    /// What.
    pub act: Act,
}

/// The latest acts. Its room is made once, so that nothing here ever allocates again.
#[derive(Clone, Debug)]
pub(super) struct Echo {
    last: u64,
    done: VecDeque<Done>,
}

impl Default for Echo {
    fn default() -> Self {
        Echo {
            last: 0,
            done: VecDeque::with_capacity(DONE_MAX),
        }
    }
}

impl Echo {
    pub(super) fn take(&mut self, at_us: u64, act: Act) {
        if self.done.len() >= DONE_MAX {
            self.done.pop_front();
        }
        self.last += 1;
        self.done.push_back(Done {
            sequence: self.last,
            at_us,
            act,
        });
    }

    /// Oldest first.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Done> {
        self.done.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_and_numbers_go_on() {
        let mut echo = Echo::default();
        let most = DONE_MAX as u64;
        for at_us in 0..most + 3 {
            echo.take(at_us, Act::RestoreSupply);
        }
        let numbers: Vec<u64> = echo.iter().map(|done| done.sequence).collect();
        assert_eq!(numbers, (4..=most + 3).collect::<Vec<u64>>());
        assert_eq!(echo.done.capacity(), DONE_MAX, "it never grows");
    }
}
