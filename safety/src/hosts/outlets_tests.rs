//! Outlets: off in the tick of the cut, off until a person has reset and their tier comes back, one after another; and
//! nothing else is ever touched.

use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const TICK: Span = Span::ms(100);

fn fed(tiers: &[usize], own: bool) -> Option<Fed> {
    let tiers = tiers.iter().fold(TierSet::EMPTY, |set, tier| set.with(*tier));
    Some(Fed { tiers, own })
}

/// Outlets 1 and 2 of the first tier, 3 of the last, 4 of both, 5 of nobody who has a name. The sixth is not ours.
fn site() -> Switchable {
    let mut site = [None; OUTLETS];
    site[0] = fed(&[0], true);
    site[1] = fed(&[0], true);
    site[2] = fed(&[1], false);
    site[3] = fed(&[0, 1], false);
    site[4] = fed(&[], false);
    site
}

const TIERS: TierSet = TierSet(0b11);

const CALM_RACK: Asked = Asked {
    cut: false,
    locked_out: false,
    may_restart: true,
    all: TIERS,
    down: TierSet::EMPTY,
};

const CUT: Asked = Asked {
    cut: true,
    locked_out: true,
    may_restart: false,
    all: TIERS,
    down: TIERS,
};

/// PDUs that do as they are told.
struct Bench {
    outlets: Outlets,
    now: Moment,
    asked: Asked,
    read: [Read; OUTLETS],
    view: OutletView,
    /// They do not.
    stubborn: bool,
}

impl Bench {
    fn new(found: OutletSet) -> Self {
        let now = Moment(1_000_000);
        let mut outlets = Outlets::new(site(), found, now);
        let read = [Read {
            on: Some(true),
            watts: Some(300.0),
        }; OUTLETS];
        let view = outlets.step(now, &CALM_RACK, &read);
        Bench {
            outlets,
            now,
            asked: CALM_RACK,
            read,
            view,
            stubborn: false,
        }
    }

    fn tick(&mut self) -> &mut Self {
        self.now += TICK;
        self.view = self.outlets.step(self.now, &self.asked, &self.read);
        for (place, read) in self.read.iter_mut().enumerate() {
            if let Some(on) = self.view.order.of(place).filter(|_| !self.stubborn) {
                *read = Read {
                    on: Some(on),
                    watts: Some(if on { 300.0 } else { 0.4 }),
                };
            }
        }
        self
    }

    fn run(&mut self, seconds: u64) -> &mut Self {
        for _ in 0..seconds * 10 {
            self.tick();
        }
        self
    }

    fn asks(&mut self, asked: Asked) -> &mut Self {
        self.asked = asked;
        self.tick()
    }

    fn off(&self) -> Vec<usize> {
        self.view.order.off.iter().collect()
    }
}

#[test]
fn every_outlet_that_may_be_switched_is_off_in_the_tick_of_the_cut_and_comes_back_with_its_tier() {
    let mut bench = Bench::new(OutletSet::EMPTY);
    assert_eq!(bench.run(10).view.order, OutletOrder::NONE);
    bench.asks(CUT);
    assert_eq!(bench.off(), [0, 1, 2, 3, 4], "in this very tick");
    assert_eq!(bench.view.states[0], Some(OutletState::Cutting));
    assert_eq!(bench.view.states[5], None);
    bench.tick();
    assert_eq!(bench.view.states[0], Some(OutletState::Cut));
    // The cut is reset, but the rack is not yet proven; then it is, but no tier is on its way back.
    let reset = Asked {
        cut: false,
        locked_out: false,
        ..CUT
    };
    bench.asks(reset).run(60);
    assert_eq!(bench.off().len(), 5);
    let proven = Asked {
        may_restart: true,
        ..reset
    };
    bench.asks(proven).run(60);
    assert_eq!(bench.off().len(), 5);
    // The last tier comes back: its outlet, the one of both and the one of nobody, two seconds apart.
    let mut order = Vec::new();
    let last = Asked {
        down: TierSet(0b01),
        ..proven
    };
    bench.asks(last);
    let mut before = bench.now;
    for _ in 0..100 {
        if let Some(on) = bench.view.order.on.iter().next() {
            assert!(order.is_empty() || bench.now.since(before) >= INRUSH);
            before = bench.now;
            order.push(on);
            assert_eq!(bench.view.states[on], Some(OutletState::Returning));
        }
        bench.tick();
    }
    assert_eq!(order, [2, 3, 4]);
    assert_eq!(bench.off(), [0, 1]);
    bench.asks(CALM_RACK).run(5);
    assert_eq!(bench.view.order, OutletOrder::NONE);
    assert_eq!(bench.outlets.record(), OutletSet::EMPTY);
}

