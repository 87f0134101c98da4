//! What must never be seen, whatever happens: one rule a function, from the invariants of the safety documents.
//!
//! A rule looks at the controller's picture, at the truth, and at what it remembers of the looks before. The memory of
//! latches outlives the core; times within a core's life do not, as the core's own delays do not.

use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::setting::{self, Settings};
use points::{Moment, Snapshot, Span};

use super::life::Life;
use crate::rack::{Act, Fault, Input, Instrument, Output, Report};
use crate::scenario::{Scenario, SiteChange};

/// From the order to open the contact until it has to be open.
const OPEN_TIME: Span = Span::ms(500);
/// From the death of the core until the fan chip drives fully.
const FULL_TIME: Span = Span::s(6);
/// At the damage limit power is cut so long after the latch.
const DAMAGE_CUT: Span = Span::s(10);
/// A deadline may be missed by so much.
const LATE: Span = Span::s(1);
/// Above its limit by this much, K, and for this long, the true exhaust has been measured by whatever still measures.
const TRULY_K: f64 = 3.0;
const TRULY_TIME: Span = Span::s(60);
/// A driven wheel that stands for so long has been found out.
const STANDS_TIME: Span = Span::s(60);
const STANDS_RPM: f64 = 1.0;
/// The drive, %, from which a standing wheel has to be found out.
const DRIVEN_PERCENT: f64 = 20.0;
/// Exhaust air, deg C, below which nothing has been a sign of fire for so long.
const NO_FIRE_C: f64 = 80.0;
const NO_FIRE_TIME: Span = Span::s(90);
/// Samples of the true exhaust, one in [`RISE_EVERY`], over which a rise is looked for, and the rise, K, from one to the
/// next but three that makes a lost probe one that heat may have killed: 6 K/min, below the 8.3 K/min that count.
const RISE_EVERY: Span = Span::s(5);
const RISE_OVER: usize = 4;
const RISE_K: f64 = 2.0;
/// A loss is put down to the heat for a minute, and evidence counts for another.
const RISE_TIME: Span = Span::s(150);

/// What stops the fan for fire.
const FIRES: CauseSet = CauseSet::of(&[
    Cause::C01Fired,
    Cause::C02FireConfirmed,
    Cause::C03ManualFire,
    Cause::C05CutOut,
]);
/// Latches that hold the fan off.
const STOPS: LatchSet = LatchSet::of(&[Latch::Fire, Latch::EmergencyOff, Latch::Unknown]);

/// One look.
pub(super) struct Seen<'a> {
    pub(super) now: Moment,
    /// The controller's, where a core lives.
    pub(super) picture: Option<&'a Snapshot>,
    pub(super) report: &'a Report,
}

/// Who hears of a broken rule.
type Broken<'a> = dyn FnMut(&'static str, String) + 'a;

/// Since when something holds, within the life of a core.
#[derive(Clone, Copy, Debug, Default)]
struct Since(Option<Moment>);

impl Since {
    /// How long it has held.
    fn watch(&mut self, now: Moment, holds: bool) -> Option<Span> {
        let since = *self.0.get_or_insert(now);
        if holds {
            Some(now.since(since))
        } else {
            self.0 = None;
            None
        }
    }
}

/// The rules with their memory.
pub(super) struct Rules {
    life: Life,
    settings: Settings,
    /// One look late or early.
    tick: Span,
    /// Of the last picture, also of a core that has died since.
    latches: LatchSet,
    effects: EffectSet,
    /// Latches whose reset was granted since the last look.
    granted: LatchSet,
    /// The last moment at which a cause of fire stood.
    fire_at: Option<Moment>,
    /// The last moment at which the exhaust was as hot as a fire makes it.
    hot_at: Option<Moment>,
    /// Samples of the true exhaust, the newest last, and when the next is due.
    samples: [f64; RISE_OVER],
    sample_at: Moment,
    /// The last moment at which it rose fast.
    rose_at: Option<Moment>,
    /// People or the scenario have given a sign of fire.
    sign: bool,
    /// The contact and its coils do what they are told.
    contact_well: bool,
    /// The fan chip and the blower do what they are told.
    fan_well: bool,
    dead: Option<Moment>,
    off: Since,
    fire: Since,
    damage: Since,
    over: Since,
    above_trip: Since,
    above_damage: Since,
    stands: Since,
}

