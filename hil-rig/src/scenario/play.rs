//! Plays a scenario on a stand: takes its steps in order and judges every expectation.
//!
//! ```text
//!   steps --> act, order ------------------> Stand: rack and controller, wherever they run
//!         --> wait, within, for --step()-->        |
//!   verdicts <-- conditions <-- picture, truth <---+
//! ```
//! The player knows no clock but the stand's. A step that goes wrong does not end the scenario: later expectations
//! are judged all the same. A stand that fails ends it.

use points::alarm::Alarm;
use points::command::{Command, Name, Reason, Refusal};
use points::interlock::Cause;
use points::{Moment, Snapshot, Span, Text};

use super::Scenario;
use super::condition::{Condition, Look};
use super::problem::hyphened;
use super::step::{Answer, Order, Step, StepKind, Which};
use super::upset::Upset;
use crate::rack::{Act, Input, Report, Watch};

/// How long a person's key stands turned before and after a reset.
const KEY: Span = Span::s(1);
/// A wheel slower than this stands, rpm.
pub const STANDS_RPM: f64 = 1.0;

/// Rack and controller, wherever they run. A look is the controller's latest picture with the truth of the same moment.
pub trait Stand {
    /// The rack's clock at the scenario's start.
    fn start(&self) -> Moment;

    /// The rack's clock.
    fn now(&self) -> Moment;

    /// The controller's latest picture.
    fn picture(&self) -> &Snapshot;

    /// The rack's truth at the latest look.
    fn report(&self) -> &Report;

    /// Whether the picture is of now and knows of everything that was done. Where it is not, no expectation about the
    /// controller holds.
    fn is_fresh(&self) -> bool;

    /// How much older than the rack's clock a look may be. A deadline is looked at for so much longer.
    fn lag(&self) -> Span;

    /// Longest an expectation of this moment waits for a picture that knows of everything that was done.
    fn settle(&self) -> Span {
        self.lag()
    }

    /// Goes on to the next look, at most to `until`.
    ///
    /// # Errors
    /// When rack or controller are lost.
    fn step(&mut self, until: Moment) -> Result<(), StandError>;

    /// Has the rack act at a moment that is to come, exactly then.
    ///
    /// # Errors
    /// When the rack is lost or takes no more of them.
    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError>;

    /// Acts on the rack, now.
    ///
    /// # Errors
    /// When the rack is lost or does not take it.
    fn act(&mut self, act: &Act) -> Result<(), StandError>;

    /// Has the rack act when a quantity of its truth passes a value.
    ///
    /// # Errors
    /// When the rack is lost or takes no more of them.
    fn when(&mut self, watch: &Watch, act: &Act) -> Result<(), StandError>;

    /// A person's command and the controller's answer.
    ///
    /// # Errors
    /// When the controller is lost.
    fn command(&mut self, command: &Command) -> Result<Result<(), Refusal>, StandError>;

    /// Something befalls the controller's processes or their machine.
    ///
    /// # Errors
    /// When this stand has no such thing.
    fn upset(&mut self, upset: Upset) -> Result<(), StandError>;

    /// The controller's core dies.
    ///
    /// # Errors
    /// When there is none.
    fn core_dies(&mut self) -> Result<(), StandError>;

    /// A core starts on the same data directory, beside the same rack.
    ///
    /// # Errors
    /// When it does not start.
    fn core_starts(&mut self) -> Result<(), StandError>;
}

/// Why a stand cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StandError(pub String);

/// One expectation and whether it held.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Line of the scenario.
    pub line: usize,
    /// What was expected, as it is written.
    pub text: String,
    /// It held.
    pub good: bool,
    /// When it was first looked at, s since the scenario's start.
    pub began_s: f64,
    /// When it was decided, s since the scenario's start.
    pub at_s: f64,
    /// Time it was given, s.
    pub limit_s: Option<f64>,
    /// What was found where it did not hold.
    pub found: String,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When, s since the scenario's start.
    pub at_s: f64,
    /// Line of the scenario.
    pub line: usize,
    /// As it is written.
    pub text: String,
}

/// What came of a scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Played {
    /// Every expectation, in the order decided.
    pub verdicts: Vec<Verdict>,
    /// What was done.
    pub marks: Vec<Mark>,
    /// How long it took, s of the rack's time.
    pub length_s: f64,
}

impl Played {
    /// Every expectation held, and there was one.
    #[must_use]
    pub fn good(&self) -> bool {
        !self.verdicts.is_empty() && self.verdicts.iter().all(|verdict| verdict.good)
    }
}

