//! Hosts that are told, capped, cut, started, and those that do not do as told.

use super::*;
use proptest::prelude::*;

fn six() -> Hosts {
    Hosts::new(&six_hosts(), 1, 6_000.0)
}

fn run(hosts: &mut Hosts, seconds: u32, told_down: bool) -> f64 {
    for _ in 0..10 * seconds {
        hosts.step(0.1, 6_000.0, told_down, ALL_FED);
    }
    hosts.power_w()
}

#[test]
fn together_they_draw_what_is_asked_to_the_bit_and_stop_as_one() {
    let mut hosts = six();
    for asked_w in [5_000.1, 7_777.7, 0.3] {
        hosts.step(0.1, asked_w, false, ALL_FED);
        assert_eq!(hosts.power_w().to_bits(), asked_w.to_bits());
    }
    hosts.step(0.1, 6_000.0, true, ALL_FED);
    assert_eq!(hosts.power_w().to_bits(), (6_000.0_f64 * 0.45).to_bits());
    assert!(run(&mut hosts, 44, true) > 0.0 && run(&mut hosts, 2, true) <= 0.0 && hosts.off());
    assert!(run(&mut hosts, 100, false) <= 0.0, "they stay off until started");
    hosts.start(Pick::All);
    assert!(run(&mut hosts, 1, false) > 5_999.0);
    assert_eq!(hosts.count().booting, 6);
    run(&mut hosts, 60, false);
    assert_eq!(hosts.count().running, 6);
    hosts.step(0.1, 6_000.0, false, 0);
    assert!(hosts.off(), "a cut takes them at once");
}

#[test]
fn a_cap_takes_effect_after_its_delay_and_goes_no_deeper_than_a_host_can() {
    let mut hosts = six();
    hosts.cap(Pick::One(1), Some(0.3));
    assert!((run(&mut hosts, 1, false) - 6_000.0).abs() < 1e-9);
    assert!(
        (run(&mut hosts, 2, false) - 5_600.0).abs() < 1e-9,
        "{}",
        hosts.power_w()
    );
    hosts.cap(Pick::All, Some(0.0));
    assert!((run(&mut hosts, 3, false) - 6.0 * 500.0).abs() < 1e-9);
    hosts.cap(Pick::All, None);
    assert!((run(&mut hosts, 3, false) - 6_000.0).abs() < 1e-9);
}

#[test]
fn one_that_hangs_draws_on_until_it_is_cut_and_one_that_boots_hears_nothing() {
    let mut hosts = six();
    hosts.hang(Pick::One(6), true);
    let left_w = run(&mut hosts, 600, true);
    assert!((left_w - 1_000.0).abs() < 1e-9, "{left_w}");
    assert_eq!((hosts.count().running, hosts.count().off), (1, 5));
    hosts.hang(Pick::One(6), false);
    assert!(run(&mut hosts, 46, true) <= 0.0);
    hosts.start(Pick::One(2));
    assert_eq!(
        (run(&mut hosts, 10, true) > 999.0, hosts.count().booting),
        (true, 1)
    );
    run(&mut hosts, 51, true);
    assert_eq!(hosts.count().stopping, 1);
}

#[test]
fn tiers_can_go_one_by_one_each_in_its_own_bounded_time() {
    let mut configs = six_hosts();
    for config in &mut configs {
        config.stop_s = (20.0, 90.0);
    }
    let ends = |seed| {
        let mut hosts = Hosts::new(&configs, seed, 6_000.0);
        hosts.stop(Pick::One(1));
        hosts.stop(Pick::One(2));
        let mut ends = [0.0_f64; 2];
        for _ in 0..1_000 {
            for (place, (tier, state)) in hosts.each().enumerate() {
                assert_eq!(usize::from(tier), place / 2 + 1);
                if place < 2 && matches!(state, HostState::Stopping { .. }) {
                    ends[place] += 0.1;
                }
                assert!(place < 2 || state == HostState::Running);
            }
            hosts.step(0.1, 6_000.0, false, ALL_FED);
        }
        ends
    };
    let [first_s, second_s] = ends(1);
    assert!((19.9..90.2).contains(&first_s) && (19.9..90.2).contains(&second_s));
    assert!((first_s - second_s).abs() > 0.5, "{first_s} {second_s}");
    assert_eq!(ends(1).map(f64::to_bits), ends(1).map(f64::to_bits));
    assert_ne!(ends(1).map(f64::to_bits), ends(2).map(f64::to_bits));
}

#[test]
fn one_with_an_agent_hears_its_agent_alone() {
    let mut configs = six_hosts();
    configs[0].by_contact = false;
    let mut hosts = Hosts::new(&configs, 1, 6_000.0);
    run(&mut hosts, 60, true);
    assert_eq!((hosts.count().running, hosts.count().off), (1, 5));
    hosts.stop(Pick::One(1));
    assert!(run(&mut hosts, 46, true) <= 0.0 && hosts.off());
}

proptest! {
    #[test]
    fn whatever_is_asked_of_them_they_draw_no_more_than_the_work_and_nothing_when_cut(
        course in prop::collection::vec((0..8_u8, 1..8_u8, 0.0..1.0_f64, any::<bool>(), 0.0..20.0_f64), 1..40)
    ) {
        let mut hosts = six();
        for (act, host, share, told, dt_s) in course {
            let which = if host > 6 { Pick::All } else { Pick::One(host) };
            match act {
                0 => hosts.start(which),
                1 => hosts.stop(which),
                2 => hosts.hang(which, told),
                3 => hosts.cap(which, Some(share)),
                4 => hosts.cap(which, None),
                5 => hosts.halt(which, told),
                6 => hosts.slow(which, 1.0 + 10.0 * share),
                _ => {}
            }
            hosts.step(dt_s, 9_000.0, told, ALL_FED);
            prop_assert!((0.0..=9_000.0 + 1e-6).contains(&hosts.power_w()), "{}", hosts.power_w());
            let count = hosts.count();
            prop_assert_eq!(count.running + count.booting + count.stopping + count.halted + count.off, 6);
        }
        hosts.step(0.1, 9_000.0, false, 0);
        prop_assert!(hosts.off() && hosts.power_w() <= 0.0);
    }
}

#[test]
fn a_management_controller_says_what_it_is_made_to_and_nothing_without_power() {
    let mut hosts = six();
    for (number, claim) in [
        (1, Claim::Off),
        (2, Claim::On),
        (3, Claim::Nothing),
        (5, Claim::Off),
    ] {
        hosts.claim(Pick::One(number), claim);
    }
    let said = |hosts: &Hosts| hosts.said().collect::<Vec<_>>();
    assert_eq!(
        said(&hosts),
        [Some(false), Some(true), None, Some(true), Some(false), Some(true)]
    );
    hosts.stop(Pick::All);
    run(&mut hosts, 60, false);
    assert!(hosts.off());
    assert_eq!(
        said(&hosts),
        [
            Some(false),
            Some(true),
            None,
            Some(false),
            Some(false),
            Some(false)
        ]
    );
    // The second and the sixth lose their power.
    hosts.step(0.1, 6_000.0, false, ALL_FED & !0b10_0010);
    assert_eq!(
        said(&hosts),
        [Some(false), None, None, Some(false), Some(false), None]
    );
    assert_eq!(hosts.count().unfed, 2);
}