impl Rules {
    pub(super) fn new(scenario: &Scenario, life: Life) -> Self {
        let mut settings = Settings::default();
        for change in &scenario.site {
            if let SiteChange::Setting(name, value) = change {
                // Names and spans were looked at when the text was read.
                let _ = settings.set_named(name, *value);
            }
        }
        Rules {
            life,
            settings,
            tick: scenario.tick,
            latches: LatchSet::EMPTY,
            effects: EffectSet::EMPTY,
            granted: LatchSet::EMPTY,
            fire_at: None,
            hot_at: None,
            samples: [f64::INFINITY; RISE_OVER],
            sample_at: Moment::ZERO,
            rose_at: None,
            sign: false,
            contact_well: true,
            fan_well: true,
            dead: None,
            off: Since::default(),
            fire: Since::default(),
            damage: Since::default(),
            over: Since::default(),
            above_trip: Since::default(),
            above_damage: Since::default(),
            stands: Since::default(),
        }
    }

    /// Something is done to the rack.
    pub(super) fn act(&mut self, act: &Act) {
        self.sign |= matches!(
            act,
            Act::Fire { .. }
                | Act::FireGrows { .. }
                | Act::FireReplay { .. }
                | Act::Smoke { .. }
                | Act::BreakWire { .. }
                | Act::Line {
                    line: Input::FireButton,
                    high: true
                }
                | Act::Line {
                    line: Input::CutOut,
                    high: false
                }
        );
        self.contact_well &= !matches!(
            act,
            Act::FanContact { .. }
                | Act::Relay {
                    output: Output::FanContactOpen | Output::FanContactClose,
                    ..
                }
        );
        self.fan_well &= !matches!(
            act,
            Act::FanChipPower { .. }
                | Act::Fault {
                    instrument: Instrument::Fan,
                    fault: Fault::DriveIgnored,
                    ..
                }
                | Act::Fault {
                    instrument: Instrument::Fan,
                    fault: Fault::Unplugged,
                    ..
                }
        );
    }

    /// These latches' reset was granted.
    pub(super) fn granted(&mut self, latches: LatchSet) {
        self.granted = self.granted.with(latches);
    }

    /// The core has died or another one has started: delays run anew.
    pub(super) fn core(&mut self, now: Moment, lives: bool) {
        self.dead = (!lives).then_some(now);
        for since in [
            &mut self.off,
            &mut self.fire,
            &mut self.damage,
            &mut self.over,
            &mut self.above_trip,
            &mut self.above_damage,
            &mut self.stands,
        ] {
            *since = Since::default();
        }
    }

    /// Judges one look.
    pub(super) fn look(&mut self, seen: &Seen<'_>, broken: &mut Broken<'_>) {
        self.truth(seen);
        match seen.picture {
            Some(picture) => {
                self.reset(seen.now, picture, broken);
                self.stop(seen, picture, broken);
                self.fan(picture, broken);
                self.cut(seen.now, picture, broken);
                self.heat(seen, picture, broken);
                self.signs(seen.now, picture, broken);
                (self.latches, self.effects) = (picture.latches, picture.effects);
                self.granted = LatchSet::EMPTY;
            }
            None => self.without_core(seen, broken),
        }
    }

    /// What the exhaust really does.
    fn truth(&mut self, seen: &Seen<'_>) {
        let (now, exhaust) = (seen.now, seen.report.exhaust_c);
        if exhaust >= NO_FIRE_C {
            self.hot_at = Some(now);
        }
        if now >= self.sample_at {
            self.sample_at = now + RISE_EVERY;
            if exhaust - self.samples[0] > RISE_K {
                self.rose_at = Some(now);
            }
            self.samples.rotate_left(1);
            self.samples[RISE_OVER - 1] = exhaust;
        }
    }

