//! Transitions of the hosts' shutdown: the record of an incident.
//!
//! Tiers and hosts are told from the commit of the first tier until the last one is back, and not before: what advice
//! reaches hosts is an effect with transitions of its own, and a host that comes and goes in everyday work must not push
//! out of the journal what was said in an incident. Their states at any other time are in the history.

use std::fmt::Write as _;

use points::interlock::Cause;
use points::point::{ahead, derived, drill, hosts, shutdown, switching};
use points::snapshot::Snapshot;
use points::{Count, DrillState, HostState, OutletState, Second, ShutdownStage, StageReason};
use serde::{Deserialize, Serialize};

use super::Change;

/// What had asked for the shutdown when a tier was told, and how short time was then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// The cause of the matrix that had asked first.
    pub cause: Option<Cause>,
    /// Where there was too little time for one after the other: seconds that there were, seconds that the stages needed.
    pub short: Option<(u16, u16)>,
}

impl Because {
    /// As a picture has it, for a tier that was told for this reason. Tiers that follow others say that alone.
    fn of(picture: &Snapshot, stage: ShutdownStage, reason: StageReason) -> Self {
        let first = match reason {
            StageReason::None | StageReason::Settled | StageReason::Deadline => false,
            StageReason::Demanded | StageReason::Short | StageReason::Fire | StageReason::Restored => true,
        };
        if stage != ShutdownStage::Commit || !first {
            return Because::default();
        }
        let number = picture.get(ahead::CAUSE).ok().map_or(0.0, Count::get);
        let is = |cause: &&Cause| (f64::from(**cause as u8) - number).abs() < 0.5;
        let seconds = |tag| picture.get(tag).ok().map(|time: Second| whole(time.get()));
        Because {
            cause: Cause::ALL.iter().find(is).copied(),
            short: seconds(ahead::CHOSEN_LEFT)
                .zip(seconds(ahead::CHOSEN_LEAD))
                .filter(|_| reason == StageReason::Short),
        }
    }
}

/// Whole seconds, as far as a word holds them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is within the bounds"
)]
fn whole(seconds: f64) -> u16 {
    seconds.clamp(0.0, f64::from(u16::MAX)).round() as u16
}

/// A tier's stage in words as the journal has it: with what had asked for it, and how short time was.
pub fn told_words(stage: ShutdownStage, reason: StageReason, because: Because) -> String {
    let mut words = tier_words(stage, reason);
    if let Some((left, needed)) = because.short {
        let _ = write!(words, ": {left} s left, {needed} s needed");
    }
    if let Some(cause) = because.cause {
        let _ = write!(words, "; asked for by {} {}", cause.key(), cause.row().title);
    }
    words
}

/// What [`told_words`] says: the stage, and the reason of one that was told. Of a stage that tells no reason the first one is
/// as good as any.
pub fn tier_of(words: &str) -> Option<(ShutdownStage, StageReason)> {
    let head = words.split([':', ';']).next()?;
    let mut ways = ShutdownStage::ALL
        .iter()
        .flat_map(|stage| StageReason::ALL.iter().map(move |reason| (*stage, *reason)));
    ways.find(|(stage, reason)| tier_words(*stage, *reason) == head)
}

/// A tier's stage in words, with the reason where it has been told to shut down.
fn tier_words(stage: ShutdownStage, reason: StageReason) -> String {
    if stage != ShutdownStage::Commit {
        return stage.text().to_owned();
    }
    let because = match reason {
        StageReason::None => return stage.text().to_owned(),
        StageReason::Demanded | StageReason::Settled | StageReason::Deadline => "because ",
        StageReason::Short => "because there is ",
        StageReason::Fire => "because of ",
        StageReason::Restored => "as ",
    };
    format!("{}, {because}{}", stage.text(), reason.text())
}

/// Whether tiers have been told to shut down and are not all back yet.
const fn is_incident(stage: ShutdownStage) -> bool {
    match stage {
        ShutdownStage::Normal | ShutdownStage::Advisory | ShutdownStage::Capped | ShutdownStage::Prepare => {
            false
        }
        ShutdownStage::Commit
        | ShutdownStage::PowerCut
        | ShutdownStage::AllOff
        | ShutdownStage::CoolingDown
        | ShutdownStage::Restarting => true,
    }
}

/// Every change of a tier or a host in an incident, tiers first.
pub(super) fn changes(before: &Snapshot, after: &Snapshot, tell: &mut impl FnMut(Change)) {
    let whole = |picture: &Snapshot| picture.get(derived::STAGE).ok().is_some_and(is_incident);
    // Hosts that a drill stops are told as in an incident.
    let drills = |picture: &Snapshot| {
        let state = picture.get(drill::STATE).ok();
        state.is_some_and(|state| state != DrillState::None && state != DrillState::Rehearsal)
    };
    if ![before, after]
        .iter()
        .any(|picture| whole(picture) || drills(picture))
    {
        return;
    }
    let tier = |picture: &Snapshot, place: u8| {
        let place = usize::from(place);
        let stage = picture.get(hosts::states::TIER.at(place)).ok()?;
        let reason = picture.get(shutdown::TIER_REASON.at(place)).ok();
        Some((stage, reason.unwrap_or(StageReason::None)))
    };
    for (place, _) in (0u8..).zip(hosts::states::TIER.iter()) {
        let Some((stage, reason)) = tier(after, place) else {
            continue;
        };
        let (was, told) = tier(before, place).unwrap_or((ShutdownStage::Normal, StageReason::None));
        let moved = stage != was && (is_incident(stage) || is_incident(was));
        if moved || (stage == ShutdownStage::Commit && reason != told) {
            let because = Because::of(after, stage, reason);
            tell(Change::Tier {
                place,
                stage,
                reason,
                because,
            });
        }
    }
    for (place, tag) in (0u8..).zip(hosts::states::HOST.iter()) {
        let Some(state) = after.get(tag).ok() else {
            continue;
        };
        let was = before.get(tag).ok().unwrap_or(HostState::Unknown);
        if state != was {
            tell(Change::Host { place, state });
        }
    }
}