#[test]
fn a_restart_keeps_outlets_off_and_forgets_those_that_are_no_longer_ours() {
    let mut bench = Bench::new(OutletSet(0b10_0011));
    assert_eq!(bench.off(), [0, 1], "the sixth is not ours");
    bench.run(25);
    assert_eq!(bench.off(), [0, 1], "what hosts need is proven anew");
    bench.run(10);
    assert_eq!(bench.outlets.record(), OutletSet::EMPTY);
    // One that was to come back and was not read on is still on the record.
    let mut bench = Bench::new(OutletSet::EMPTY);
    bench.asks(CUT).run(1);
    bench.stubborn = true;
    bench.asks(CALM_RACK).run(60);
    assert_eq!(bench.view.order.on.count(), 5);
    assert_eq!(bench.outlets.record().count(), 5);
    bench.asks(Asked {
        locked_out: true,
        ..CALM_RACK
    });
    assert_eq!((bench.off().len(), bench.view.order.on.count()), (5, 0), "I30");
}

/// H22, H25: an outlet that gives power while it is to be off is told after its time, and is told to be well again.
#[test]
fn an_outlet_that_is_not_off_in_its_time_is_named_and_so_is_one_that_gives_power_again() {
    let mut bench = Bench::new(OutletSet::EMPTY);
    bench.stubborn = true;
    bench.asks(CUT).run(2);
    assert!(bench.view.not_obeyed.is_empty());
    bench.run(1);
    assert_eq!(
        bench.view.not_obeyed,
        OutletSet(0b00011),
        "the core's own, after 3 s"
    );
    bench.run(12);
    assert_eq!(bench.view.not_obeyed, OutletSet(0b11111), "all, after 15 s");
    bench.stubborn = false;
    bench.run(1);
    assert!(bench.view.not_obeyed.is_empty());
    // A host draws power again, though its relay says that it is off.
    bench.read[0].watts = Some(40.0);
    bench.stubborn = true;
    bench.run(2);
    assert!(bench.view.not_obeyed.is_empty());
    bench.run(1);
    assert_eq!(bench.view.not_obeyed, OutletSet(0b00001));
    // One that is not read any more is not known to be off.
    bench.read[1] = Read::default();
    bench.run(10);
    assert!(!bench.view.not_obeyed.has(1));
    bench.run(6);
    assert!(bench.view.not_obeyed.has(1));
}

proptest! {
    /// Whatever comes: what is not listed is never touched, nothing is switched on that was not switched off, and nothing
    /// at all while the cut or a lock-out stands.
    #[test]
    fn nothing_that_is_not_ours_is_touched_and_nothing_is_switched_on_in_a_lock_out(
        listed in any::<u16>(), found in any::<u16>(),
        course in proptest::collection::vec((any::<[bool; 3]>(), any::<u8>(), any::<u16>(), any::<u16>(), 1u64..400), 1..60),
    ) {
        let mut switchable = [None; OUTLETS];
        for (place, own) in switchable.iter_mut().enumerate() {
            *own = (listed >> place & 1 == 1).then(|| Fed { tiers: TierSet(1 << (place % 3) >> 1), own: place < 8 });
        }
        let mut now = Moment(1_000_000);
        let mut outlets = Outlets::new(switchable, OutletSet(found), now);
        let mut taken = OutletSet(found & listed);
        for ([cut, locked_out, may_restart], down, on, known, ticks) in course {
            let asked = Asked { cut, locked_out, may_restart, all: TIERS, down: TierSet(down & TIERS.0) };
            let read = core::array::from_fn(|place| Read {
                on: (known >> place & 1 == 1).then_some(on >> place & 1 == 1),
                watts: None,
            });
            for _ in 0..ticks {
                now += TICK;
                let before = outlets.order;
                let view = outlets.step(now, &asked, &read);
                let OutletOrder { off, on } = view.order;
                prop_assert_eq!((off.0 | on.0) & !listed, 0);
                prop_assert_eq!(off.0 & on.0, 0);
                prop_assert!(!cut || off.0 == listed);
                prop_assert!(!(cut || locked_out) || on.is_empty());
                prop_assert!(taken.and_also(off).covers(on), "only what was switched off comes back");
                prop_assert!(on.without(before.on).count() <= 1, "one at a time");
                // An outlet leaves "off" by coming on, and "on" by being read so.
                prop_assert!(off.and_also(on).covers(before.off));
                taken = taken.and_also(off);
            }
        }
    }
}

/// A record of the first version has no outlets, and is taken.
#[test]
fn a_record_of_the_first_version_is_still_read_and_has_no_outlets() {
    use crate::hosts::HostRecord;
    use crate::record::crc32c;
    let record = HostRecord::default().with_outlets(OutletSet(0x8001));
    let mut bytes = record.to_bytes(9);
    assert_eq!(HostRecord::from_bytes(&bytes), Some((record, 9)));
    (bytes[4], bytes[6], bytes[7], bytes[32], bytes[33]) = (1, 64, 0, 0, 0);
    let check = crc32c(&bytes[..60]);
    bytes[60..64].copy_from_slice(&check.to_le_bytes());
    assert_eq!(HostRecord::from_bytes(&bytes), Some((HostRecord::default(), 9)));
    // A version that is not known yet.
    (bytes[4], bytes[6], bytes[7]) = (5, 104, 1);
    let check = crc32c(&bytes[..356]);
    bytes[356..].copy_from_slice(&check.to_le_bytes());
    assert_eq!(HostRecord::from_bytes(&bytes), None);
}