    /// A latch goes by a person's granted reset and by nothing else; a fire's after its soak.
    fn reset(&mut self, now: Moment, picture: &Snapshot, broken: &mut Broken<'_>) {
        if picture.causes.any(FIRES) {
            self.fire_at = Some(now);
        }
        let gone = self.latches.without(picture.latches);
        for latch in gone.without(self.granted).iter() {
            broken("a latch goes by a granted reset alone", latch.key().to_owned());
        }
        let soak = self.settings.span(setting::FIRE_SOAK);
        let soaked = self.fire_at.is_none_or(|at| now.since(at) + self.tick >= soak);
        if gone.has(Latch::Fire) && !soaked {
            broken("a fire latch goes after its soak", format!("{:?}", self.fire_at));
        }
        let held = EffectSet::of(&[Effect::HostDown, Effect::PduOff, Effect::Lockout, Effect::FanOff]);
        let ended = self.effects.without(picture.effects).and(held);
        if !ended.is_empty() && gone.is_empty() {
            let keys: Vec<&str> = ended.iter().map(|effect| effect.key()).collect();
            broken("what is latched ends with its latch alone", keys.join(" "));
        }
        for alarm in picture
            .alarms
            .hidden()
            .iter()
            .filter(|alarm| alarm.row().is_guarded())
        {
            broken(
                "nothing hides an alarm that is guarded",
                alarm.row().name.to_owned(),
            );
        }
    }

    /// A stop holds, in the commands and at the contact.
    fn stop(&mut self, seen: &Seen<'_>, picture: &Snapshot, broken: &mut Broken<'_>) {
        let off = picture.effects.has(Effect::FanOff);
        if picture.latches.any(STOPS) && !picture.latches.has(Latch::Unknown) && !off {
            broken(
                "a stop's latch holds the fan off",
                format!("{:?}", picture.latches),
            );
        }
        let fan = picture.fan;
        if off && !(fan.contact_open && fan.drive.get() <= 0.0) {
            broken("a fan that is off is not driven", format!("{fan:?}"));
        }
        if !off && fan.contact_open {
            broken("the contact opens for a stop alone", format!("{fan:?}"));
        }
        let obeyed = self
            .off
            .watch(seen.now, off)
            .is_none_or(|off| off < OPEN_TIME + self.tick);
        if !obeyed && self.contact_well && seen.report.contact_closed {
            broken(
                "the contact is open half a second after the stop",
                "closed".to_owned(),
            );
        }
    }

    /// Full speed and the floor, where they are in force.
    fn fan(&self, picture: &Snapshot, broken: &mut Broken<'_>) {
        let (effects, drive) = (picture.effects, picture.fan.drive.get());
        if effects.has(Effect::FanOff) {
            return;
        }
        let floor = self.settings.get(setting::DEGRADED_FLOOR);
        if effects.has(Effect::FanMax) && drive < 100.0 {
            broken("full speed where it is in force", format!("{drive} %"));
        }
        if effects.has(Effect::FanFloor) && drive < floor {
            broken("the floor where it is in force", format!("{drive} %"));
        }
        let least = self.settings.get(setting::MINIMUM_SPEED);
        let more = EffectSet::of(&[Effect::FanMax, Effect::FanFloor]);
        if effects.has(Effect::FanLeast) && (drive > least || effects.any(more)) {
            broken(
                "the least speed where it is in force, and heat before it",
                format!("{drive} %"),
            );
        }
    }

