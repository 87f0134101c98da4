//! One scenario's run: acts and expectations on one time base, each expectation with its verdict.

use hil_rig::rack::{Act, Input, Rack, RackConfig};
use points::alarm::Alarm;
use points::command::{Command, Refusal};
use points::interlock::{Cause, Effect, LatchSet};
use points::{Snapshot, Text};

use crate::config::{Config, builtin};
use crate::core::inline::Inline;
use crate::site::Site;

/// One expectation and whether it held.
#[derive(Clone, Debug)]
pub struct Check {
    /// It held.
    pub good: bool,
    /// Seconds since the scenario's start.
    pub at_s: f64,
    /// What was expected, and what was found where it did not hold.
    pub text: String,
}

impl Check {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::json!({ "good": self.good, "at_s": self.at_s, "text": self.text })
    }
}

/// A scenario on its way.
pub struct Run {
    inline: Option<Inline>,
    start: points::Moment,
    checks: Vec<Check>,
}

impl Run {
    /// A machine at its first start beside a rack.
    pub fn new(config: RackConfig, tick_ms: u64) -> Run {
        let mut site = builtin();
        site.core.tick_ms = tick_ms;
        Run::of(&site, config)
    }

    /// A machine with this configuration at its first start beside a rack.
    pub fn of(site: &Config, config: RackConfig) -> Run {
        let built = Site::build(site, None).map_err(|error| error.to_string());
        match built.and_then(|site| Inline::new(site, Rack::new(config))) {
            Ok(inline) => Run {
                start: inline.picture().now,
                inline: Some(inline),
                checks: Vec::new(),
            },
            Err(text) => {
                let check = Check {
                    good: false,
                    at_s: 0.0,
                    text,
                };
                Run {
                    inline: None,
                    start: points::Moment::ZERO,
                    checks: vec![check],
                }
            }
        }
    }

    /// Expectations so far.
    pub fn checks(&self) -> &[Check] {
        &self.checks
    }

    /// The machine and its rack.
    pub fn inline(&mut self) -> Option<&mut Inline> {
        self.inline.as_mut()
    }

    /// What happened, oldest first.
    pub fn history(&self) -> &[(points::Moment, crate::transition::Change)] {
        self.inline.as_ref().map_or(&[], |inline| &inline.history)
    }

    /// Seconds since the start.
    pub fn now_s(&self) -> f64 {
        self.inline
            .as_ref()
            .map_or(0.0, |inline| inline.picture().now.since(self.start).as_s())
    }

    /// The picture of the last tick.
    pub fn picture(&self) -> Snapshot {
        self.inline
            .as_ref()
            .map(|inline| inline.picture().clone())
            .unwrap_or_default()
    }

    /// Lets time pass.
    pub fn pass(&mut self, seconds: f64) -> &mut Self {
        if let Some(inline) = &mut self.inline {
            inline.run(seconds);
        }
        self
    }

    /// People and faults.
    pub fn act(&mut self, act: Act) -> &mut Self {
        if let Some(inline) = &self.inline {
            inline.act(&act);
        }
        self
    }

    /// What is really so.
    pub fn report(&self) -> Option<hil_rig::rack::Report> {
        self.inline.as_ref().map(Inline::report)
    }

    /// The core is dead for `seconds`.
    pub fn die(&mut self, seconds: f64) -> &mut Self {
        if let Some(inline) = &mut self.inline {
            inline.die(seconds);
        }
        self
    }

    /// A new core on the same data directory and the same rack.
    pub fn restart(&mut self) -> &mut Self {
        if let Some(inline) = self.inline.take() {
            match inline.succeed() {
                Ok(inline) => self.inline = Some(inline),
                Err(error) => {
                    self.expect(&error, false);
                }
            }
        }
        self
    }

    /// The blower stands still for `seconds`, whether a core lives or not: looked at ten times a second.
    pub fn stands_for(&mut self, seconds: f64) -> &mut Self {
        let mut fastest: f64 = 0.0;
        let mut left_s = seconds;
        while left_s > 0.0 {
            self.die(0.1);
            fastest = fastest.max(self.report().map_or(f64::MAX, |report| report.rpm));
            left_s -= 0.1;
        }
        self.expect(
            &format!("for {seconds} s the blower stands ({fastest:.1} rpm at most)"),
            fastest < 1.0,
        )
    }

