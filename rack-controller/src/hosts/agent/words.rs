//! From what a tier is told to an agent's signed order, and what is said to a request for more time: pure.

use std::time::Duration;

use rack_agent::protocol::order::{self, SignError};
use rack_agent::protocol::{HOLD_MAX, OnLoss, Order, Phase, Rehearsal, Signed, rehearsal};
use ring::signature::Ed25519KeyPair;

use crate::hosts::plan::{OnControllerLoss, TierPlan};
use crate::hosts::told::{HostWord, Tell};

/// What an agent is told of a tier's word.
pub fn phase(tell: Tell) -> Phase {
    match (tell.word, tell.cap_percent) {
        (HostWord::Unknown, _) => Phase::Unknown,
        (HostWord::Run, None) => Phase::Run,
        (HostWord::Run, Some(_)) => Phase::Cap,
        (HostWord::Prepare, _) => Phase::Prepare,
        (HostWord::ShutDown, _) => Phase::ShutDown,
    }
}

/// Speaks to one host in one connection.
#[derive(Debug)]
pub struct Speaker {
    host: String,
    nonce: String,
    sequence: u64,
    on_loss: OnLoss,
    dead_man_ms: u64,
}

impl Speaker {
    /// To this host, by the nonce of its `Hello`, above the number it has named.
    pub fn new(host: String, nonce: String, last: u64, tier: &TierPlan, dead_man_ms: u64) -> Speaker {
        Speaker {
            host,
            nonce,
            sequence: last,
            on_loss: match tier.on_controller_loss {
                OnControllerLoss::Stay => OnLoss::Stay,
                OnControllerLoss::ShutDown => OnLoss::ShutDown,
            },
            dead_man_ms,
        }
    }

    /// The next order.
    ///
    /// # Errors
    /// None that an order can cause.
    pub fn say(&mut self, key: &Ed25519KeyPair, incident: u32, tell: Tell) -> Result<Signed, SignError> {
        self.sequence = self.sequence.saturating_add(1);
        let phase = phase(tell);
        order::sign(
            key,
            &Order {
                host: self.host.clone(),
                nonce: self.nonce.clone(),
                sequence: self.sequence,
                incident,
                phase,
                cap_percent: tell.cap_percent,
                deadline_ms: tell.deadline_s.map(|s| u64::from(s) * 1000),
                abortable: phase != Phase::ShutDown,
                on_loss: self.on_loss,
                dead_man_ms: self.dead_man_ms,
            },
        )
    }
}

impl Speaker {
    /// The next rehearsal: what would the host do, with so much time left to be down in?
    ///
    /// # Errors
    /// None that a rehearsal can cause.
    pub fn rehearse(
        &mut self,
        key: &Ed25519KeyPair,
        number: u32,
        deadline_ms: Option<u64>,
    ) -> Result<Signed, SignError> {
        self.sequence = self.sequence.saturating_add(1);
        rehearsal::sign(
            key,
            &Rehearsal {
                host: self.host.clone(),
                nonce: self.nonce.clone(),
                sequence: self.sequence,
                rehearsal: number,
                deadline_ms,
            },
        )
    }
}

/// Time to drain that is granted on top, and why no more. Nothing that is committed waits, and where a deadline runs half of
/// it is left.
pub fn hold(tell: Tell, asked: Duration, before: Duration) -> (Duration, &'static str) {
    let left = HOLD_MAX.saturating_sub(before);
    match tell.word {
        HostWord::ShutDown => (Duration::ZERO, "the shutdown is committed"),
        HostWord::Unknown => (Duration::ZERO, "nobody knows how long there is"),
        HostWord::Run | HostWord::Prepare if left.is_zero() => {
            (Duration::ZERO, "all that may be held is held")
        }
        HostWord::Run | HostWord::Prepare => {
            let deadline = tell.deadline_s.map(|s| Duration::from_secs(u64::from(s) / 2));
            let most = deadline.map_or(left, |half| left.min(half));
            (asked.min(most), "granted as far as there is time")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tell(word: HostWord, cap_percent: Option<u8>, deadline_s: Option<u32>) -> Tell {
        Tell {
            word,
            cap_percent,
            deadline_s,
        }
    }

    #[test]
    fn every_word_has_its_phase() {
        for (word, cap, expected) in [
            (HostWord::Unknown, Some(25), Phase::Unknown),
            (HostWord::Run, None, Phase::Run),
            (HostWord::Run, Some(25), Phase::Cap),
            (HostWord::Prepare, Some(25), Phase::Prepare),
            (HostWord::ShutDown, None, Phase::ShutDown),
        ] {
            assert_eq!(phase(tell(word, cap, None)), expected);
        }
    }

    #[test]
    fn numbers_rise_above_what_the_host_has_named() {
        let key = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).expect("a key");
        let tier = &crate::hosts::plan::Plan::default().tiers[0];
        let mut speaker = Speaker::new("db-1".into(), "aa".into(), 1024, tier, 20_000);
        for sequence in [1025, 1026] {
            let signed = speaker
                .say(&key, 7, tell(HostWord::ShutDown, None, Some(60)))
                .expect("signed");
            let order: Order = serde_json::from_str(&signed.order).expect("an order");
            assert_eq!(
                (order.sequence, order.incident, order.abortable),
                (sequence, 7, false)
            );
            assert_eq!((order.deadline_ms, order.on_loss), (Some(60_000), OnLoss::Stay));
        }
    }

    #[test]
    fn nothing_that_is_committed_waits_and_holds_are_bounded() {
        let s = Duration::from_secs;
        let granted = |word, deadline, asked, before| hold(tell(word, None, deadline), asked, before).0;
        assert_eq!(granted(HostWord::ShutDown, None, s(1), s(0)), s(0));
        assert_eq!(granted(HostWord::Unknown, None, s(1), s(0)), s(0));
        assert_eq!(granted(HostWord::Prepare, None, s(500), s(0)), s(120));
        assert_eq!(granted(HostWord::Prepare, None, s(60), s(100)), s(20));
        assert_eq!(granted(HostWord::Prepare, None, s(60), s(120)), s(0));
        assert_eq!(granted(HostWord::Prepare, Some(30), s(60), s(0)), s(15));
    }
}