/// Every outlet that is cut, does not obey, comes back or is left alone again.
pub(super) fn outlets(before: &Snapshot, after: &Snapshot, tell: &mut impl FnMut(Change)) {
    for (place, tag) in (0u8..).zip(switching::STATE.iter()) {
        let Some(state) = after.get(tag).ok() else {
            continue;
        };
        if state != before.get(tag).ok().unwrap_or(OutletState::Left) {
            tell(Change::Outlet { place, state });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(
        whole: ShutdownStage,
        tiers: [(ShutdownStage, StageReason); 2],
        hosts_now: [HostState; 2],
    ) -> Snapshot {
        let mut picture = Snapshot::default();
        picture.put_now(derived::STAGE, whole);
        for (place, (stage, reason)) in tiers.into_iter().enumerate() {
            picture.put_now(hosts::states::TIER.at(place), stage);
            picture.put_now(shutdown::TIER_REASON.at(place), reason);
        }
        for (place, state) in hosts_now.into_iter().enumerate() {
            picture.put_now(hosts::states::HOST.at(place), state);
        }
        picture
    }

    fn told(before: &Snapshot, after: &Snapshot) -> Vec<String> {
        let mut told = Vec::new();
        changes(before, after, &mut |change| told.push(change.to_string()));
        told
    }

    #[test]
    fn an_incident_is_told_from_the_first_commit_to_the_last_return() {
        use HostState::{Notified, OffVerified, Online};
        use ShutdownStage::{AllOff, Commit, Normal, Prepare, Restarting};
        use StageReason::{Demanded, None, Settled};
        let calm = picture(Normal, [(Normal, None); 2], [Online; 2]);
        let warned = picture(
            Prepare,
            [(Prepare, None); 2],
            [HostState::Unknown, HostState::Down],
        );
        assert_eq!(
            told(&calm, &warned),
            [""; 0],
            "advice and everyday work are no incident"
        );
        let first = picture(Commit, [(Commit, Demanded), (Prepare, None)], [Notified, Online]);
        assert_eq!(
            told(&calm, &first),
            [
                "tier 1: shutting down, because it is the first",
                "host 1: told to shut down"
            ]
            .map(|text| text.replace("told to shut down", Notified.text()))
        );
        assert_eq!(told(&first, &first), [""; 0]);
        let second = picture(
            Commit,
            [(AllOff, Demanded), (Commit, Settled)],
            [OffVerified, Notified],
        );
        assert_eq!(
            told(&first, &second),
            [
                "tier 1: all off".to_owned(),
                "tier 2: shutting down, because the tiers before are down".to_owned(),
                format!("host 1: {}", OffVerified.text()),
                format!("host 2: {}", Notified.text()),
            ]
        );
        let back = picture(Restarting, [(Restarting, None), (AllOff, Settled)], [Online; 2]);
        assert_eq!(told(&back, &calm), ["tier 1: normal", "tier 2: normal"]);
    }

    #[test]
    fn what_stood_before_a_restart_is_told_by_the_first_picture() {
        let found = picture(
            ShutdownStage::Commit,
            [
                (ShutdownStage::Commit, StageReason::Restored),
                (ShutdownStage::Normal, StageReason::None),
            ],
            [HostState::Unknown; 2],
        );
        assert_eq!(
            told(&Snapshot::default(), &found),
            ["tier 1: shutting down, as committed before a restart"]
        );
    }

    #[test]
    fn the_first_commit_names_the_cause_and_how_short_time_was() {
        use ShutdownStage::{Commit, Prepare};
        let calm = picture(Prepare, [(Prepare, StageReason::None); 2], [HostState::Online; 2]);
        let mut short = picture(
            Commit,
            [(Commit, StageReason::Short), (Prepare, StageReason::None)],
            [HostState::Online; 2],
        );
        short.put_now(ahead::CAUSE, Count::of(20.0));
        short.put_now(ahead::CHOSEN_LEFT, Second::of(34.2));
        short.put_now(ahead::CHOSEN_LEAD, Second::of(145.0));
        assert_eq!(
            told(&calm, &short),
            [
                "tier 1: shutting down, because there is too little time for one after the other: 34 s left, 145 s needed; \
                 asked for by C20 Mains lost"
            ]
        );
        let mut settled = short.clone();
        settled.put_now(hosts::states::TIER.at(1), Commit);
        settled.put_now(shutdown::TIER_REASON.at(1), StageReason::Settled);
        assert_eq!(
            told(&short, &settled),
            ["tier 2: shutting down, because the tiers before are down"]
        );
        for stage in ShutdownStage::ALL {
            for reason in StageReason::ALL {
                let words = told_words(*stage, *reason, Because::of(&short, *stage, *reason));
                let (read, because) = tier_of(&words).expect("it is read back");
                assert_eq!(read, *stage);
                assert!(*stage != Commit || because == *reason, "{words}");
            }
        }
    }

    #[test]
    fn every_reason_makes_a_sentence() {
        let said: Vec<String> = StageReason::ALL
            .iter()
            .map(|reason| tier_words(ShutdownStage::Commit, *reason))
            .collect();
        assert_eq!(said[0], "shutting down");
        assert_eq!(
            said[4],
            "shutting down, because there is too little time for one after the other"
        );
        assert_eq!(said[5], "shutting down, because of fire");
        for (place, one) in said.iter().enumerate() {
            assert!(!said[..place].contains(one), "{one} is read back as one reason");
        }
    }
}
