//! Campaigns of random lives: each is drawn from its seed, played in this process, and judged by its text and by the rules.
//!
//! ```text
//!   seeds --> workers --> life: scenario + rules --> failures, each with its seed and the command that repeats it
//! ```

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use hil_rig::campaign::{Breach, Judged, Life, text};
use hil_rig::scenario::{Played, Scenario, Verdict, play};

use super::runner::verdict_text;
use super::stand::InlineStand;

/// Lives of a campaign unless it is told otherwise.
pub const LIVES: u64 = 10_000;
/// Failures that are told; a defect breaks many lives alike.
const TOLD_MAX: usize = 20;

/// A life that was lived.
#[derive(Debug, Default)]
pub struct Lived {
    /// What came of its lines.
    pub played: Played,
    /// Rules that were broken.
    pub breaches: Vec<Breach>,
    /// Why it could not be lived to its end.
    pub ended: Option<String>,
}

impl Lived {
    /// Every line and every rule held.
    #[must_use]
    pub fn good(&self) -> bool {
        self.ended.is_none() && self.breaches.is_empty() && self.played.good()
    }
}

/// Lives a life.
#[must_use]
pub fn live(seed: u64) -> Lived {
    let ended = |why: String| Lived {
        ended: Some(why),
        ..Lived::default()
    };
    let lived = || -> Result<Lived, String> {
        let scenario =
            Scenario::parse(&format!("life-{seed}"), &text(seed)).map_err(|problems| problems.to_string())?;
        let stand = InlineStand::new(&scenario, scenario.seed).map_err(|error| error.to_string())?;
        let mut stand = Judged::new(stand, &scenario, Life::of(seed));
        let played = play(&scenario, &mut stand, &mut |_, _| true);
        Ok(Lived {
            played,
            breaches: stand.breaches(),
            ended: None,
        })
    };
    // A panic of what is tested is a failure of this life, and the campaign goes on.
    match catch_unwind(AssertUnwindSafe(lived)) {
        Ok(lived) => lived.unwrap_or_else(ended),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
            ended(format!("panic: {}", text.unwrap_or("no message")))
        }
    }
}

/// A life as text for people; where it failed, what did not hold and how to live it again.
#[must_use]
pub fn told(seed: u64, lived: &Lived, every_line: bool) -> String {
    let mut told = format!(
        "{} life {seed}: {:?}, {:.0} s\n",
        if lived.good() { "pass" } else { "FAIL" },
        Life::of(seed),
        lived.played.length_s,
    );
    let lines = lived.played.verdicts.iter();
    for line in lines.filter(|line: &&Verdict| every_line || !line.good) {
        let _ = writeln!(told, "    {}", verdict_text(line));
    }
    for breach in &lived.breaches {
        let _ = writeln!(
            told,
            "    RULE {:>9.1} s  {}; found: {}",
            breach.at_s, breach.rule, breach.found
        );
    }
    if let Some(why) = &lived.ended {
        let _ = writeln!(told, "    ENDED {why}");
    }
    if !lived.good() {
        let _ = writeln!(
            told,
            "    again: hil-rig campaign --seed {seed}    as a scenario: hil-rig campaign --seed {seed} --text"
        );
    }
    told
}

/// What came of a campaign.
#[derive(Debug, Default)]
pub struct Campaign {
    /// Lives lived.
    pub lives: u64,
    /// Their length together, s of the rack's time.
    pub length_s: f64,
    /// Expectations judged.
    pub expectations: usize,
    /// Lives that failed, told, the first ones; in the order of their seeds.
    pub failed: Vec<(u64, String)>,
    /// How many failed.
    pub failures: usize,
}

/// Lives `lives` lives from seed `first` on, with as many workers.
#[must_use]
pub fn campaign(first: u64, lives: u64, workers: usize) -> Campaign {
    let next = AtomicU64::new(0);
    let campaign = Mutex::new(Campaign::default());
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= lives {
                return;
            }
            let seed = first + place;
            let lived = live(seed);
            let Ok(mut campaign) = campaign.lock() else {
                return;
            };
            campaign.lives += 1;
            campaign.length_s += lived.played.length_s;
            campaign.expectations += lived.played.verdicts.len();
            if !lived.good() {
                campaign.failures += 1;
                if campaign.failed.len() < TOLD_MAX {
                    campaign.failed.push((seed, told(seed, &lived, false)));
                }
            }
        }
    };
    std::thread::scope(|scope| (0..workers.max(1)).for_each(|_| drop(scope.spawn(work))));
    let mut campaign = campaign.into_inner().unwrap_or_default();
    campaign.failed.sort_by_key(|(seed, _)| *seed);
    campaign
}

/// What `hil-rig campaign` is told.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Lives to live.
    #[arg(long, default_value_t = LIVES)]
    lives: u64,
    /// Seed of the first; the others follow.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Workers; as many as there are processors when absent.
    #[arg(long)]
    workers: Option<usize>,
    /// This one life alone, with every line.
    #[arg(long, conflicts_with_all = ["lives", "first", "workers"])]
    seed: Option<u64>,
    /// Its text instead of its verdict.
    #[arg(long, requires = "seed")]
    text: bool,
}

/// Runs `hil-rig campaign`.
pub(super) fn main(arguments: &Arguments) -> ExitCode {
    if let Some(seed) = arguments.seed {
        if arguments.text {
            return crate::cli::print(&text(seed));
        }
        let lived = live(seed);
        let printed = crate::cli::print(&told(seed, &lived, true));
        return if lived.good() { printed } else { ExitCode::FAILURE };
    }
    let began = Instant::now();
    let available = std::thread::available_parallelism().map_or(1, usize::from);
    let ran = campaign(
        arguments.first,
        arguments.lives,
        arguments.workers.unwrap_or(available),
    );
    for (_, told) in &ran.failed {
        crate::cli::print(told);
    }
    let printed = crate::cli::print(&format!(
        "{} lives from seed {}, {:.0} h of the rack, {} expectations, {} failed, in {:.0} s\n",
        ran.lives,
        arguments.first,
        ran.length_s / 3600.0,
        ran.expectations,
        ran.failures,
        began.elapsed().as_secs_f64(),
    ));
    if ran.failures == 0 {
        printed
    } else {
        ExitCode::FAILURE
    }
}
