//! A stand with somebody beside it who sees everything and changes nothing: a recorder, a judge.

use points::command::{Command, Refusal};
use points::{Moment, Snapshot, Span};

use super::{Stand, StandError, Upset};
use crate::rack::{Act, Report, Watch};

/// Whoever stands beside.
pub trait Bystander {
    /// The stand has stepped: its time, its picture where that is fresh, and what is really so.
    fn look(&mut self, now: Moment, picture: Option<&Snapshot>, report: &Report);

    /// An act is asked for, now or for later.
    fn act(&mut self, _act: &Act) {}

    /// A person's command was answered.
    fn answer(&mut self, _command: &Command, _answer: Result<(), Refusal>) {}

    /// The core has died, or another one has started.
    fn core(&mut self, now: Moment, lives: bool);
}

/// Any stand and whoever is beside it. Nothing that the stand does depends on them.
#[derive(Debug)]
pub struct Attended<S, B> {
    pub(crate) stand: S,
    pub(crate) bystander: B,
}

impl<S: Stand, B: Bystander> Stand for Attended<S, B> {
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
        self.bystander.look(stand.now(), picture, stand.report());
        Ok(())
    }

    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError> {
        self.bystander.act(act);
        self.stand.plan(at, act)
    }

    fn act(&mut self, act: &Act) -> Result<(), StandError> {
        self.bystander.act(act);
        self.stand.act(act)
    }

    fn when(&mut self, watch: &Watch, act: &Act) -> Result<(), StandError> {
        self.bystander.act(act);
        self.stand.when(watch, act)
    }

    fn command(&mut self, command: &Command) -> Result<Result<(), Refusal>, StandError> {
        let answer = self.stand.command(command)?;
        self.bystander.answer(command, answer);
        Ok(answer)
    }

    fn upset(&mut self, upset: Upset) -> Result<(), StandError> {
        self.stand.upset(upset)
    }

    fn core_dies(&mut self) -> Result<(), StandError> {
        self.stand.core_dies()?;
        self.bystander.core(self.stand.now(), false);
        Ok(())
    }

    fn core_starts(&mut self) -> Result<(), StandError> {
        self.stand.core_starts()?;
        self.bystander.core(self.stand.now(), true);
        Ok(())
    }
}
