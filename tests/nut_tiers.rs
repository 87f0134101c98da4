//! What stock hosts do on what the server says and on its silence, side by side at `upsmon`'s own usual times; and the
//! host that hears it and stays.

use std::time::{Duration, Instant};

use rack_controller::hosts::nut::STAYS_AFTER;
use rack_controller::hosts::nut::plan::{Digest, User};
use rack_controller::hosts::plan::{OnControllerLoss, Plan, TargetPlan};

use super::nut_hosts::{Host, Recipe, Said, Served, tier, upsmon_runs};
use super::nut_stock::Stock;
use super::support::{eventually, seconds};

/// `upsmon`'s own usual times, in seconds.
const POLL_S: f64 = 5.0;
const FINAL_S: f64 = 5.0;
const DEAD_S: f64 = 15.0;
/// How long "never" is watched.
const NEVER_S: f64 = 3.0 * DEAD_S;
/// What starting a process may take on a busy machine.
const SLACK_S: f64 = 1.0;
/// A dead man's switch: from the last good poll, at most one poll ago, DEADTIME, seen at a poll, then FINALDELAY.
const DEAD_MAN_S: (f64, f64) = (
    DEAD_S + FINAL_S - POLL_S,
    DEAD_S + 2.0 * POLL_S + FINAL_S + SLACK_S,
);

type Case = fn() -> Option<f64>;
/// Seconds, or never.
type Within = Option<(f64, f64)>;

/// What is done, within which seconds the host goes down or that it never does, and the case.
const CASES: &[(&str, Within, Case)] = &[
    (
        "FSD OL",
        Some((FINAL_S - 0.1, POLL_S + FINAL_S + SLACK_S)),
        || told(&Recipe::usual, |_| ()),
    ),
    ("FSD OL, our recipe", Some((0.0, 1.0 + SLACK_S)), || {
        told(&Recipe::ours, |_| ())
    }),
    (
        "FSD OL, taken back after a poll",
        Some((FINAL_S - 0.1, POLL_S + FINAL_S + SLACK_S)),
        || {
            told(&Recipe::usual, |served| {
                // What passes is the time of a poll: the host has heard it, and waits out its FINALDELAY.
                std::thread::sleep(seconds(POLL_S + 0.2));
                served.order(&[]);
            })
        },
    ),
    ("OL, server ends", None, || {
        lost(OnControllerLoss::Stay, Said::RUN, |served| served.end())
    }),
    ("OL, server hangs", None, || {
        lost(OnControllerLoss::Stay, Said::RUN, hangs)
    }),
    ("OL, data stale", None, || {
        lost(OnControllerLoss::Stay, Said::RUN, |served| {
            served.say(Said::SILENT);
        })
    }),
    ("prepare, tier stays, server ends", None, || {
        lost(OnControllerLoss::Stay, Said::prepare(), |served| {
            served.end();
        })
    }),
    ("OB DISCHRG, server ends", Some(DEAD_MAN_S), || {
        lost(OnControllerLoss::ShutDown, Said::prepare(), |served| {
            served.end();
        })
    }),
    ("OB DISCHRG, server hangs", Some(DEAD_MAN_S), || {
        lost(OnControllerLoss::ShutDown, Said::prepare(), hangs)
    }),
    // The last answers say OB DISCHRG until the picture is stale, 2 s later.
    (
        "OB DISCHRG, data stale",
        Some((DEAD_MAN_S.0, DEAD_MAN_S.1 + 2.0)),
        || {
            lost(OnControllerLoss::ShutDown, Said::prepare(), |served| {
                served.say(Said::SILENT);
            })
        },
    ),
    ("OB DISCHRG, server ends and is back after 6 s", None, || {
        lost(OnControllerLoss::ShutDown, Said::prepare(), |served| {
            served.end();
            std::thread::sleep(seconds(6.0));
            served.again();
        })
    }),
    ("OB DISCHRG, taken back, server ends", None, || {
        lost(OnControllerLoss::ShutDown, Said::prepare(), |served| {
            served.say(Said::RUN);
            std::thread::sleep(seconds(POLL_S + 1.0));
            served.end();
        })
    }),
    (
        "OL, server ends, is back after 12 s, then FSD OL",
        Some((FINAL_S - 0.1, POLL_S + FINAL_S + SLACK_S)),
        comes_back,
    ),
    (
        "wrong password, FSD OL",
        Some((FINAL_S - 0.1, POLL_S + FINAL_S + SLACK_S)),
        wrong_password,
    ),
];

/// The order is given to a host that is logged in, then something is done.
fn told(
    recipe: &dyn Fn(&str, std::net::SocketAddr) -> Recipe,
    then: impl FnOnce(&mut Served),
) -> Option<f64> {
    let mut served = Served::rack(OnControllerLoss::Stay);
    let mut host = Host::start(&recipe("rack", served.at));
    served.logged_in(0, 1);
    served.order(&[0]);
    let since = Instant::now();
    then(&mut served);
    host.goes_down(since, NEVER_S)
}

/// A host has heard what is said, then something happens to the server.
fn lost(on_loss: OnControllerLoss, said: Said, then: impl FnOnce(&mut Served)) -> Option<f64> {
    let mut served = Served::rack(on_loss);
    served.say(said);
    let mut host = Host::start(&Recipe::usual("rack", served.at));
    served.logged_in(0, 1);
    // The status is asked for right behind the login.
    std::thread::sleep(seconds(0.5));
    let since = Instant::now();
    then(&mut served);
    host.goes_down(since, NEVER_S)
}

