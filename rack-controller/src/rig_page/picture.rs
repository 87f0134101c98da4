//! The rack at one moment, as the page shows it.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use hil_rig::rack::{HostState, Input, Rack, Report};

use super::Shared;
use super::api::{Departure, Done, Host, Picture, Waiting, clock_s, outputs, truths};

/// Most acts of the past that a picture tells.
const DONE_SHOWN: usize = 24;
/// Most waiting acts that a picture tells.
const WAITING_SHOWN: usize = 24;

/// `GET /api/v1/picture`.
pub(super) async fn picture(State(shared): State<Shared>) -> Response {
    axum::Json(of(&shared)).into_response()
}

/// The picture of now; the trend takes its sample from the same look.
pub(super) fn of(shared: &Shared) -> Picture {
    let mut picture = shared.rig.with(|rack| {
        let report = rack.report();
        seen(rack, &report)
    });
    if let Ok(mut trend) = shared.trend.lock() {
        trend.take(&picture.truth, picture.now_s);
    }
    picture.controller = shared.controller.seen();
    picture.jobs = shared.jobs.briefs();
    picture
}

fn seen(rack: &Rack, report: &Report) -> Picture {
    let inputs = rack.inputs();
    let level = |line: Input| inputs >> line as u8 & 1 == 1;
    let around = rack.around();
    Picture {
        now_s: clock_s(report.now_us),
        truth: truths(report),
        boards_c: report.truth.boards_c,
        door_open: around.door_open,
        filters_in: [around.filter_left_present, around.filter_right_present],
        home: [level(Input::HomeLeft), level(Input::HomeRight)],
        outputs: outputs(report),
        hosts: rack.hosts().each().map(host).collect(),
        state: rack.state().iter().map(|(now, _)| now.into()).collect(),
        departures: rack.departures().into_iter().map(departure).collect(),
        waiting: waiting(rack),
        done: rack.done().rev().take(DONE_SHOWN).map(done).collect(),
        controller: None,
        jobs: Vec::new(),
    }
}

fn host((tier, state): (u8, HostState)) -> Host {
    let state = match state {
        HostState::Running => "running",
        HostState::Booting { .. } => "booting",
        HostState::Stopping { .. } => "stopping",
        HostState::Halted => "halted",
        HostState::Off => "off",
    };
    Host { tier, state }
}

fn departure(one: hil_rig::rack::Departure) -> Departure {
    Departure {
        says: one.says,
        mend: one.mend.to_string(),
    }
}

fn done(one: &hil_rig::rack::Done) -> Done {
    Done {
        sequence: one.sequence,
        at_s: clock_s(one.at_us),
        act: one.act.to_string(),
    }
}

fn waiting(rack: &Rack) -> Vec<Waiting> {
    let (timed, watches) = rack.waiting();
    let timed = timed.map(|(at_us, act)| Waiting {
        until: format!("at {:.1} s", clock_s(at_us)),
        act: act.to_string(),
    });
    let watches = watches.map(|(watch, act)| {
        let (row, side) = (watch.quantity.row(), if watch.above { "above" } else { "below" });
        let until = format!("when {} {side} {} {}", row.name, watch.value, row.unit);
        Waiting {
            until: until.trim_end().to_owned(),
            act: act.to_string(),
        }
    });
    timed.chain(watches).take(WAITING_SHOWN).collect()
}
