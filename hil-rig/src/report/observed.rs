//! A stand that is watched: every look goes to a recorder as well.

use points::command::{Command, Refusal};
use points::{Moment, Snapshot, Span};

use super::Course;
use super::record::Recorder;
use crate::rack::{Act, Report, Watch};
use crate::scenario::{Stand, StandError, Upset};

/// Any stand, with a recorder beside it. Nothing that the stand does depends on it.
#[derive(Debug)]
pub struct Observed<S> {
    stand: S,
    recorder: Recorder,
}

impl<S: Stand> Observed<S> {
    /// Watches a stand from now on.
    pub fn new(stand: S) -> Self {
        Observed {
            recorder: Recorder::new(stand.start()),
            stand,
        }
    }

    /// The stand.
    pub fn stand(&self) -> &S {
        &self.stand
    }

    /// The stand and what was recorded of it.
    pub fn end(self) -> (S, Course) {
        (self.stand, self.recorder.course())
    }
}

impl<S: Stand> Stand for Observed<S> {
    fn start(&self) -> Moment {
        self.stand.start()
    }

    fn now(&self) -> Moment {
        self.stand.now()
    }

    fn picture(&self) -> &Snapshot {
        self.stand.picture()
    }

    fn report(&self) -> &Report {
        self.stand.report()
    }

    fn is_fresh(&self) -> bool {
        self.stand.is_fresh()
    }

    fn lag(&self) -> Span {
        self.stand.lag()
    }

    fn settle(&self) -> Span {
        self.stand.settle()
    }

    fn step(&mut self, until: Moment) -> Result<(), StandError> {
        self.stand.step(until)?;
        let stand = &self.stand;
        let picture = stand.is_fresh().then(|| stand.picture());
        self.recorder.look(stand.now(), picture, stand.report());
        Ok(())
    }

    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError> {
        self.stand.plan(at, act)
    }

    fn act(&mut self, act: &Act) -> Result<(), StandError> {
        self.stand.act(act)
    }

    fn when(&mut self, watch: &Watch, act: &Act) -> Result<(), StandError> {
        self.stand.when(watch, act)
    }

    fn command(&mut self, command: &Command) -> Result<Result<(), Refusal>, StandError> {
        self.stand.command(command)
    }

    fn upset(&mut self, upset: Upset) -> Result<(), StandError> {
        self.stand.upset(upset)
    }

    fn core_dies(&mut self) -> Result<(), StandError> {
        self.stand.core_dies()?;
        self.recorder.core(self.stand.now(), true);
        Ok(())
    }

    fn core_starts(&mut self) -> Result<(), StandError> {
        self.stand.core_starts()?;
        self.recorder.core(self.stand.now(), false);
        Ok(())
    }
}