    /// Power is cut at its deadlines, and not before one; never without a shutdown.
    fn cut(&mut self, now: Moment, picture: &Snapshot, broken: &mut Broken<'_>) {
        let (latches, latched) = (picture.latches, picture.latched);
        let fire = self.fire.watch(now, latches.has(Latch::Fire));
        let damage = self.damage.watch(now, latched.has(Cause::C27Hard));
        let over = self.over.watch(now, latched.has(Cause::C08Trip));
        let allowed = self.settings.get(setting::OVER_TEMPERATURE_CUT) >= 0.5;
        let (fire_cut, grace) = (
            self.settings.span(setting::FIRE_CUT_DELAY),
            self.settings.span(setting::OVER_TEMPERATURE_GRACE),
        );
        let cut = picture.effects.has(Effect::PduOff);
        let reached = |held: Option<Span>, delay: Span| held.is_some_and(|held| held + self.tick >= delay);
        let due = latches.has(Latch::EmergencyOff)
            || reached(fire, fire_cut)
            || reached(damage, DAMAGE_CUT)
            || allowed && reached(over, grace);
        if cut && !self.effects.has(Effect::PduOff) && !due {
            broken(
                "power is cut at a deadline and not before",
                format!("{latches:?}"),
            );
        }
        let passed = |held: Option<Span>, delay: Span| held.is_some_and(|held| held > delay + LATE);
        if !cut && (passed(fire, fire_cut) || passed(damage, DAMAGE_CUT) || allowed && passed(over, grace)) {
            broken("power is cut at its deadline", format!("{latches:?}"));
        }
        if cut && !picture.effects.has(Effect::HostDown) {
            broken("no cut without a shutdown", String::new());
        }
    }

    /// What is really hot shuts hosts down; a wheel that really stands is found out.
    fn heat(&mut self, seen: &Seen<'_>, picture: &Snapshot, broken: &mut Broken<'_>) {
        if self.life == Life::Wild {
            return;
        }
        let (now, exhaust) = (seen.now, seen.report.exhaust_c);
        let trip = self.settings.get(setting::TRIP) + TRULY_K;
        let hard = self.settings.get(setting::HARD) + TRULY_K;
        let long = |held: Option<Span>, time: Span| held.is_some_and(|held| held > time);
        let above_trip = self.above_trip.watch(now, exhaust > trip);
        if long(above_trip, TRULY_TIME) && !picture.effects.has(Effect::HostDown) {
            broken("true heat shuts hosts down", format!("{exhaust:.1} °C"));
        }
        let above_damage = self.above_damage.watch(now, exhaust > hard);
        if long(above_damage, TRULY_TIME) && !picture.effects.has(Effect::PduOff) {
            broken(
                "true heat at the damage limit cuts power",
                format!("{exhaust:.1} °C"),
            );
        }
        let driven =
            picture.fan.drive.get() >= DRIVEN_PERCENT && seen.report.energised && seen.report.faults == 0;
        // One of two may stand by behind its flap.
        let fastest = seen.report.rpm.max(seen.report.truth.blower_b_rpm);
        let stands = self.stands.watch(now, driven && fastest < STANDS_RPM);
        if long(stands, STANDS_TIME) && !picture.latches.has(Latch::CoolingLoss) {
            broken(
                "a wheel that stands is found out",
                format!("{}", picture.fan.drive.get()),
            );
        }
    }

    /// No fire without a sign of one; no pre-alarm without a sign, heat, or a rise in which a probe may be lost.
    fn signs(&self, now: Moment, picture: &Snapshot, broken: &mut Broken<'_>) {
        let new = picture.latches.without(self.latches);
        let lately = |at: Option<Moment>, time: Span| at.is_some_and(|at| now.since(at) <= time);
        if self.life == Life::Wild || self.sign || lately(self.hot_at, NO_FIRE_TIME) {
            return;
        }
        if new.has(Latch::Fire) {
            let keys: Vec<&str> = picture
                .causes
                .and(FIRES)
                .iter()
                .map(|cause| cause.key())
                .collect();
            broken("no fire without a sign of one", keys.join(" "));
        }
        if new.has(Latch::PreAlarm) && !lately(self.rose_at, RISE_TIME) {
            broken("no pre-alarm without a sign of fire", String::new());
        }
    }

    /// Without a core the contact stays as it is, and the fan chip drives fully.
    fn without_core(&self, seen: &Seen<'_>, broken: &mut Broken<'_>) {
        let Some(dead) = self.dead else { return };
        let time = seen.now.since(dead);
        if self.effects.has(Effect::FanOff)
            && self.contact_well
            && time > OPEN_TIME
            && seen.report.contact_closed
        {
            broken("no fan start beside a dead core", "closed".to_owned());
        }
        let closed = !self.effects.has(Effect::FanOff) && self.fan_well;
        if closed && time > FULL_TIME && seen.report.drive < 0.99 {
            broken("a dead core is full speed", format!("{:.2}", seen.report.drive));
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
