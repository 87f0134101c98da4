//! A stand whose every look is judged by the rules.

use points::command::{Command, Refusal};
use points::{Moment, Snapshot};

use super::life::Life;
use super::rules::{Rules, Seen};
use crate::rack::{Act, Report};
use crate::scenario::{Attended, Bystander, Scenario, Stand};

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

/// The rules of a life, and what broke them.
pub struct Judge {
    rules: Rules,
    start: Moment,
    breaches: Vec<Breach>,
}

/// Any stand, judged at every look.
pub type Judged<S> = Attended<S, Judge>;

impl<S: Stand> Judged<S> {
    /// Judges a stand on which a scenario is played, by the rules of such a life.
    pub fn new(stand: S, scenario: &Scenario, life: Life) -> Self {
        Attended {
            bystander: Judge {
                rules: Rules::new(scenario, life),
                start: stand.start(),
                breaches: Vec::new(),
            },
            stand,
        }
    }

    /// The rules that were broken, the first look at which each was.
    #[must_use]
    pub fn breaches(self) -> Vec<Breach> {
        self.bystander.breaches
    }
}

impl Bystander for Judge {
    fn look(&mut self, now: Moment, picture: Option<&Snapshot>, report: &Report) {
        let seen = Seen { now, picture, report };
        let (start, breaches) = (self.start, &mut self.breaches);
        self.rules.look(&seen, &mut |rule, found| {
            if breaches.len() < BREACHES_MAX && breaches.iter().all(|known| known.rule != rule) {
                let at_s = now.since(start).as_s();
                breaches.push(Breach { at_s, rule, found });
            }
        });
    }

    fn act(&mut self, act: &Act) {
        self.rules.act(act);
    }

    fn answer(&mut self, command: &Command, answer: Result<(), Refusal>) {
        if let (Command::Reset { latches, .. }, Ok(())) = (command, answer) {
            self.rules.granted(*latches);
        }
    }

    fn core(&mut self, now: Moment, lives: bool) {
        self.rules.core(now, lives);
    }
}
