//! The cause-and-effect matrix said again: for each effect, when it is in force. Written from the text of the safety
//! documents, with no look at the table, so that a slip in one is not a slip in both.
//!
//! The words: a cause *stands* now; it *has stood* so long without a break; it *came* at some time since a person last
//! reset its latch.

use points::interlock::{Cause, Effect, EffectSet};

use super::{Given, Times};

/// What is remembered of one cause, in steps of the search; times stop at [`super::LONG`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Past {
    /// Steps that it has stood without a break, when it stands.
    pub stands: Option<u8>,
    /// Steps since it came, where a latch of it is held.
    pub came: Option<u8>,
    /// Its latched HOST_DOWN and PDU_OFF.
    pub down: bool,
    pub cut: bool,
    /// A person has silenced its horn.
    pub silenced: bool,
}

const FIRES: [Cause; 4] = [
    Cause::C01Fired,
    Cause::C02FireConfirmed,
    Cause::C03ManualFire,
    Cause::C05CutOut,
];

/// What a cause latches at once when it comes.
fn latches_at_once(cause: Cause) -> bool {
    use Cause::{
        C04PreAlarm, C08Trip, C10FanFailed, C21FanOffNotObeyed, C22CutNotObeyed, C23HostNotDown,
        C24EmergencyOff, C27Hard, C28CoolingIsolated,
    };
    FIRES.contains(&cause)
        || [
            C04PreAlarm,
            C08Trip,
            C10FanFailed,
            C21FanOffNotObeyed,
            C22CutNotObeyed,
            C23HostNotDown,
            C24EmergencyOff,
            C27Hard,
            C28CoolingIsolated,
        ]
        .contains(&cause)
}

impl Past {
    /// One step: how long ago the last one was, whether the cause stands, and what else holds.
    pub fn step(&mut self, cause: Cause, stands: bool, passed: u8, given: &Given, times: &Times) {
        let longer = |time: u8| (time + passed).min(super::LONG);
        self.silenced &= stands || self.came.is_some();
        self.stands = stands.then(|| self.stands.map_or(0, longer));
        self.came = self.came.map(longer);
        if stands && latches_at_once(cause) {
            self.came = self.came.or(Some(0));
        }
        if self.shuts_down(cause, given, times) {
            self.down = true;
            self.came = self.came.or(Some(0));
        }
        if self.cuts(cause, given, times) {
            self.cut = true;
            self.came = self.came.or(Some(0));
        }
    }

    fn stood(&self, time: u8) -> bool {
        self.stands.is_some_and(|stood| stood >= time)
    }

    fn shuts_down(&self, cause: Cause, given: &Given, times: &Times) -> bool {
        let stands = self.stands.is_some();
        if FIRES.contains(&cause) {
            return stands;
        }
        match cause {
            Cause::C08Trip | Cause::C23HostNotDown | Cause::C24EmergencyOff | Cause::C27Hard => stands,
            Cause::C04PreAlarm => self.stood(times.pre_alarm_down) && !given.answered,
            Cause::C10FanFailed | Cause::C28CoolingIsolated => stands && given.trip_near,
            Cause::C17AllBlind => stands && given.fire_evidence || self.stood(times.blind),
            Cause::C20MainsLost => self.stood(times.mains),
            Cause::C01Fired
            | Cause::C02FireConfirmed
            | Cause::C03ManualFire
            | Cause::C05CutOut
            | Cause::C06Warn
            | Cause::C07High
            | Cause::C09Rising
            | Cause::C11NoFlow
            | Cause::C12Filter
            | Cause::C13Door
            | Cause::C14Extinguisher
            | Cause::C15OneProbeLost
            | Cause::C16TwoProbesLost
            | Cause::C18FrontLost
            | Cause::C19Watchdog
            | Cause::C21FanOffNotObeyed
            | Cause::C22CutNotObeyed
            | Cause::C25Untrusted
            | Cause::C26PeerWarning
            | Cause::C29Condensation
            | Cause::C30FilterMissing => false,
        }
    }

    fn cuts(&self, cause: Cause, given: &Given, times: &Times) -> bool {
        // A deadline ends early where every host is proven down, and never late.
        let came_before = |time: u8| {
            self.came
                .is_some_and(|came| came >= time || given.down_proven && came >= times.proven)
        };
        (FIRES.contains(&cause) && came_before(times.fire_cut))
            || (cause == Cause::C08Trip && given.cut_allowed && came_before(times.grace))
            || (cause == Cause::C27Hard && came_before(times.hard))
            || (cause == Cause::C23HostNotDown && given.cut_allowed && self.stands.is_some())
            || (cause == Cause::C24EmergencyOff && self.stands.is_some())
    }
}

