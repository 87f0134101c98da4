//! What an attached controller reads, beside the truth: its published picture, asked for once a second like any client's.
//!
//! Only a controller on this machine is asked: the rig's page must not become a way to send requests elsewhere.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::api::{Attached, Read};

/// How often the controller is asked, and how long for an answer is waited.
const EVERY: Duration = Duration::from_secs(1);
/// What was read longer ago is not shown.
const FRESH: Duration = Duration::from_secs(3);
/// Longest answer that is read, bytes: a picture has some 40 kB.
const ANSWER_MAX: u64 = 1 << 20;

/// Truths that a controller measures, with the point that shows each.
const READS: &[(&str, &str)] = &[
    ("exhaust", "rack.exhaust.temperature"),
    ("ceiling", "rack.ceiling.temperature"),
    ("room", "room.temperature"),
    ("inlet-left", "rack.inlet.left.temperature"),
    ("inlet-right", "rack.inlet.right.temperature"),
    ("extinguisher-left", "extinguisher.left.temperature"),
    ("extinguisher-right", "extinguisher.right.temperature"),
    ("draft", "rack.draft.pressure"),
    ("suction", "chamber.suction.pressure"),
    ("filter-left", "filter.left.pressure"),
    ("filter-right", "filter.right.pressure"),
    ("speed", "blower.a.speed"),
    ("power", "it.power"),
    ("board-1", "rack.board.1.temperature"),
    ("board-2", "rack.board.2.temperature"),
    ("board-3", "rack.board.3.temperature"),
    ("board-4", "rack.board.4.temperature"),
    ("board-5", "rack.board.5.temperature"),
    ("board-6", "rack.board.6.temperature"),
    ("board-7", "rack.board.7.temperature"),
    ("board-8", "rack.board.8.temperature"),
];

#[derive(Debug, Default)]
struct State {
    address: Option<String>,
    seen: Option<(Instant, web::api::Snapshot)>,
}

/// The controller that is attached, if one is.
#[derive(Debug, Default)]
pub(super) struct Controller(Mutex<State>);

impl Controller {
    /// Begins to ask, from a thread of its own.
    pub(super) fn watch(address: Option<String>) -> std::io::Result<Arc<Self>> {
        let own = Arc::new(Controller::default());
        own.attach(address).map_err(std::io::Error::other)?;
        let asking = Arc::clone(&own);
        std::thread::Builder::new()
            .name("rig-controller".into())
            .spawn(move || asking.ask_for_ever())?;
        Ok(own)
    }

    /// Asks another controller from now on, or none.
    ///
    /// # Errors
    /// When it is no address of this machine.
    pub(super) fn attach(&self, address: Option<String>) -> Result<(), String> {
        if let Some(address) = &address
            && !is_local(address)
        {
            return Err(format!(
                "`{address}` is no controller on this machine; write such as http://127.0.0.1:8080"
            ));
        }
        if let Ok(mut state) = self.0.lock() {
            *state = State { address, seen: None };
        }
        Ok(())
    }

    /// What it reads.
    pub(super) fn seen(&self) -> Option<Attached> {
        let state = self.0.lock().ok()?;
        let address = state.address.clone()?;
        let fresh = state.seen.as_ref().filter(|(at, _)| at.elapsed() <= FRESH);
        let read = |(truth, point): &(&str, &str)| {
            let (_, picture) = fresh?;
            let value = picture.points.get(*point)?;
            let read = Read {
                point: (*point).to_owned(),
                value: value.value,
                quality: value.quality,
            };
            Some(((*truth).to_owned(), read))
        };
        Some(Attached {
            address,
            answers: fresh.is_some(),
            reads: READS.iter().filter_map(read).collect(),
        })
    }

    fn ask_for_ever(&self) {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(EVERY))
            .max_redirects(0);
        let agent = ureq::Agent::new_with_config(config.build());
        loop {
            let address = self.0.lock().ok().and_then(|state| state.address.clone());
            if let Some(address) = address {
                let picture = ask(&agent, &address);
                if let (Some(picture), Ok(mut state)) = (picture, self.0.lock())
                    && state.address.as_ref() == Some(&address)
                {
                    state.seen = Some((Instant::now(), picture));
                }
            }
            std::thread::sleep(EVERY);
        }
    }
}

/// Its picture; none where it does not answer with one.
fn ask(agent: &ureq::Agent, address: &str) -> Option<web::api::Snapshot> {
    let url = format!("{}/api/v1/snapshot", address.trim_end_matches('/'));
    let mut answer = agent.get(&url).call().ok()?;
    let body = answer
        .body_mut()
        .with_config()
        .limit(ANSWER_MAX)
        .read_to_vec()
        .ok()?;
    serde_json::from_slice(&body).ok()
}

/// `http://` and an address of this machine, with nothing behind it.
fn is_local(address: &str) -> bool {
    let Some(authority) = address.strip_prefix("http://") else {
        return false;
    };
    let authority = authority.strip_suffix('/').unwrap_or(authority);
    let Ok(uri) = authority.parse::<axum::http::uri::Authority>() else {
        return false;
    };
    if authority.contains('@') {
        return false;
    }
    let host = uri.host().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_controller_on_this_machine_is_asked() {
        for good in [
            "http://127.0.0.1:8080",
            "http://127.0.0.1:8080/",
            "http://[::1]:80",
            "http://localhost:1",
        ] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "127.0.0.1:8080",
            "https://127.0.0.1",
            "http://10.0.0.1",
            "http://localhost.example",
            "http://user@127.0.0.1",
            "http://127.0.0.1@10.0.0.1",
            "http://127.0.0.1/x",
            "http://",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
        assert!(
            Controller::default()
                .attach(Some("http://10.0.0.1".into()))
                .is_err()
        );
    }

    #[test]
    fn every_read_names_a_point() {
        for (truth, point) in READS {
            assert!(points::point::find(point).is_some(), "{truth}: {point}");
        }
    }
}
