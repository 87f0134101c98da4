//! Random lives of the rack: a few here, ten thousand in `tests/run --long`.

use rack_controller::scenario::campaign::{campaign, live, told};

/// Lives here; the other tests mostly wait.
const LIVES: u64 = 120;
const WORKERS: usize = 2;
/// Lives in which something was found: filters that nobody had seen changed (160, 4362), full speed of what is left of two blowers
/// against less air for humid walls (899, 2694), one of two that stands by (2132, 6454).
const ONCE_FAILED: [u64; 6] = [160, 4362, 899, 2694, 2132, 6454];

#[test]
fn every_random_life_keeps_its_lines_and_the_rules() {
    let ran = campaign(1, LIVES, WORKERS);
    assert_eq!(ran.lives, LIVES);
    assert!(ran.expectations > 500, "{}", ran.expectations);
    let failed: String = ran.failed.iter().map(|(_, told)| told.as_str()).collect();
    assert_eq!(ran.failures, 0, "\n{failed}");
}

#[test]
fn lives_that_once_failed_do_not_fail_again() {
    for seed in ONCE_FAILED {
        let lived = live(seed);
        assert!(lived.good(), "{}", told(seed, &lived, false));
    }
}

/// The seed is the life: whoever is told a seed sees the same again.
#[test]
fn a_seed_is_a_life_and_a_failure_says_how_to_live_it_again() {
    let (one, again) = (live(11), live(11));
    assert_eq!(one.played, again.played);
    assert_ne!(one.played, live(12).played);
    let mut failed = one;
    failed.ended = Some("it stands still".to_owned());
    let told = told(11, &failed, false);
    assert!(
        told.starts_with("FAIL life 11") && told.contains("hil-rig campaign --seed 11"),
        "{told}"
    );
}
