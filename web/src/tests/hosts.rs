//! Tiers and hosts in the picture, by the site's names.

use points::host::{Observation, Observed, Says, TierTimes};
use points::point::{derived, hosts, learned, shutdown};
use points::{HostState, Reading, Second, ShutdownMode, ShutdownStage, Span, StageReason};
use serde_json::json;

use super::*;
use crate::hosts::{Agent, Clients, Hold, Host, Outlet, Tier};

fn site() -> Hosts {
    let tier = |name: &str, on_controller_loss| Tier {
        name: name.to_owned(),
        times: TierTimes {
            signal: Span::s(5),
            stop: Span::s(10),
            verify: Span::s(10),
        },
        on_controller_loss,
        clients: if name == "storage" {
            Clients {
                logged_in: 3,
                unnamed: 1,
                not_logged_in: 2,
                unnamed_from: vec!["192.0.2.9".parse().expect("an address")],
                not_logged_in_from: vec!["2001:db8::7".parse().expect("an address")],
            }
        } else {
            Clients::default()
        },
    };
    let host = |name: &str, tier, off_by| Host {
        name: name.to_owned(),
        tier,
        off_by,
        last_stops: if tier == 0 {
            vec![Span::s(41), Span::ms(44_500)]
        } else {
            Vec::new()
        },
        agent: (tier == 0).then(|| Agent {
            connected: true,
            heard_s: 1,
            doing: "draining",
            stop_estimate_s: Some(90),
            unit_stop_s: None,
            hold: Some(Hold {
                asked_s: 60,
                granted_s: 0,
                reason: "\"later\"".to_owned(),
            }),
            last_words: None,
        }),
    };
    Hosts {
        tiers: vec![tier("compute", "stay"), tier("storage", "shut_down")],
        hosts: vec![
            host("node-1", 0, Some([Observation::Agent, Observation::Bmc])),
            host("\"<san>\"", 1, None),
            host("lost", 7, None),
        ],
        outlets: vec![Outlet {
            number: 9,
            feeds: "node-1, \"<san>\"".to_owned(),
            switched: true,
        }],
    }
}

fn running() -> Snapshot {
    let mut s = Snapshot {
        tick: 9,
        now: Moment(10_000_000),
        ..Snapshot::default()
    };
    s.put_now(derived::STAGE, ShutdownStage::Commit);
    s.put_now(shutdown::MODE, ShutdownMode::Staged);
    s.put_now(hosts::states::TIER.at(0), ShutdownStage::Commit);
    s.put_now(shutdown::TIER_REASON.at(0), StageReason::Demanded);
    s.put(
        shutdown::TIER_LEFT.at(0),
        Reading::good(Second::of(31.4), Moment(10_000_000)),
    );
    s.put_now(hosts::states::TIER.at(1), ShutdownStage::Prepare);
    s.put_now(shutdown::TIER_REASON.at(1), StageReason::None);
    s.put_now(hosts::states::HOST.at(0), HostState::Notified);
    s.put_now(hosts::states::HOST.at(1), HostState::Online);
    let seen = |says, at, counts| {
        Some(Observed {
            says,
            at: Moment(at),
            counts,
        })
    };
    s.evidence[0][Observation::Agent.index()] = seen(Says::Stopping, 7_000_000, true);
    s.evidence[0][Observation::Bmc.index()] = seen(Says::Up, 8_900_000, false);
    s
}

fn json_of(snapshot: &Snapshot, site: &Hosts) -> Value {
    let rendered = Rendered::new(Arc::new(snapshot.clone()), site, Instant::now(), 0);
    serde_json::from_slice(&rendered.json()).expect("it is JSON")
}

