//! A rehearsal: the way of an order to a host and back, without its effect.
//!
//! It is signed by the key of orders over another context, has a type and a message of its own and no phase: no agent takes one for
//! an order, and none takes an order for a rehearsal, whatever versions meet. It passes the same gate as an order does, under the
//! same numbers. Only an agent that has said that it knows rehearsals ([`super::Able::rehearse`]) is sent one.

use ring::signature::Ed25519KeyPair;
use serde::{Deserialize, Serialize};

use super::order::{SignError, Signed, signed};
use super::{Able, cut};

/// Stands in front of what is signed. Another one than of orders: a rehearsal is not a signed order, nor the other way round.
pub(super) const CONTEXT: &[u8] = b"rack-agent rehearsal 1\n";
/// Lines of each kind in an answer; further ones are counted in the last one.
pub const LINES_MAX: usize = 12;
/// Longest line, bytes: an answer whose every character is escaped still fits into a frame.
pub const LINE_MAX: usize = 256;

/// What a host is asked: what it would do if it were told to shut down now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rehearsal {
    /// The host it is for.
    pub host: String,
    /// The nonce of the host's `Hello`.
    pub nonce: String,
    /// Its number, above that of every order and rehearsal before.
    pub sequence: u64,
    /// The rehearsal's number, which the answer carries back.
    pub rehearsal: u32,
    /// Time that an order would leave to be down in, ms.
    pub deadline_ms: Option<u64>,
}

/// What a host would do, as it finds itself. Nothing of it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Would {
    /// Time until it would be down by its own estimate, ms.
    pub stop_ms: u64,
    /// What it would do, for people: at most [`LINES_MAX`] lines.
    pub does: Vec<String>,
    /// What is missing or not as it should be, for people: at most [`LINES_MAX`] lines.
    pub lacks: Vec<String>,
}

impl Would {
    /// The same within its bounds: by who sends, and by who reads and trusts nobody.
    #[must_use]
    pub fn bounded(self) -> Would {
        Would {
            stop_ms: self.stop_ms,
            does: few(self.does),
            lacks: few(self.lacks),
        }
    }
}

fn few(mut lines: Vec<String>) -> Vec<String> {
    let more = lines.len().saturating_sub(LINES_MAX);
    if more > 0 {
        lines.truncate(LINES_MAX - 1);
        lines.push(format!("and {} more", more + 1));
    }
    lines.iter().map(|line| cut(line, LINE_MAX)).collect()
}

/// Signs a rehearsal.
///
/// # Errors
/// None that a rehearsal of this type can cause.
pub fn sign(key: &Ed25519KeyPair, rehearsal: &Rehearsal) -> Result<Signed, SignError> {
    signed(key, CONTEXT, rehearsal)
}

/// Whether this agent may be sent one.
pub const fn known_to(able: &Able) -> bool {
    able.rehearse
}

#[cfg(test)]
mod tests {
    use super::super::frame::{FRAME_MAX, encode};
    use super::super::order::{self, Gate, NotTaken, OnLoss, Order, Phase};
    use super::super::{FromAgent, FromController, Hello};
    use super::*;
    use ring::signature::KeyPair as _;

