//! A stand that is watched: every look goes to a recorder as well.

use points::{Moment, Snapshot};

use super::Course;
use super::record::Recorder;
use crate::rack::Report;
use crate::scenario::{Attended, Bystander, Stand};

/// Any stand, with a recorder beside it.
pub type Observed<S> = Attended<S, Recorder>;

impl<S: Stand> Observed<S> {
    /// Watches a stand from now on.
    pub fn new(stand: S) -> Self {
        Attended {
            bystander: Recorder::new(stand.start()),
            stand,
        }
    }

    /// The stand.
    pub fn stand(&self) -> &S {
        &self.stand
    }

    /// The stand and what was recorded of it.
    pub fn end(self) -> (S, Course) {
        (self.stand, self.bystander.course())
    }
}

impl Bystander for Recorder {
    fn look(&mut self, now: Moment, picture: Option<&Snapshot>, report: &Report) {
        Recorder::look(self, now, picture, report);
    }

    fn core(&mut self, now: Moment, lives: bool) {
        Recorder::core(self, now, !lives);
    }
}
