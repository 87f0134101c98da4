//! One tick of the machine: judge -> evaluate -> decide -> bound -> picture. Pure: time is an argument.
//!
//! A reader who knows this screen can place every report of a fault.

mod kept;

use points::alarm::{Alarm, AlarmSet};
use points::command::{Authority, Command, Name, Reason, Refusal};
use points::input::{InputSet, OVERRIDES_MAX, Override};
use points::interlock::{Cause, Effect};
use points::point::{blower, contact, controller, derived, inputs, temperature};
use points::setting::Settings;
use points::{Absent, Count, Date, Flag, Moment, Reading, Regime, Second, Snapshot, Span};
use safety::alarm::{self, Alarms};
use safety::hosts::{HostRecord, StopRecord};
use safety::{Inputs, NewUnit, Outputs, Restored, Safety, UnitRecord, Units, Verdict, Wish, bound};

use crate::blowers::{self, speed_percent};
use crate::commissioning::{self, Commissioning, CommissioningRecord};
use crate::control::{Control, Goal, Temper, View};
use crate::core::frame::Frame;
use crate::core::publication::{CONFIRM_US, Progress};
use crate::foresight::Foresight;
use crate::health;
use crate::judge::Judge;
use crate::parity::{Parity, ParityRecord};
use crate::selftest::{Seen, SelfTest, SelfTestRecord};
use crate::shutdown::{Shutdown, put_span};
use crate::site::Site;
use sensors::estimate::commission::Fit;

/// Extinguisher units age in steps of this: the day, the air around them.
const AGEING: Span = Span::s(10);

/// What a start finds on disk.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Latches.
    pub latches: Restored,
    /// Extinguisher units; none where no record can be read.
    pub units: Option<UnitRecord>,
    /// The self-test and the filters; none where no record can be read.
    pub self_test: Option<SelfTestRecord>,
    /// The commissioning; none where no record can be read.
    pub commissioning: Option<CommissioningRecord>,
    /// The hosts' shutdown; none where no record can be read.
    pub hosts: Option<HostRecord>,
    /// Stop times that were learned; none where no record can be read.
    pub stops: Option<StopRecord>,
    /// What parity has learned of the rack; none where no record can be read.
    pub parity: Option<ParityRecord>,
}

/// The controller without its world.
#[derive(Debug)]
pub struct Machine {
    judge: Judge,
    safety: Safety,
    units: Units,
    /// Counts what may have changed of the units.
    unit_changes: u32,
    /// When the units age next.
    ages: Moment,
    control: Control,
    self_test: SelfTest,
    commissioning: Commissioning,
    /// Fits that control and judge have been told of.
    fits: u32,
    /// Day and minute by the wall clock, as of the last tick.
    wall: Option<(Date, u16)>,
    verdict: Option<Verdict>,
    foresight: Foresight,
    parity: Parity,
    shutdown: Shutdown,
    alarms: Alarms,
    settings: Settings,
    /// Power of the hosts that the rack is rated for, W.
    rated_w: f64,
    last: Outputs,
    /// How many blowers the site has.
    blowers: usize,
    picture: Box<Snapshot>,
    start: Moment,
    watchdog_seen: bool,
    /// The last picture explained something.
    explained: bool,
}

impl Machine {
    /// A machine that has seen nothing yet. `first` is what the process commanded as its first act.
    pub fn new(site: &Site, found: &Found, first: Outputs, now: Moment) -> Self {
        let mut picture = Snapshot {
            now,
            simulated: site.simulated,
            ..Snapshot::default()
        };
        picture.put(derived::PUBLISH_DELAY, Reading::absent(Absent::Suspended, now));
        Machine {
            judge: Judge::new(site),
            safety: Safety::new(found.latches, now),
            units: Units::new(found.units.as_ref(), now),
            unit_changes: 0,
            ages: now,
            control: Control::of_blowers(Temper::SHIPPED, &Fit::PLAN, site.blowers()),
            self_test: SelfTest::new(found.self_test.as_ref(), now),
            commissioning: Commissioning::new(found.commissioning.as_ref()),
            fits: 0,
            wall: None,
            verdict: None,
            foresight: Foresight::new(site.blowers()),
            parity: Parity::new(found.parity),
            shutdown: Shutdown::new(site, found, now),
            alarms: Alarms::new(),
            settings: site.settings,
            rated_w: site.rated_power.get(),
            last: first,
            blowers: site.blowers(),
            picture: Box::new(picture),
            start: now,
            watchdog_seen: false,
            explained: true,
        }
    }

