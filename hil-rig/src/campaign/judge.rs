//! A stand whose every look is judged by the rules.

use points::command::{Command, Refusal};
use points::{Moment, Snapshot, Span};

use super::life::Life;
use super::rules::{Rules, Seen};
use crate::rack::{Act, Report, Watch};
use crate::scenario::{Scenario, Stand, StandError, Upset};

/// Most breaches of one life that are kept; a broken rule breaks at every look.
const BREACHES_MAX: usize = 8;

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq)]
pub struct Breach {
    /// When, s since the start.
    pub at_s: f64,
    /// Which rule.
    pub rule: &'static str,
    /// What was seen.
    pub found: String,
}

/// Any stand, judged at every look. Nothing that the stand does depends on it.
pub struct Judged<S> {
    stand: S,
    rules: Rules,
    breaches: Vec<Breach>,
}

impl<S: Stand> Judged<S> {
    /// Judges a stand on which a scenario is played, by the rules of such a life.
    pub fn new(stand: S, scenario: &Scenario, life: Life) -> Self {
        Judged {
            stand,
            rules: Rules::new(scenario, life),
            breaches: Vec::new(),
        }
    }

    /// The rules that were broken, the first look at which each was.
    #[must_use]
    pub fn breaches(self) -> Vec<Breach> {
        self.breaches
    }

    fn look(&mut self) {
        let now = self.stand.now();
        let seen = Seen {
            now,
            picture: self.stand.is_fresh().then(|| self.stand.picture()),
            report: self.stand.report(),
        };
        let (start, breaches) = (self.stand.start(), &mut self.breaches);
        self.rules.look(&seen, &mut |rule, found| {
            if breaches.len() < BREACHES_MAX && breaches.iter().all(|known| known.rule != rule) {
                let at_s = now.since(start).as_s();
                breaches.push(Breach { at_s, rule, found });
            }
        });
    }
}

impl<S: Stand> Stand for Judged<S> {
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
        self.look();
        Ok(())
    }

    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError> {
        self.rules.act(act);
        self.stand.plan(at, act)
    }

    fn act(&mut self, act: &Act) -> Result<(), StandError> {
        self.rules.act(act);
        self.stand.act(act)
    }

    fn when(&mut self, watch: &Watch, act: &Act) -> Result<(), StandError> {
        self.rules.act(act);
        self.stand.when(watch, act)
    }

    fn command(&mut self, command: &Command) -> Result<Result<(), Refusal>, StandError> {
        let answer = self.stand.command(command)?;
        if let (Command::Reset { latches, .. }, Ok(())) = (command, answer) {
            self.rules.granted(*latches);
        }
        Ok(answer)
    }

    fn upset(&mut self, upset: Upset) -> Result<(), StandError> {
        self.stand.upset(upset)
    }

    fn core_dies(&mut self) -> Result<(), StandError> {
        self.stand.core_dies()?;
        self.rules.core(self.stand.now(), false);
        Ok(())
    }

    fn core_starts(&mut self) -> Result<(), StandError> {
        self.stand.core_starts()?;
        self.rules.core(self.stand.now(), true);
        Ok(())
    }
}