fn hangs(served: &mut Served) {
    // It stays so until the test is over.
    std::mem::forget(served.hang());
}

fn comes_back() -> Option<f64> {
    let mut served = Served::rack(OnControllerLoss::Stay);
    let mut host = Host::start(&Recipe::usual("rack", served.at));
    served.logged_in(0, 1);
    served.end();
    std::thread::sleep(seconds(12.0));
    assert!(!host.is_down());
    served.again();
    served.logged_in(0, 1);
    served.order(&[0]);
    host.goes_down(Instant::now(), NEVER_S)
}

fn wrong_password() -> Option<f64> {
    let mut plan = Plan::default();
    plan.nut.users.push(User {
        name: "host".into(),
        password: Digest::of(b"another"),
        tiers: plan.all_tiers(),
    });
    let mut served = Served::start(plan);
    let recipe = Recipe {
        poll_s: 5,
        ..Recipe::usual("rack", served.at)
    };
    let mut host = Host::start(&recipe);
    eventually("it is told apart", seconds(30.0), || {
        (served.watched.tiers()[0].polling_without_login == 1).then_some(())
    });
    let figures = served.watched.figures();
    assert_eq!((figures.logins, figures.polling_without_login), (0, 1));
    assert!(figures.denied >= 1);
    served.order(&[0]);
    host.goes_down(Instant::now(), NEVER_S)
}

#[test]
fn stock_hosts_do_what_the_table_says() {
    if !upsmon_runs() {
        return;
    }
    let cases: Vec<_> = CASES
        .iter()
        .map(|(what, within, case)| (what, within, std::thread::spawn(case)))
        .collect();
    let mut wrong = Vec::new();
    for (what, within, case) in cases {
        let took = case.join().unwrap_or_else(|_| panic!("{what} has panicked"));
        let shown = took.map_or("never".to_owned(), |s| format!("{s:.1} s"));
        println!("{what}: {shown}");
        let fits = match (within, took) {
            (None, None) => true,
            (Some((least, most)), Some(took)) => (*least..=*most).contains(&took),
            (None, Some(_)) | (Some(_), None) => false,
        };
        if !fits {
            wrong.push(format!("{what}: {shown}, not {within:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_tier_of_stock_hosts_hears_its_own_word() {
    if !upsmon_runs() {
        return;
    }
    let mut served = Served::start(Plan {
        tiers: vec![
            tier("compute", OnControllerLoss::Stay),
            tier("storage", OnControllerLoss::Stay),
        ],
        targets: vec![TargetPlan {
            name: "s1".into(),
            tier: 1,
            addresses: vec![[127, 0, 0, 1].into()],
            off_by: None,
            ..TargetPlan::default()
        }],
        ..Plan::default()
    });
    let at = served.at;
    // An appliance with a fixed name is of its address's tier.
    let [mut one, mut two, mut fixed] =
        ["compute", "compute", "ups"].map(|ups| Host::start(&Recipe::ours(ups, at)));
    served.logged_in(0, 2);
    served.logged_in(1, 1);
    served.order(&[0]);
    let since = Instant::now();
    for host in [&mut one, &mut two] {
        let took = host.goes_down(since, 3.0).expect("the first tier goes down");
        println!("compute after {took:.2} s");
        host.process.end(10.0);
    }
    served.logged_in(0, 0);
    assert!(!fixed.is_down() && served.watched.tiers()[1].logins == 1);
    served.order(&[0, 1]);
    let took = fixed
        .goes_down(Instant::now(), 3.0)
        .expect("the second tier goes down");
    println!("storage after {took:.2} s");
    fixed.process.end(10.0);
    served.logged_in(1, 0);
    // Its end is its acknowledgement.
    eventually("it is seen", seconds(5.0), || {
        let seen = served.sightings.gather(Instant::now());
        seen.iter()
            .any(|one| one.says == points::host::Says::Stopping && one.target == 0)
            .then_some(())
    });
}

/// A host that follows another UPS too: with MINSUPPLIES 1 it hears it and stays, and is named; with 2 it goes.
#[test]
fn a_host_with_another_supply_stays_and_is_named_unless_it_needs_both() {
    if !upsmon_runs() {
        return;
    }
    let Some(stock) = Stock::start() else { return };
    let mut served = Served::rack(OnControllerLoss::Stay);
    let host = |supplies| {
        let mut recipe = Recipe::ours("rack", served.at);
        recipe
            .monitors
            .push(format!("rack@{} 1 host sesame secondary", stock.at));
        recipe.supplies = supplies;
        Host::start(&recipe)
    };
    let (mut stays, mut goes) = (host(1), host(2));
    served.logged_in(0, 2);
    stock.logged_in(2);
    served.order(&[0]);
    let since = Instant::now();
    let took = goes.goes_down(since, 5.0).expect("it needs both");
    println!("MINSUPPLIES 2: SHUTDOWNCMD after {took:.2} s");
    assert!(served.watched.heard_but_stays(0).is_empty());
    let limit = STAYS_AFTER + Duration::from_secs(5);
    eventually("the host that stays is named", limit, || {
        (served.watched.heard_but_stays(0) == [std::net::IpAddr::from([127, 0, 0, 1])]).then_some(())
    });
    println!(
        "MINSUPPLIES 1: named after {:.1} s",
        since.elapsed().as_secs_f64()
    );
    assert_eq!(stays.goes_down(since, 20.0), None, "it has another supply");
    assert_eq!(served.watched.tiers()[0].heard_but_stays, 1);
}