    /// One tick.
    pub fn tick(&mut self, now: Moment, frame: &Frame) -> Outputs {
        self.picture.now = now;
        self.picture.tick += 1;
        let mut inputs = self.judge.judge(now, frame, &self.last, &mut self.picture);
        inputs.watchdog_acted &= !self.watchdog_seen;
        self.look_at_units(now, &inputs, frame);
        inputs.unit_life = self.units.life();
        self.shutdown.put(&mut inputs, &self.picture, self.rated_w);
        let verdict = self.safety.evaluate(now, &inputs, &self.settings, &self.last);
        let (exhaust, power) = (verdict.vote.value, inputs.it_power);
        let view = View::of(&self.picture, exhaust, power, inputs.door_open, verdict.lost);
        if verdict.fan_off() {
            self.control.release();
        }
        let wish = self.control.decide(
            now,
            &view,
            &Goal::new(&self.settings, self.rated_w),
            self.last.drive(),
        );
        self.wall = frame.health.wall.map(|day| (day, frame.health.wall_minute));
        let seen = Seen {
            tick: self.picture.tick,
            verdict: &verdict,
            regime: self.control.regime(),
            commissioning: self.commissioning.runs(),
            drive: self.last.drive(),
            wall: self.wall,
            filter_missing: self.judge.filter_lacks(),
            blowers: self.blowers,
            tested: self.self_test.tested(),
            settings: &self.settings,
        };
        let wish = self.self_test.step(now, &seen, wish, &self.picture);
        self.self_test.show(now, &seen, &mut self.picture);
        let wish = self.commission(now, &verdict, wish);
        let outputs = bound(wish, &verdict, &self.settings, self.picture.tick);
        // Fire and the fan's contact are one thing, in release as in tests (hazards: S1).
        assert!(
            outputs.contact_open() == verdict.fan_off(),
            "the fan contact follows the verdict"
        );
        self.last = outputs;
        self.verdict = Some(verdict);
        self.show(now, frame, &verdict, &outputs);
        outputs
    }