/// Who looks on while a scenario is played, and may end it.
pub trait Watcher {
    /// A step is about to be taken; the verdicts are those so far. `false` ends the run.
    fn step(&mut self, step: &Step, at_s: f64, verdicts: &[Verdict]) -> bool;

    /// Time has passed within a step. `false` ends the run.
    fn look(&mut self, at_s: f64) -> bool {
        let _ = at_s;
        true
    }
}

/// Who hears of steps only.
struct Steps<'a>(&'a mut dyn FnMut(&Step, f64) -> bool);

impl Watcher for Steps<'_> {
    fn step(&mut self, step: &Step, at_s: f64, _: &[Verdict]) -> bool {
        (self.0)(step, at_s)
    }
}

/// What a run says that somebody has ended.
const BY_HAND: &str = "ended by hand";

/// Plays a scenario. `progress` hears of every step before it is taken, and may end the run.
pub fn play(
    scenario: &Scenario,
    stand: &mut dyn Stand,
    progress: &mut dyn FnMut(&Step, f64) -> bool,
) -> Played {
    play_watched(scenario, stand, &mut Steps(progress))
}

/// Plays a scenario while somebody looks on.
pub fn play_watched(scenario: &Scenario, stand: &mut dyn Stand, watcher: &mut dyn Watcher) -> Played {
    let mut player = Player {
        start: stand.now(),
        stand,
        watcher,
        played: Played::default(),
        watches: Vec::new(),
        notes: vec![None; scenario.notes.len()],
    };
    for step in &scenario.steps {
        let now_s = player.now_s();
        if !player.watcher.step(step, now_s, &player.played.verdicts) {
            player.judge(step, None, Err(BY_HAND.to_owned()));
            break;
        }
        if let Err(error) = player.take(step) {
            player.judge(step, None, Err(error.0));
            break;
        }
    }
    while let Some(watch) = player.watches.pop() {
        player.close(&watch);
    }
    player.played.length_s = player.now_s();
    player.played
}

/// A condition that has to hold from one step to another.
struct Guard {
    line: usize,
    text: String,
    condition: Condition,
    began_s: f64,
    broken: Option<(f64, String)>,
}

/// A refusal as a scenario writes it, in words, and what stands where that is the reason.
fn refused(refusal: Refusal, picture: &Snapshot) -> String {
    let mut told = format!("refused {} ({})", hyphened(refusal.key()), refusal.text());
    if refusal == Refusal::CauseStands {
        let causes: Vec<&str> = picture.causes.iter().map(Cause::key).collect();
        if causes.is_empty() {
            told.push_str("; no cause stands any more, but its evidence still counts");
        } else {
            told.push_str(&format!("; standing: {}", causes.join(" ")));
        }
    }
    told
}

struct Player<'a> {
    stand: &'a mut dyn Stand,
    watcher: &'a mut dyn Watcher,
    start: Moment,
    played: Played,
    watches: Vec<Guard>,
    notes: Vec<Option<f64>>,
}

