use super::*;
use crate::rack::{Rack, RackConfig};
use points::Percent;

/// A rack that is looked at once a second.
struct Bench {
    rules: Rules,
    now: Moment,
    picture: Snapshot,
    report: Report,
    broken: Vec<&'static str>,
}

impl Bench {
    fn new(life: Life) -> Self {
        let scenario =
            Scenario::parse("x", "title x\nexpect normal").unwrap_or_else(|error| panic!("{error}"));
        let mut report = Rack::new(RackConfig::default()).report();
        (report.drive, report.rpm) = (1.0, 3_000.0);
        let mut picture = Snapshot::default();
        picture.fan.drive = Percent::of(50.0);
        Bench {
            rules: Rules::new(&scenario, life),
            now: Moment::ZERO,
            picture,
            report,
            broken: Vec::new(),
        }
    }

    fn look(&mut self, seconds: u64, lives: bool) {
        for _ in 0..seconds {
            self.now += Span::s(1);
            let seen = Seen {
                now: self.now,
                picture: lives.then_some(&self.picture),
                report: &self.report,
            };
            let broken = &mut self.broken;
            self.rules.look(&seen, &mut |rule, _| {
                if !broken.contains(&rule) {
                    broken.push(rule);
                }
            });
        }
    }

    /// A fire as it has to be: latched, fan off, contact open, hosts down.
    fn fire(&mut self) {
        self.rules.act(&Act::Line {
            line: Input::FireButton,
            high: true,
        });
        self.picture.causes.put(Cause::C03ManualFire, true);
        self.picture.latched.put(Cause::C03ManualFire, true);
        self.picture.latches.put(Latch::Fire, true);
        for effect in [Effect::FanOff, Effect::HostDown, Effect::Lockout] {
            self.picture.effects.put(effect, true);
        }
        self.picture.fan.drive = Percent::of(0.0);
        self.picture.fan.contact_open = true;
        self.report.contact_closed = false;
    }
}

#[test]
fn a_fire_as_it_has_to_be_breaks_no_rule() {
    for life in [Life::Calm, Life::Hot, Life::Wild] {
        let mut bench = Bench::new(life);
        bench.look(300, true);
        bench.fire();
        bench.look(60, true);
        bench.picture.effects.put(Effect::PduOff, true);
        bench.look(30, true);
        bench.rules.core(bench.now, false);
        bench.look(60, false);
        bench.rules.core(bench.now, true);
        bench.picture.causes = CauseSet::EMPTY;
        bench.look(600, true);
        bench.rules.granted(bench.picture.latches);
        let healthy = Bench::new(life);
        bench.picture = healthy.picture;
        bench.report = healthy.report;
        bench.look(60, true);
        assert!(bench.broken.is_empty(), "{:?}", bench.broken);
    }
}

/// Something that must not be.
type Mistake = fn(&mut Bench);

/// Each mistake, and the rule that finds it.
#[test]
fn every_rule_finds_its_mistake() {
    let mistakes: [(&str, Mistake); 18] = [
        ("a latch goes by a granted reset alone", |b| {
            b.fire();
            b.look(700, true);
            b.picture.latches = LatchSet::EMPTY;
        }),
        ("a fire latch goes after its soak", |b| {
            b.fire();
            b.look(10, true);
            b.picture.causes = CauseSet::EMPTY;
            b.look(590, true);
            b.rules.granted(b.picture.latches);
            b.picture.latches = LatchSet::EMPTY;
        }),
        ("what is latched ends with its latch alone", |b| {
            b.fire();
            b.look(10, true);
            b.picture.effects.put(Effect::HostDown, false);
        }),
        ("a stop's latch holds the fan off", |b| {
            b.fire();
            b.picture.effects.put(Effect::FanOff, false);
        }),
        ("a fan that is off is not driven", |b| {
            b.fire();
            b.picture.fan.drive = Percent::of(1.0);
        }),
        ("the contact opens for a stop alone", |b| {
            b.picture.fan.contact_open = true
        }),
        ("the contact is open half a second after the stop", |b| {
            b.fire();
            b.report.contact_closed = true;
        }),
        ("full speed where it is in force", |b| {
            b.picture.effects.put(Effect::FanMax, true)
        }),
        ("the floor where it is in force", |b| {
            b.picture.effects.put(Effect::FanFloor, true);
        }),
        ("the least speed where it is in force, and heat before it", |b| {
            b.picture.effects.put(Effect::FanLeast, true);
            b.picture.fan.drive = Percent::of(21.0);
        }),
        ("power is cut at a deadline and not before", |b| {
            b.fire();
            b.look(58, true);
            b.picture.effects.put(Effect::PduOff, true);
        }),
        ("power is cut at its deadline", |b| {
            b.fire();
            b.look(60, true);
        }),
        ("no cut without a shutdown", |b| {
            b.picture.effects.put(Effect::PduOff, true);
        }),
        ("true heat shuts hosts down", |b| {
            b.report.exhaust_c = 59.0;
            b.look(60, true);
        }),
        ("true heat at the damage limit cuts power", |b| {
            b.picture.effects.put(Effect::HostDown, true);
            b.report.exhaust_c = 64.0;
            b.look(60, true);
        }),
        ("a wheel that stands is found out", |b| {
            b.report.rpm = 0.0;
            b.look(60, true);
        }),
        ("no fire without a sign of one", |b| {
            b.fire();
            b.rules.sign = false;
        }),
        ("no pre-alarm without a sign of fire", |b| {
            b.picture.latches.put(Latch::PreAlarm, true);
        }),
    ];
    for (rule, mistake) in mistakes {
        let mut bench = Bench::new(Life::Calm);
        bench.look(5, true);
        assert!(bench.broken.is_empty(), "{:?}", bench.broken);
        mistake(&mut bench);
        bench.look(3, true);
        assert!(bench.broken.contains(&rule), "{rule}: {:?}", bench.broken);
    }
}

#[test]
fn a_dead_core_is_full_speed_and_starts_no_fan() {
    let mut bench = Bench::new(Life::Calm);
    bench.look(5, true);
    bench.rules.core(bench.now, false);
    bench.report.drive = 0.5;
    bench.look(6, false);
    assert!(bench.broken.is_empty());
    bench.look(1, false);
    assert_eq!(bench.broken, ["a dead core is full speed"]);

    let mut bench = Bench::new(Life::Calm);
    bench.fire();
    bench.look(5, true);
    bench.rules.core(bench.now, false);
    bench.look(10, false);
    assert!(bench.broken.is_empty(), "{:?}", bench.broken);
    bench.report.contact_closed = true;
    bench.look(1, false);
    assert_eq!(bench.broken, ["no fan start beside a dead core"]);
}