    /// A person's command, and how many persons stand behind it by one-time responses. The answer is final; what it
    /// changes shows in the next tick.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn command(&mut self, now: Moment, command: &Command, authority: Authority) -> Result<(), Refusal> {
        if command.by().is_empty() {
            return Err(Refusal::Unsigned);
        }
        match command {
            Command::Manual { .. } if self.last.contact_open() => Err(Refusal::LatchedOff),
            Command::Automatic { .. } => {
                self.self_test.end(now, self.wall);
                self.commissioning.end(self.wall);
                self.control.command(now, command)
            }
            Command::Manual { .. } => self.control.command(now, command),
            Command::SelfTest { reason, .. } if reason.is_empty() => Err(Refusal::Unsigned),
            Command::SelfTest { .. } if self.last.contact_open() => Err(Refusal::LatchedOff),
            Command::SelfTest { .. } if self.commissioning.runs() => Err(Refusal::CommissioningRuns),
            Command::SelfTest { .. } => self.want_self_test(),
            Command::Commissioning { reason, .. } if reason.is_empty() => Err(Refusal::Unsigned),
            Command::Commissioning { .. } if self.last.contact_open() => Err(Refusal::LatchedOff),
            Command::Commissioning { .. } if self.self_test.has_the_fan() => Err(Refusal::SelfTestRuns),
            Command::Commissioning { .. } => self.want_commissioning(now),
            Command::Acknowledge { .. }
            | Command::Shelve { .. }
            | Command::Unshelve { .. }
            | Command::AlarmOutOfService { .. }
            | Command::AlarmInService { .. } => self.alarm_command(now, command),
            Command::HoldHosts { .. }
            | Command::ResumeHosts { .. }
            | Command::AbortHosts { .. }
            | Command::DrillHosts { .. }
            | Command::RehearseHosts { .. } => self.shutdown.command(now, command, self.verdict.as_ref()),
            Command::Silence { .. } => {
                self.safety.silence();
                Ok(())
            }
            Command::Reset {
                latches, inspected, ..
            } => self.safety.reset(now, *latches, *inspected, authority),
            Command::Override {
                input,
                by: owner,
                reason,
                minutes,
            } => {
                if reason.is_empty() {
                    return Err(Refusal::Unsigned);
                }
                let asked = Override {
                    input: *input,
                    by: *owner,
                    reason: *reason,
                    until: now + Span::s(60 * u64::from(*minutes)),
                };
                self.safety.override_input(now, &asked, authority)
            }
            Command::EndOverride { input, .. } => self.safety.end_override(*input),
            Command::OutOfService {
                input,
                reason,
                serial,
                ..
            } => {
                if reason.is_empty() || serial.is_empty() {
                    return Err(Refusal::Unsigned);
                }
                self.safety.put_out_of_service(now, *input, true, authority)
            }
            Command::InService { input, serial, .. } => {
                if serial.is_empty() {
                    return Err(Refusal::Unsigned);
                }
                self.safety.put_out_of_service(now, *input, false, authority)?;
                self.parity.replaced(*input);
                Ok(())
            }
            Command::ReplaceUnit {
                unit,
                serial,
                installed,
                inspected,
                ..
            } => {
                self.safety.entitled(now, authority, Authority::OnePerson)?;
                let new = NewUnit {
                    unit: *unit,
                    serial: *serial,
                    installed: *installed,
                    inspected: *inspected,
                };
                let inputs = self.safety.inputs().ok_or(Refusal::UnitNotHome)?;
                self.units.replace(&new, inputs, &self.settings)?;
                self.show_units();
                Ok(())
            }
        }
    }

    /// What a person does with an alarm.
    fn alarm_command(&mut self, now: Moment, command: &Command) -> Result<(), Refusal> {
        let act = |alarm: &Alarm, by: &Name, why: Reason| match by.is_empty() {
            true => Err(Refusal::Unsigned),
            false => Ok(alarm::Act {
                alarm: *alarm,
                by: *by,
                why,
            }),
        };
        let reasoned = |alarm, by, why: &Reason| match why.is_empty() {
            true => Err(Refusal::Unsigned),
            false => act(alarm, by, *why),
        };
        match command {
            Command::Acknowledge { alarm, by, comment } => {
                let act = act(alarm, by, *comment)?;
                self.watchdog_seen |= *alarm == Alarm::Watchdog;
                let done = self.alarms.acknowledge(now, act);
                if done.is_ok() && *alarm == Alarm::DateDoubted {
                    // Whoever acknowledges it says that the clock is right now.
                    self.units.confirm_date(now, &self.settings);
                    self.show_units();
                }
                if done.is_ok() && *alarm == Alarm::PreAlarm {
                    // Whoever acknowledges it looks after it. Where its evidence has gone there is nothing to answer.
                    let _gone = self.safety.answer_prealarm(now);
                }
                done
            }
            Command::Shelve {
                alarm,
                by,
                reason,
                shelf,
            } => self.alarms.shelve(now, reasoned(alarm, by, reason)?, *shelf),
            Command::Unshelve { alarm, by } => self.alarms.unshelve(act(alarm, by, Reason::EMPTY)?),
            Command::AlarmOutOfService { alarm, by, reason } => {
                self.alarms.take_out(now, reasoned(alarm, by, reason)?)
            }
            Command::AlarmInService { alarm, by } => self.alarms.take_back(act(alarm, by, Reason::EMPTY)?),
            Command::Manual { .. }
            | Command::Automatic { .. }
            | Command::Silence { .. }
            | Command::HoldHosts { .. }
            | Command::ResumeHosts { .. }
            | Command::AbortHosts { .. }
            | Command::DrillHosts { .. }
            | Command::RehearseHosts { .. }
            | Command::Reset { .. }
            | Command::ReplaceUnit { .. }
            | Command::Override { .. }
            | Command::EndOverride { .. }
            | Command::OutOfService { .. }
            | Command::InService { .. }
            | Command::SelfTest { .. }
            | Command::Commissioning { .. } => Ok(()),
        }
    }

    /// A person wants a self-test now.
    fn want_self_test(&mut self) -> Result<(), Refusal> {
        let verdict = self.verdict.as_ref().ok_or(Refusal::NotAutomatic)?;
        self.self_test.want(&Seen {
            tick: self.picture.tick,
            verdict,
            regime: self.control.regime(),
            commissioning: self.commissioning.runs(),
            drive: self.last.drive(),
            wall: self.wall,
            filter_missing: self.judge.filter_lacks(),
            blowers: self.blowers,
            tested: self.self_test.tested(),
            settings: &self.settings,
        })
    }

    /// A person wants a commissioning run now.
    fn want_commissioning(&mut self, now: Moment) -> Result<(), Refusal> {
        let seen = commissioning::Seen {
            verdict: self.verdict.as_ref().ok_or(Refusal::NotAutomatic)?,
            regime: self.control.regime(),
            drive: self.last.drive(),
            speed_percent: speed_percent(&self.picture),
            rated_w: self.rated_w,
            blowers: self.blowers,
            wall: self.wall,
            settings: &self.settings,
        };
        self.commissioning.want(now, &seen, &self.picture)
    }

    /// A tick of a commissioning run; control and judge are told of new constants.
    fn commission(&mut self, now: Moment, verdict: &Verdict, wish: Wish) -> Wish {
        let seen = commissioning::Seen {
            verdict,
            regime: self.control.regime(),
            drive: self.last.drive(),
            speed_percent: speed_percent(&self.picture),
            rated_w: self.rated_w,
            blowers: self.blowers,
            wall: self.wall,
            settings: &self.settings,
        };
        let wish = self.commissioning.step(now, &seen, wish, &self.picture);
        self.commissioning.show(now, &mut self.picture);
        if self.fits != self.commissioning.fits() {
            self.fits = self.commissioning.fits();
            let fit = self.commissioning.fit();
            self.control.commissioned(&fit);
            self.judge.commissioned(&fit);
            self.foresight.commissioned(&fit);
            self.parity.commissioned(&fit);
        }
        wish
    }

    /// Who did something to an alarm last, and why; for the journal, soon after it was done.
    pub fn act(&self, alarm: Alarm) -> Option<&alarm::Act> {
        self.alarms.act(alarm)
    }

    /// The plan of the hosts' shutdown: what it has learned, and its drill.
    pub(crate) const fn shutdown(&self) -> &Shutdown {
        &self.shutdown
    }

    /// The picture of the last tick.
    pub fn picture(&self) -> &Snapshot {
        &self.picture
    }

    /// The settings in force.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    fn look_at_units(&mut self, now: Moment, inputs: &Inputs, frame: &Frame) {
        let changed = self.units.watch(now, inputs);
        let due = now >= self.ages;
        if due {
            self.ages = now + AGEING;
            let air = self.judge.climate(&self.picture);
            self.units.age(now, frame.health.wall, &air, &self.settings);
        }
        if changed || due {
            self.show_units();
        }
    }

    fn show_units(&mut self) {
        self.unit_changes = self.unit_changes.wrapping_add(1);
        let (picture, units) = (&mut *self.picture, &self.units);
        picture.units = units.memory();
        for (place, (days, exposure)) in units.figures(&self.settings).into_iter().enumerate() {
            let at = picture.now;
            let (left, used) = (contact::EXTINGUISHER_DAYS, contact::EXTINGUISHER_EXPOSURE);
            picture.put(left.at(place), Reading { value: days, at });
            picture.put(used.at(place), Reading { value: exposure, at });
        }
    }

    fn show(&mut self, now: Moment, frame: &Frame, verdict: &Verdict, outputs: &Outputs) {
        let regime = self.regime(verdict);
        let conditions = alarm::Conditions {
            stand: self.conditions(frame, verdict, regime),
            held: verdict.held(),
        };
        self.alarms.step(now, self.picture.tick, conditions);
        let picture = &mut *self.picture;
        // What changes seldom is copied when it has.
        if picture.alarms.sequence != self.alarms.states().sequence {
            picture.alarms = *self.alarms.states();
            picture.alarm_since = *self.alarms.since();
            picture.desk = *self.alarms.desk();
        }
        picture.causes = verdict.causes;
        picture.latched = verdict.latched;
        picture.latches = verdict.latches;
        picture.effects = verdict.effects;
        // Where nothing stands and nothing did, there is nothing to explain: the common tick.
        let explains = !verdict.causes.with(verdict.latched).is_empty();
        if explains || self.explained {
            picture.why = self.safety.why();
            put_span(picture, derived::SOAK_LEFT, self.safety.soak_left(now));
            self.explained = explains;
        }
        picture.fan = outputs.fan();
        picture.outputs = outputs.lines();
        picture.hold = self.control.hold();
        picture.put(temperature::EXHAUST_VOTED, verdict.vote.value);
        picture.put_now(
            blower::CONTACT_COMMAND.at(0),
            Flag::from_bool(outputs.contact_open()),
        );
        if self.blowers > 1 {
            blowers::show(picture, verdict, outputs);
        }
        for (tag, state) in contact::EXTINGUISHER.iter().zip(verdict.extinguisher) {
            picture.put_now(tag, state);
        }
        picture.put_now(controller::REGIME, regime);
        self.control.show(now, picture);
        self.shutdown
            .step(now, verdict, &self.settings, &frame.hosts, picture);
        picture.put_now(derived::VOTERS, Count::of(f64::from(verdict.vote.voters)));
        put_span(picture, derived::COUNTDOWN, verdict.countdown);
        self.foresight
            .look(now, &self.settings, outputs.drive(), &mut self.picture);
        if !self.foresight.speaks() {
            put_span(&mut self.picture, derived::TO_SHUTDOWN_LOW, verdict.to_trip);
        }
        let (stopped, today) = (outputs.contact_open(), frame.health.wall);
        self.parity
            .look(now, stopped, today, &self.judge, &mut self.picture);
        self.show_bypasses(now);
        self.health(frame, now);
    }

    /// What persons have taken out of the judgement.
    fn show_bypasses(&mut self, now: Moment) {
        let picture = &mut *self.picture;
        // Where nothing is overridden and nothing was, there is nothing to copy: the common tick.
        let stands = |overrides: &[Option<Override>; OVERRIDES_MAX]| overrides.iter().any(Option::is_some);
        if stands(self.safety.overrides()) || stands(&picture.overrides) {
            picture.overrides = *self.safety.overrides();
        }
        picture.out_of_service = self.safety.out_of_service();
        let (mut overridden, mut left) = (InputSet::EMPTY, None);
        for standing in picture.overrides.iter().flatten() {
            overridden.put(standing.input, true);
            left = left.max(Some(standing.until.since(now)));
        }
        picture.put_now(inputs::OVERRIDDEN, Count::of(f64::from(overridden.0)));
        picture.put_now(
            inputs::OUT_OF_SERVICE,
            Count::of(f64::from(picture.out_of_service.0)),
        );
        put_span(picture, inputs::OVERRIDE_LEFT, left);
    }

    fn health(&mut self, frame: &Frame, now: Moment) {
        let picture = &mut *self.picture;
        picture.put_now(controller::UPTIME, Second::of((now - self.start).as_s()));
        picture.put_now(controller::DEVICES, self.judge.devices_answering());
        health::show(&frame.health, picture);
    }

    fn conditions(&self, frame: &Frame, verdict: &Verdict, regime: Regime) -> AlarmSet {
        let mut conditions =
            AlarmSet(verdict.conditions.0 | self.judge.conditions().0 | self.units.conditions().0)
                .with(self.self_test.conditions())
                .with(self.parity.conditions())
                .with(self.shutdown.conditions());
        conditions.put(Alarm::LateTicks, frame.health.lateness_s > 0.1);
        conditions.put(Alarm::NotRealtime, !frame.health.realtime);
        conditions.put(Alarm::LatchNotWritten, frame.health.latch_not_written);
        conditions.put(Alarm::ConfigurationFallback, frame.health.fallback);
        // A front that is gone has its own alarm.
        let history_lost = frame.health.front_alive && !frame.health.history;
        conditions.put(Alarm::HistoryNotWritten, history_lost);
        let unpublished = match frame.health.publication {
            Progress::Ordered { for_us } => for_us > CONFIRM_US,
            Progress::None | Progress::Confirmed { .. } => false,
        };
        conditions.put(Alarm::HostDownUnpublished, unpublished);
        conditions.put(Alarm::Degraded, regime == Regime::Degraded);
        let low = Foresight::spare_is_low(&self.settings, self.rated_w, &self.picture);
        conditions.put(Alarm::HeadroomLow, low);
        conditions
    }

    fn regime(&self, verdict: &Verdict) -> Regime {
        let starting =
            verdict.vote.value.value == Err(Absent::Starting) && !verdict.causes.has(Cause::C17AllBlind);
        if verdict.fan_off() {
            Regime::Fire
        } else if verdict.effects.has(Effect::FanMax) {
            if starting { Regime::Boot } else { Regime::Critical }
        } else if verdict.effects.has(Effect::FanFloor) && self.control.regime() == Regime::Normal {
            Regime::Degraded
        } else {
            self.control.regime()
        }
    }
}