    /// An expectation about now.
    pub fn expect(&mut self, text: &str, good: bool) -> &mut Self {
        let found = if good {
            String::new()
        } else {
            format!("; found {}", self.found())
        };
        self.checks.push(Check {
            good,
            at_s: self.now_s(),
            text: format!("{text}{found}"),
        });
        self
    }

    fn found(&self) -> String {
        let p = self.picture();
        let list = |keys: Vec<&str>| keys.join(" ");
        format!(
            "causes [{}] latched [{}] effects [{}] alarms [{}] drive {:.1} exhaust {:?}",
            list(p.causes.iter().map(Cause::key).collect()),
            list(p.latched.iter().map(Cause::key).collect()),
            list(p.effects.iter().map(Effect::key).collect()),
            list(p.alarms.raised.iter().map(|alarm| alarm.row().name).collect()),
            p.fan.drive.get(),
            p.get(points::point::temperature::EXHAUST_VOTED)
                .value
                .map(points::Celsius::get),
        )
    }

    /// An expectation that must come true within `seconds`.
    pub fn within(&mut self, seconds: f64, text: &str, done: impl FnMut(&Snapshot) -> bool) -> &mut Self {
        let good = self
            .inline
            .as_mut()
            .is_some_and(|inline| inline.run_until(seconds, done));
        self.expect(&format!("within {seconds} s: {text}"), good)
    }

    /// An expectation that must hold all the time for `seconds`.
    pub fn during(
        &mut self,
        seconds: f64,
        text: &str,
        mut holds: impl FnMut(&Snapshot) -> bool,
    ) -> &mut Self {
        let broken = self
            .inline
            .as_mut()
            .is_none_or(|inline| inline.run_until(seconds, |picture| !holds(picture)));
        self.expect(&format!("for {seconds} s: {text}"), !broken)
    }

    /// These effects come into force within `seconds`.
    pub fn effects(&mut self, seconds: f64, effects: &[Effect]) -> &mut Self {
        let wanted = points::interlock::EffectSet::of(effects);
        let keys: Vec<&str> = effects.iter().map(|effect| effect.key()).collect();
        self.within(seconds, &keys.join(" "), |picture| {
            picture.effects.and(wanted) == wanted
        })
    }

    /// An alarm is raised within `seconds`.
    pub fn alarm(&mut self, seconds: f64, alarm: Alarm) -> &mut Self {
        self.within(seconds, &format!("alarm {}", alarm.row().name), |picture| {
            picture.alarms.raised.has(alarm)
        })
    }

    /// A command, and the answer it must get.
    pub fn command(&mut self, text: &str, command: &Command, answer: Result<(), Refusal>) -> &mut Self {
        let got = self.inline.as_mut().map(|inline| inline.command(command));
        self.expect(
            &format!("{text} is answered {answer:?}, got {got:?}"),
            got == Some(answer),
        )
    }

    /// A person turns the key, resets latches, and turns it back.
    pub fn reset(&mut self, latches: LatchSet, inspected: bool, answer: Result<(), Refusal>) -> &mut Self {
        self.act(Act::Line {
            line: Input::Key,
            high: true,
        })
        .pass(1.0);
        let by = Text::new("technician").unwrap_or(Text::EMPTY);
        self.command(
            "reset",
            &Command::Reset {
                latches,
                by,
                inspected,
            },
            answer,
        );
        self.act(Act::Line {
            line: Input::Key,
            high: false,
        })
        .pass(1.0)
    }

    /// Acknowledges every raised alarm.
    pub fn acknowledge(&mut self) -> &mut Self {
        let by = Text::new("technician").unwrap_or(Text::EMPTY);
        for alarm in self.picture().alarms.raised.iter() {
            if let Some(inline) = &mut self.inline {
                let _ = inline.command(&Command::Acknowledge { alarm, by });
            }
        }
        self
    }

    /// Everything is back to normal within `seconds`: automatic control, nothing latched, no alarm.
    pub fn normal(&mut self, seconds: f64) -> &mut Self {
        self.within(seconds, "back to normal", |picture| {
            picture.latches.is_empty()
                && picture.effects.is_empty()
                && picture.alarms.raised.is_empty()
                && picture.get(points::point::controller::REGIME).ok() == Some(points::Regime::Normal)
        })
    }
}
