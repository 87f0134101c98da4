//! What the channels know of a host besides what they see of it, and what came of asking them in a rehearsal.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use points::host::TARGETS;
use rack_agent::protocol::Would;

use crate::hosts::bmc::Able;

/// What came of asking a host's agent what it would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentSaid {
    /// It was asked.
    Asked,
    /// It is older than rehearsals and was asked nothing.
    TooOld,
    /// Its answer.
    Would(Would),
}

/// One host.
#[derive(Clone, Debug, Default)]
pub(super) struct Fact {
    /// The longest stop limit of its units, as its agent has said.
    pub(super) unit_stop: Option<Duration>,
    /// What its management controller can do, as of the last rehearsal.
    pub(super) able: Option<(Instant, Result<Able, String>)>,
    /// What its agent has said in a rehearsal, by its number.
    agent: Option<(u32, AgentSaid)>,
    /// What came of calling its webhook in a rehearsal, by its number.
    webhook: Option<(u32, Result<(), String>)>,
    /// The end of the certificate that its agent has shown last, in Unix seconds; the inner none where it does not read.
    certificate: Option<Option<i64>>,
}

impl Fact {
    /// What came of calling its webhook in this rehearsal.
    pub(super) fn webhook_in(&self, rehearsal: u32) -> Option<&Result<(), String>> {
        let (_, answer) = self.webhook.as_ref().filter(|(number, _)| *number == rehearsal)?;
        Some(answer)
    }

    /// What its agent has said in this rehearsal.
    pub(super) fn agent_in(&self, rehearsal: u32) -> Option<&AgentSaid> {
        let (_, said) = self.agent.as_ref().filter(|(number, _)| *number == rehearsal)?;
        Some(said)
    }
}

/// The book of that. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub struct Facts(Arc<Mutex<[Fact; TARGETS]>>);

impl Facts {
    /// A host's agent has said how long its units may take to stop, if it knows.
    pub fn agent(&self, target: usize, unit_stop: Option<Duration>) {
        self.note(target, |fact| fact.unit_stop = unit_stop);
    }

    /// A host's agent was asked in this rehearsal, or has answered. An answer counts where it was asked, and stands: asking again,
    /// over a new connection, takes nothing back.
    pub fn rehearsed(&self, target: usize, rehearsal: u32, said: AgentSaid) {
        self.note(target, |fact| {
            let taken = match (&said, fact.agent_in(rehearsal)) {
                (AgentSaid::Would(_), before) => before.is_some(),
                (AgentSaid::Asked | AgentSaid::TooOld, before) => {
                    !matches!(before, Some(AgentSaid::Would(_)))
                }
            };
            if taken {
                fact.agent = Some((rehearsal, said));
            }
        });
    }

    /// A host's webhook was called in this rehearsal.
    pub fn webhook(&self, target: usize, rehearsal: u32, answer: Result<(), String>) {
        self.note(target, |fact| fact.webhook = Some((rehearsal, answer)));
    }

    /// A host's agent has shown a certificate that ends then, in Unix seconds; none where it does not read.
    pub fn shows(&self, target: usize, end: Option<i64>) {
        self.note(target, |fact| fact.certificate = Some(end));
    }

    /// When the certificate of a host's agent ends, where it has shown one.
    pub fn certificate(&self, target: usize) -> Option<Option<i64>> {
        self.of(target).certificate
    }

    /// A host's management controller was asked what it can do.
    pub fn controller(&self, target: usize, able: Result<Able, String>) {
        self.note(target, |fact| fact.able = Some((Instant::now(), able)));
    }

    /// What came of calling a host's webhook in a rehearsal.
    pub fn called(&self, target: usize, rehearsal: u32) -> Option<Result<(), String>> {
        self.of(target).webhook_in(rehearsal).cloned()
    }

    /// What a host's agent has said in a rehearsal.
    pub fn said(&self, target: usize, rehearsal: u32) -> Option<AgentSaid> {
        self.of(target).agent_in(rehearsal).cloned()
    }

    pub(super) fn of(&self, target: usize) -> Fact {
        self.lock().get(target).cloned().unwrap_or_default()
    }

    fn note(&self, target: usize, change: impl FnOnce(&mut Fact)) {
        if let Some(fact) = self.lock().get_mut(target) {
            change(fact);
        }
    }

    fn lock(&self) -> MutexGuard<'_, [Fact; TARGETS]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_in_its_own_rehearsal_and_stands() {
        let (facts, would) = (Facts::default(), AgentSaid::Would(Would::default()));
        facts.rehearsed(0, 7, would.clone());
        assert_eq!(facts.of(0).agent_in(7), None, "nobody has asked it");
        facts.rehearsed(0, 7, AgentSaid::Asked);
        facts.rehearsed(0, 6, would.clone());
        assert_eq!(facts.of(0).agent_in(7), Some(&AgentSaid::Asked));
        facts.rehearsed(0, 7, would.clone());
        facts.rehearsed(0, 7, AgentSaid::Asked);
        assert_eq!(facts.of(0).agent_in(7), Some(&would));
        assert_eq!(facts.of(0).agent_in(8), None);
        facts.rehearsed(TARGETS, 7, AgentSaid::Asked);
    }
}