#[test]
fn tiers_and_hosts_stand_in_the_site_s_order_under_its_names() {
    let j = json_of(&running(), &site());
    assert_eq!(
        j["tiers"],
        json!([
            { "name": "compute", "stage": "shutting down", "time_left_s": 31, "length_s": 37.5, "stop_s": 10.0, "reason": "it is the first",
              "on_controller_loss": "stay",
              "clients": { "logged_in": 0, "unnamed": 0, "not_logged_in": 0, "unnamed_from": [], "not_logged_in_from": [] } },
            { "name": "storage", "stage": "prepare", "time_left_s": null, "length_s": 37.5, "stop_s": 10.0, "reason": "not entered",
              "on_controller_loss": "shut_down",
              "clients": { "logged_in": 3, "unnamed": 1, "not_logged_in": 2, "unnamed_from": ["192.0.2.9"], "not_logged_in_from": ["2001:db8::7"] } },
        ])
    );
    assert_eq!(
        j["hosts"],
        json!([
            { "name": "node-1", "tier": "compute", "state": "notified", "off_by": ["agent", "bmc"],
              "last_stops_s": [41.0, 44.5],
              "evidence": [{ "way": "agent", "says": "stopping", "age_s": 3.0, "counts": true },
                           { "way": "bmc", "says": "runs", "age_s": 1.1, "counts": false }],
              "agent": {
                  "connected": true, "heard_s": 1, "doing": "draining", "stop_estimate_s": 90, "unit_stop_s": null,
                  "hold_asked_s": 60, "hold_granted_s": 0, "hold_reason": "\"later\"", "last_words": null } },
            { "name": "\"<san>\"", "tier": "storage", "state": "online", "off_by": null, "last_stops_s": [], "evidence": [], "agent": null },
            { "name": "lost", "tier": null, "state": null, "off_by": null, "last_stops_s": [], "evidence": [], "agent": null },
        ])
    );
    assert_eq!(
        j["outlets"],
        json!([{ "number": 9, "feeds": "node-1, \"<san>\"", "switched": true }])
    );
    let typed: crate::api::Snapshot = serde_json::from_value(j).expect("the type of the interface");
    assert_eq!((typed.tiers.len(), typed.hosts.len()), (2, 3));
}

#[test]
fn the_stop_time_in_force_makes_the_stage_s_length() {
    let mut learned = running();
    learned.put_now(learned::TIER_STOP.at(1), Second::of(44.5));
    let j = json_of(&learned, &site());
    let length = |place: usize| {
        (
            j["tiers"][place]["stop_s"].clone(),
            j["tiers"][place]["length_s"].clone(),
        )
    };
    assert_eq!(length(0), (json!(10.0), json!(37.5)));
    // Half as long again as 5 s, 44.5 s and 10 s.
    assert_eq!(length(1), (json!(44.5), json!(89.3)));
}

#[test]
fn only_what_the_site_names_is_there_and_no_more_than_there_are_points() {
    let j = json_of(&running(), &Hosts::default());
    assert_eq!((&j["tiers"], &j["hosts"]), (&json!([]), &json!([])));
    let mut many = site();
    many.tiers = vec![many.tiers[0].clone(); 20];
    many.hosts = vec![many.hosts[0].clone(); 70];
    many.outlets = vec![many.outlets[0].clone(); 70];
    let j = json_of(&running(), &many);
    let count = |key: &str| j[key].as_array().map(Vec::len);
    assert_eq!(
        [count("tiers"), count("hosts"), count("outlets")],
        [points::host::TIERS, points::host::TARGETS, points::host::OUTLETS].map(Some)
    );
}

#[test]
fn a_turn_of_the_shutdown_is_news_at_once_and_a_second_less_is_not() {
    let rendered = |snapshot: Snapshot| Rendered::new(Arc::new(snapshot), &site(), Instant::now(), 0);
    let before = rendered(running());
    let mut ticked = running();
    ticked.put(
        shutdown::TIER_LEFT.at(0),
        Reading::good(Second::of(30.0), ticked.now),
    );
    assert!(!rendered(ticked).turns(&before));
    let mut older = running();
    older.now = Moment(11_000_000);
    assert!(
        !rendered(older).turns(&before),
        "the same a second later is no news"
    );
    let changes: [fn(&mut Snapshot); 6] = [
        |s| s.evidence[0][Observation::Tcp.index()] = s.evidence[0][Observation::Agent.index()],
        |s| {
            s.evidence[0][Observation::Agent.index()]
                .as_mut()
                .expect("it is seen")
                .counts = false
        },
        |s| s.put_now(hosts::states::TIER.at(1), ShutdownStage::Commit),
        |s| s.put_now(hosts::states::HOST.at(0), HostState::OffVerified),
        |s| s.put_now(shutdown::MODE, ShutdownMode::Stopped),
        |s| s.put_now(shutdown::HELD, Second::of(60.0)),
    ];
    for change in changes {
        let mut turned = running();
        change(&mut turned);
        assert!(rendered(turned).turns(&before));
    }
}