    fn key(seed: u8) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key")
    }

    fn gate() -> Gate {
        let public = key(1).public_key().as_ref().try_into().expect("32 bytes");
        let mut gate = Gate::new("db-1".into(), public, 0);
        gate.begin("aa".into());
        gate
    }

    fn rehearsal(sequence: u64) -> Rehearsal {
        Rehearsal {
            host: "db-1".into(),
            nonce: "aa".into(),
            sequence,
            rehearsal: 7,
            deadline_ms: Some(60_000),
        }
    }

    fn order(sequence: u64) -> Order {
        Order {
            host: "db-1".into(),
            nonce: "aa".into(),
            sequence,
            incident: 1,
            phase: Phase::ShutDown,
            cap_percent: None,
            deadline_ms: None,
            abortable: false,
            on_loss: OnLoss::Stay,
            dead_man_ms: 0,
        }
    }

    #[test]
    fn no_rehearsal_is_an_order_and_no_order_a_rehearsal() {
        let rehearsed = sign(&key(1), &rehearsal(1)).expect("signed");
        let ordered = order::sign(&key(1), &order(1)).expect("signed");
        assert_eq!(gate().pass(&rehearsed), Err(NotTaken::Signature));
        assert_eq!(gate().rehearse(&ordered), Err(NotTaken::Signature));
        // Nor would its text be read as the other, were it signed.
        assert!(serde_json::from_str::<Order>(&rehearsed.order).is_err());
        assert!(serde_json::from_str::<Rehearsal>(&ordered.order).is_err());
    }

    #[test]
    fn it_passes_what_an_order_has_to_under_the_same_numbers() {
        let mut gate = gate();
        let sign = |one: &Rehearsal| sign(&key(1), one).expect("signed");
        let (taken, reserve) = gate.rehearse(&sign(&rehearsal(2))).expect("it is good");
        assert_eq!((taken, reserve), (rehearsal(2), Some(2 + order::RESERVED)));
        for old in [1, 2] {
            let replayed = gate.rehearse(&sign(&rehearsal(old)));
            assert!(matches!(replayed, Err(NotTaken::Sequence { last: 2, .. })));
        }
        let overtaken = order::sign(&key(1), &order(2)).expect("signed");
        assert!(matches!(gate.pass(&overtaken), Err(NotTaken::Sequence { .. })));
        let foreign = super::sign(&key(2), &rehearsal(3)).expect("signed");
        assert_eq!(gate.rehearse(&foreign), Err(NotTaken::Signature));
        let elsewhere = Rehearsal {
            host: "db-2".into(),
            ..rehearsal(3)
        };
        assert!(matches!(gate.rehearse(&sign(&elsewhere)), Err(NotTaken::Host(_))));
        let earlier = Rehearsal {
            nonce: "bb".into(),
            ..rehearsal(3)
        };
        assert_eq!(gate.rehearse(&sign(&earlier)), Err(NotTaken::Nonce));
    }

    #[test]
    fn an_older_end_hears_nothing_of_it() {
        // An agent of before says nothing of rehearsals in its greeting, and is sent none.
        let text = r#"{"say":"hello","version":1,"host":"h","program":"0","boot_id":"b","able":{"cap":true,"drain":false,
            "inhibit":false,"cancel":false},"stop_ms":1,"unit_stop_ms":null,"last":0,"nonce":"aa"}"#;
        let read: FromAgent = serde_json::from_str(text).expect("it is read");
        let FromAgent::Hello(hello) = read else {
            panic!("a greeting")
        };
        assert!(!known_to(&hello.able));
        // A controller of before reads the greeting of today and leaves the new member unread.
        #[derive(Deserialize)]
        struct Before {
            able: AbleBefore,
        }
        #[derive(Deserialize)]
        struct AbleBefore {
            cap: bool,
        }
        let able = Able {
            cap: true,
            rehearse: true,
            ..Able::default()
        };
        let now = serde_json::to_string(&Hello { able, ..*hello }).expect("text");
        let before: Before = serde_json::from_str(&now).expect("it is read");
        assert!(before.able.cap);
        // The message is one of its own: were it sent all the same, it would end the connection, and no more.
        let word = FromController::Rehearse(sign(&key(1), &rehearsal(1)).expect("signed"));
        let text = serde_json::to_string(&word).expect("text");
        assert!(text.contains(r#""say":"rehearse""#), "{text}");
    }

    #[test]
    fn an_answer_fits_into_a_frame_whatever_stands_in_it() {
        let many = vec!["\"".repeat(4_096); 99];
        let would = Would {
            stop_ms: u64::MAX,
            does: many.clone(),
            lacks: many,
        }
        .bounded();
        assert_eq!((would.does.len(), would.lacks.len()), (LINES_MAX, LINES_MAX));
        assert_eq!(would.lacks.last().map(String::as_str), Some("and 88 more"));
        let word = FromAgent::Rehearsed {
            rehearsal: u32::MAX,
            would,
        };
        assert!(encode(&word).expect("it fits").len() < FRAME_MAX);
    }
}