/// Everything that is in force, from the pasts of all causes.
pub fn effects(past: &dyn Fn(Cause) -> Past, given: &Given, times: &Times) -> EffectSet {
    use Cause as C;
    let now = |cause: Cause| past(cause).stands.is_some();
    let came = |cause: Cause| past(cause).came.is_some();
    let any_now = |causes: &[Cause]| causes.iter().any(|cause| now(*cause));
    let any_came = |causes: &[Cause]| causes.iter().any(|cause| came(*cause));
    let heard = |cause: Cause, on: bool| on && !past(cause).silenced;
    let fire = any_came(&FIRES);
    let late_pre_alarm = past(C::C04PreAlarm).stood(times.prepare);
    let off = fire || came(C::C24EmergencyOff);
    let blind_without_fire = now(C::C17AllBlind) && !given.fire_evidence;
    let hot = any_now(&[C::C07High, C::C08Trip, C::C10FanFailed, C::C27Hard]);
    let max = !off && (hot || blind_without_fire);
    let floor = !off && any_now(&[C::C06Warn, C::C13Door, C::C26PeerWarning]);
    let damp = now(C::C29Condensation) && given.heat_permits;
    let horn = FIRES.iter().any(|cause| heard(*cause, came(*cause)))
        || heard(C::C27Hard, came(C::C27Hard))
        || [
            C::C04PreAlarm,
            C::C08Trip,
            C::C19Watchdog,
            C::C21FanOffNotObeyed,
            C::C22CutNotObeyed,
        ]
        .iter()
        .any(|cause| heard(*cause, now(*cause)));
    let rules = [
        (Effect::FanOff, off),
        (Effect::FanMax, max),
        (Effect::FanFloor, floor),
        (Effect::FanLeast, damp && !off && !max && !floor),
        (Effect::Damper, fire),
        (
            Effect::HostWarn,
            came(C::C04PreAlarm)
                || any_now(&[
                    C::C07High,
                    C::C09Rising,
                    C::C10FanFailed,
                    C::C17AllBlind,
                    C::C20MainsLost,
                    C::C26PeerWarning,
                    C::C28CoolingIsolated,
                ]),
        ),
        (Effect::HostPrepare, late_pre_alarm),
        (
            Effect::HostCap,
            late_pre_alarm || now(C::C07High) || any_came(&[C::C10FanFailed, C::C28CoolingIsolated]),
        ),
        (Effect::HostShed, now(C::C07High)),
        (Effect::HostDown, C::ALL.iter().any(|cause| past(*cause).down)),
        (Effect::PduOff, C::ALL.iter().any(|cause| past(*cause).cut)),
        (Effect::Horn, horn),
        (
            Effect::Beacon,
            fire || any_came(&[C::C08Trip, C::C27Hard])
                || any_now(&[
                    C::C04PreAlarm,
                    C::C06Warn,
                    C::C11NoFlow,
                    C::C13Door,
                    C::C14Extinguisher,
                ]),
        ),
        (Effect::Fire, fire),
        (Effect::PreAlarm, came(C::C04PreAlarm)),
        (
            Effect::Fault,
            any_came(&[C::C21FanOffNotObeyed, C::C22CutNotObeyed])
                || (now(C::C12Filter) && given.filter_ended)
                || any_now(&[
                    C::C10FanFailed,
                    C::C11NoFlow,
                    C::C13Door,
                    C::C14Extinguisher,
                    C::C15OneProbeLost,
                    C::C16TwoProbesLost,
                    C::C17AllBlind,
                    C::C18FrontLost,
                    C::C19Watchdog,
                    C::C23HostNotDown,
                    C::C25Untrusted,
                    C::C28CoolingIsolated,
                    C::C30FilterMissing,
                ]),
        ),
        (
            Effect::PeerWarn,
            fire || came(C::C08Trip) || any_now(&[C::C04PreAlarm, C::C07High, C::C20MainsLost]),
        ),
        (
            Effect::Mail,
            any_now(&FIRES)
                || any_now(&[
                    C::C04PreAlarm,
                    C::C07High,
                    C::C08Trip,
                    C::C12Filter,
                    C::C14Extinguisher,
                    C::C16TwoProbesLost,
                    C::C21FanOffNotObeyed,
                    C::C22CutNotObeyed,
                    C::C25Untrusted,
                    C::C29Condensation,
                    C::C30FilterMissing,
                ]),
        ),
        (Effect::Lockout, off),
    ];
    let mut set = EffectSet::EMPTY;
    for (effect, in_force) in rules {
        set.put(effect, in_force);
    }
    set
}