impl Player<'_> {
    fn now_s(&self) -> f64 {
        self.stand.now().since(self.start).as_s()
    }

    fn look(&self) -> Look<'_> {
        Look {
            picture: self.stand.picture(),
            report: self.stand.report(),
            notes: &self.notes,
        }
    }

    fn take(&mut self, step: &Step) -> Result<(), StandError> {
        match &step.kind {
            StepKind::At(_) | StepKind::Wait(_) => self.wait(step, &mut &[][..]),
            StepKind::Act(act) => {
                self.mark(step, self.stand.now());
                self.stand.act(act)
            }
            StepKind::When(watch, act) => {
                self.mark(step, self.stand.now());
                self.stand.when(watch, act)
            }
            StepKind::Order(order, answer) => {
                self.mark(step, self.stand.now());
                self.order(step, order, *answer)
            }
            StepKind::CoreDies => {
                self.mark(step, self.stand.now());
                self.stand.core_dies()
            }
            StepKind::CoreStarts => {
                self.mark(step, self.stand.now());
                self.stand.core_starts()
            }
            StepKind::Upset(upset) => {
                self.mark(step, self.stand.now());
                self.stand.upset(*upset)
            }
            StepKind::Note(place, source) => {
                self.freshen()?;
                self.notes[*place] = source.number(&self.look()).ok();
                Ok(())
            }
            StepKind::Expect(condition) => {
                self.freshen()?;
                let found = self.checked(condition);
                self.judge(step, None, found);
                Ok(())
            }
            StepKind::Within(limit, condition) => self.within(step, *limit, condition),
            StepKind::For(time, condition) => self.holds(step, *time, condition.needs_picture(), |player| {
                player.checked(condition)
            }),
            StepKind::Stands(time) => self.holds(step, *time, false, |player| {
                let rpm = player.stand.report().rpm;
                if rpm < STANDS_RPM {
                    Ok(())
                } else {
                    Err(format!("it turns at {rpm:.0} rpm"))
                }
            }),
            StepKind::Always(condition) => {
                let (line, text, condition) = (step.line, step.text.clone(), condition.clone());
                self.watches.push(Guard {
                    line,
                    text,
                    condition,
                    began_s: self.now_s(),
                    broken: None,
                });
                Ok(())
            }
            StepKind::End(began) => {
                if let Some(place) = self.watches.iter().position(|watch| watch.line == *began) {
                    let watch = self.watches.remove(place);
                    self.close(&watch);
                }
                Ok(())
            }
        }
    }

    /// Waits. Acts that follow at once are handed to the rack before, so that they happen at their moment and not at the
    /// look after it; they are taken off `rest`.
    fn wait(&mut self, step: &Step, rest: &mut &[Step]) -> Result<(), StandError> {
        let to = if let StepKind::At(at) = step.kind {
            self.start + at
        } else if let StepKind::Wait(span) = step.kind {
            self.stand.now() + span
        } else {
            return Ok(());
        };
        if to < self.stand.now() {
            self.judge(step, None, Err(format!("it is {:.1} s already", self.now_s())));
        }
        while let [
            act_step @ Step {
                kind: StepKind::Act(act),
                ..
            },
            behind @ ..,
        ] = *rest
        {
            self.stand.plan(to, act)?;
            self.mark(act_step, to);
            *rest = behind;
        }
        self.pass(to)
    }

    fn checked(&self, condition: &Condition) -> Result<(), String> {
        let look = self.look();
        if condition.needs_picture() && !self.stand.is_fresh() {
            Err("no fresh picture comes from the controller".to_owned())
        } else if condition.holds(&look) {
            Ok(())
        } else {
            Err(condition.found(&look))
        }
    }

    /// One look further, at most to `until`.
    fn step(&mut self, until: Moment) -> Result<(), StandError> {
        self.stand.step(until)?;
        let now_s = self.now_s();
        if !self.watcher.look(now_s) {
            return Err(StandError(BY_HAND.to_owned()));
        }
        let look = Look {
            picture: self.stand.picture(),
            report: self.stand.report(),
            notes: &self.notes,
        };
        // A watch is not broken by a picture that does not come: that is for an expectation to say.
        let fresh = self.stand.is_fresh();
        let open = self.watches.iter_mut().filter(|watch| watch.broken.is_none());
        for watch in open.filter(|watch| fresh || !watch.condition.needs_picture()) {
            if !watch.condition.holds(&look) {
                watch.broken = Some((now_s, watch.condition.found(&look)));
            }
        }
        Ok(())
    }

    fn pass(&mut self, to: Moment) -> Result<(), StandError> {
        while self.stand.now() < to {
            self.step(to)?;
        }
        Ok(())
    }

    /// Waits for a picture that is on its way, no longer than it may take.
    fn freshen(&mut self) -> Result<(), StandError> {
        let until = self.stand.now() + self.stand.settle();
        while !self.stand.is_fresh() && self.stand.now() < until {
            self.step(until)?;
        }
        Ok(())
    }

    fn within(&mut self, step: &Step, limit: Span, condition: &Condition) -> Result<(), StandError> {
        let (began_s, until) = (self.now_s(), self.stand.now() + limit + self.stand.lag());
        let mut found = Err("nothing was looked at".to_owned());
        while found.is_err() && self.stand.now() < until {
            self.step(until)?;
            found = self.checked(condition);
        }
        self.told(step, began_s, Some(limit), found);
        Ok(())
    }

    fn holds(
        &mut self,
        step: &Step,
        time: Span,
        needs_picture: bool,
        so: impl Fn(&Self) -> Result<(), String>,
    ) -> Result<(), StandError> {
        let (began_s, until) = (self.now_s(), self.stand.now() + time);
        let mut found = Ok(());
        // A picture may be on its way for as long as a look may lag; one that does not come then breaks the condition.
        let mut fresh = self.stand.now();
        while self.stand.now() < until {
            self.step(until)?;
            if self.stand.is_fresh() {
                fresh = self.stand.now();
            }
            let on_its_way = needs_picture
                && self.stand.now().since(fresh) <= self.stand.lag()
                && fresh < self.stand.now();
            if found.is_ok() && !on_its_way {
                found = so(self).map_err(|found| format!("at {:.1} s: {found}", self.now_s()));
            }
        }
        self.told(step, began_s, Some(time), found);
        Ok(())
    }

    fn order(&mut self, step: &Step, order: &Order, answer: Answer) -> Result<(), StandError> {
        let key = order.key();
        if key {
            self.stand.act(&Act::Line {
                line: Input::Key,
                high: true,
            })?;
            self.pass(self.stand.now() + KEY)?;
        }
        let got = self.ask(order)?;
        let wanted = match answer {
            Answer::Done => Ok(()),
            Answer::Refused(refusal) => Err(refusal),
        };
        let found = match got {
            _ if got == wanted => Ok(()),
            Ok(()) => Err("it is done".to_owned()),
            Err(refusal) => Err(refused(refusal, self.stand.picture())),
        };
        self.judge(step, None, found);
        if key {
            self.stand.act(&Act::Line {
                line: Input::Key,
                high: false,
            })?;
            self.pass(self.stand.now() + KEY)?;
        }
        Ok(())
    }

    fn ask(&mut self, order: &Order) -> Result<Result<(), Refusal>, StandError> {
        let by = Name::new("technician").unwrap_or(Text::EMPTY);
        let command = match order {
            Order::Reset {
                latches, inspected, ..
            } => {
                let latches = match latches {
                    Which::Standing => self.stand.picture().latches,
                    Which::These(latches) => *latches,
                };
                Command::Reset {
                    latches,
                    by,
                    inspected: *inspected,
                }
            }
            Order::Acknowledge(Which::These(alarm)) => Command::Acknowledge {
                alarm: *alarm,
                by,
                comment: Reason::EMPTY,
            },
            Order::Acknowledge(Which::Standing) => {
                // A pre-alarm that stands is answered by its own name only: who sweeps a list has not looked at the rack.
                let alarms = self.stand.picture().alarms;
                let swept = |alarm: &Alarm| *alarm != Alarm::PreAlarm || !alarms.active.has(*alarm);
                // Alarms come and go while a person presses the button; one that has just gone is no refusal.
                for alarm in alarms.raised.iter().filter(swept).collect::<Vec<_>>() {
                    let comment = Reason::EMPTY;
                    match self.stand.command(&Command::Acknowledge { alarm, by, comment })? {
                        Ok(()) | Err(Refusal::NotRaised) => {}
                        Err(refusal) => return Ok(Err(refusal)),
                    }
                }
                return Ok(Ok(()));
            }
            Order::Silence => Command::Silence { by },
            Order::Hold {
                speed,
                minutes,
                by: owner,
            } => {
                let reason = Reason::new("scenario").unwrap_or(Text::EMPTY);
                Command::Manual {
                    speed: *speed,
                    owner: owner.unwrap_or(by),
                    reason,
                    minutes: *minutes,
                }
            }
            Order::Automatic => Command::Automatic { owner: by },
            Order::SelfTest => Command::SelfTest {
                by,
                reason: Reason::new("scenario").unwrap_or(Text::EMPTY),
            },
            Order::Commissioning => Command::Commissioning {
                by,
                reason: Reason::new("scenario").unwrap_or(Text::EMPTY),
            },
            Order::EnterUnit {
                unit,
                serial,
                installed,
                inspected,
                ..
            } => Command::ReplaceUnit {
                unit: *unit,
                serial: *serial,
                installed: *installed,
                by,
                inspected: *inspected,
            },
        };
        self.stand.command(&command)
    }

    fn mark(&mut self, step: &Step, at: Moment) {
        let at_s = at.since(self.start).as_s();
        let (line, text) = (step.line, step.text.clone());
        self.played.marks.push(Mark { at_s, line, text });
    }

    fn judge(&mut self, step: &Step, limit: Option<Span>, found: Result<(), String>) {
        self.told(step, self.now_s(), limit, found);
    }

    fn told(&mut self, step: &Step, began_s: f64, limit: Option<Span>, found: Result<(), String>) {
        self.played.verdicts.push(Verdict {
            line: step.line,
            text: step.text.clone(),
            good: found.is_ok(),
            began_s,
            at_s: self.now_s(),
            limit_s: limit.map(Span::as_s),
            found: found.err().unwrap_or_default(),
        });
    }

    fn close(&mut self, watch: &Guard) {
        let (at_s, found) = match &watch.broken {
            Some((at_s, found)) => (*at_s, format!("at {at_s:.1} s: {found}")),
            None => (self.now_s(), String::new()),
        };
        self.played.verdicts.push(Verdict {
            line: watch.line,
            text: watch.text.clone(),
            good: watch.broken.is_none(),
            began_s: watch.began_s,
            at_s,
            limit_s: None,
            found,
        });
    }
}
