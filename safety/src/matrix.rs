//! The cause-and-effect matrix: one row per cause, with its reason. The evaluator, the restart, the printed table
//! and the tests are walks over this table; nothing about it is listed twice.

use points::alarm;
use points::interlock::{Cause, Effect, EffectSet};

use crate::latch::latch_of;
use crate::row::{Act, Code, DelayId, Row, When};

const fn act(effect: Effect, code: Code) -> Act {
    Act {
        effect,
        code,
        when: When::Always,
    }
}

/// `L`.
const fn l(effect: Effect) -> Act {
    act(effect, Code::Latched)
}

/// `U`.
const fn u(effect: Effect) -> Act {
    act(effect, Code::Follows)
}

use Code::{After, Deadline, FollowsAfter};
use Effect::{
    Beacon, Damper, FanFloor, FanLeast, FanMax, FanOff, Fault, Fire, Horn, HostCap, HostDown, HostPrepare,
    HostShed, HostWarn, Lockout, Mail, PduOff, PeerWarn, PreAlarm,
};

/// Fire, however it is known: fan off, hosts down, power cut at the deadline.
const FIRE: &[Act] = &[
    l(FanOff),
    l(Damper),
    l(HostDown),
    act(PduOff, Deadline(DelayId::FireCut)),
    l(Horn),
    l(Beacon),
    l(Fire),
    l(PeerWarn),
    u(Mail),
    l(Lockout),
];

/// The matrix, in the order of the causes.
pub const MATRIX: [Row; Cause::COUNT] = [
    row(
        Cause::C01Fired,
        FIRE,
        "H17: a fired unit is a fire; any single channel stops the fan",
    ),
    row(
        Cause::C02FireConfirmed,
        FIRE,
        "H16, D3: a running fan feeds the fire and blows out the powder",
    ),
    row(
        Cause::C03ManualFire,
        FIRE,
        "D3: a person at the rack sees more than any sensor",
    ),
    row(
        Cause::C04PreAlarm,
        &[
            l(PreAlarm),
            l(HostWarn),
            act(HostPrepare, FollowsAfter(DelayId::PreAlarmPrepare)),
            act(HostCap, FollowsAfter(DelayId::PreAlarmPrepare)),
            act(HostDown, After(DelayId::PreAlarmDown)).when(When::Unanswered),
            u(Horn),
            u(Beacon),
            u(PeerWarn),
            u(Mail),
        ],
        "H15, D3, I17: one class never changes the fan command",
    ),
    row(
        Cause::C05CutOut,
        FIRE,
        "D3: opens 30 K above any heat without fire",
    ),
    row(
        Cause::C06Warn,
        &[u(FanFloor), u(Beacon)],
        "H14, D5: reserve is going",
    ),
    row(
        Cause::C07High,
        &[
            u(FanMax),
            u(HostWarn),
            u(HostCap),
            u(HostShed),
            u(PeerWarn),
            u(Mail),
        ],
        "H14, D5: full speed at least 30 s, load down before the trip",
    ),
    row(
        Cause::C08Trip,
        &[
            u(FanMax),
            l(HostDown),
            act(PduOff, Deadline(DelayId::OverTemperatureGrace)).when(When::CutAllowed),
            u(Horn),
            l(Beacon),
            l(PeerWarn),
            u(Mail),
        ],
        "H14, D5, I12: hosts come down in good order while there is time",
    ),
    row(
        Cause::C09Rising,
        &[u(HostWarn)],
        "D3: rate of rise warns and marks a probe that heat then kills; it is no class",
    ),
    row(
        Cause::C10FanFailed,
        &[
            u(FanMax),
            l(HostCap),
            u(HostWarn),
            u(Fault),
            l(HostDown).when(When::TripNear),
        ],
        "H01, D5: at 12 kW a stopped blower leaves 35 s, a cap ten minutes",
    ),
    row(
        Cause::C11NoFlow,
        &[u(Beacon), u(Fault)],
        "H03: hosts are shut down by temperature",
    ),
    row(
        Cause::C12Filter,
        &[u(Mail), u(Fault).when(When::FilterEnded)],
        "H04, D5: warned at 70 % of its life, a fault at its end; no fan effect",
    ),
    row(
        Cause::C13Door,
        &[u(FanFloor), u(Beacon), u(Fault)],
        "H06, D12: protection impaired, air takes a short way",
    ),
    row(
        Cause::C14Extinguisher,
        &[u(Beacon), u(Fault), u(Mail)],
        "H19: protection impaired; the rack keeps running",
    ),
    row(
        Cause::C15OneProbeLost,
        &[u(Fault)],
        "H08: the vote goes on as 1oo2",
    ),
    row(
        Cause::C16TwoProbesLost,
        &[u(Fault), u(Mail)],
        "H08: one probe guards the rack; 72 h to repair",
    ),
    row(
        Cause::C17AllBlind,
        &[
            u(FanMax).when(When::NoFireEvidence),
            u(HostWarn),
            u(Fault),
            l(HostDown).when(When::FireEvidence),
            act(HostDown, After(DelayId::Blind)),
        ],
        "H31, D3, I14: full speed without fire evidence; with it the fan stays as it is and hosts go down",
    ),
    row(Cause::C18FrontLost, &[u(Fault)], "H27: restarted; no fan effect"),
    row(
        Cause::C19Watchdog,
        &[u(Fault), u(Horn)],
        "H28: cooled at full speed without judgement",
    ),
    row(
        Cause::C20MainsLost,
        &[u(HostWarn), u(PeerWarn), act(HostDown, After(DelayId::Mains))],
        "H29: the blower is on the uninterruptible supply in this release",
    ),
    row(
        Cause::C21FanOffNotObeyed,
        &[l(Fault), u(Horn), u(Mail)],
        "H21: the isolator is opened by hand; hosts' power is cut by the fire itself",
    ),
    row(
        Cause::C22CutNotObeyed,
        &[l(Fault), u(Horn), u(Mail)],
        "H22: CUT POWER BY HAND",
    ),
    row(
        Cause::C23HostNotDown,
        &[l(HostDown), l(PduOff).when(When::CutAllowed), u(Fault)],
        "H23: fire and C27 cut at their own deadlines; hosts are judged by the plan, one by one",
    ),
    row(
        Cause::C24EmergencyOff,
        &[l(PduOff), l(FanOff), l(HostDown), l(Lockout)],
        "D12: the button is hard-wired to the feeds, we follow; its release re-energises nothing",
    ),
    row(
        Cause::C25Untrusted,
        &[u(Fault), u(Mail)],
        "H43: inspect and renew the seal",
    ),
    row(
        Cause::C26PeerWarning,
        &[u(HostWarn), u(FanFloor)],
        "H33: a hint only; no peer is heard yet, so it never stands",
    ),
    row(
        Cause::C27Hard,
        &[
            u(FanMax),
            l(HostDown),
            act(PduOff, Deadline(DelayId::HardCut)),
            l(Horn),
            l(Beacon),
        ],
        "D5: hosts are being damaged; their shutdown gets 10 s",
    ),
    row(
        Cause::C28CoolingIsolated,
        &[
            l(HostCap),
            u(HostWarn),
            u(Fault),
            l(HostDown).when(When::TripNear),
        ],
        "D12: cooling lost by intent or fault; as C10, but nothing is driven into a person's hands",
    ),
    row(
        Cause::C29Condensation,
        &[u(FanLeast).when(When::HeatPermits), u(Mail)],
        "H47: less humid air over cold walls; heat outranks it",
    ),
    row(
        Cause::C30FilterMissing,
        &[u(Mail), u(Fault)],
        "H05: dust enters the hosts; no fan effect",
    ),
];

const fn row(cause: Cause, acts: &'static [Act], reason: &'static str) -> Row {
    Row { cause, acts, reason }
}

/// Effects whose latching is recorded by cause, because it may come late or under a condition.
pub(crate) const RECORDED: EffectSet = EffectSet::of(&[HostDown, PduOff]);

// The table's own rules: a matrix that breaks one does not compile.
const _: () = {
    let mut place = 0;
    while place < MATRIX.len() {
        let row = &MATRIX[place];
        assert!(
            row.cause as u8 == Cause::ALL[place] as u8,
            "rows stand in the order of the causes"
        );
        assert!(!row.reason.is_empty(), "a row says why");
        let (all, latched) = (row.effects(), row.latched());
        assert!(
            !all.has(FanOff) || all.has(PduOff),
            "a row that stops the fan cuts the power (D3)"
        );
        assert!(
            !all.has(FanLeast)
                || !all.any(EffectSet::of(&[FanOff, FanMax, FanFloor])) && !latched.has(FanLeast),
            "whoever slows the fan asks for nothing else of it, and keeps nothing"
        );
        assert!(
            !all.has(FanOff) || latched.has(FanOff) && latched.has(Lockout),
            "a stop is latched and locked out"
        );
        assert!(
            !all.has(PduOff) || latched.has(HostDown),
            "power is cut only after the shutdown request (I11)"
        );
        let mut number = 0;
        while number < row.acts.len() {
            let act = &row.acts[number];
            assert!(
                !act.latches() || latch_of(row.cause).is_some(),
                "a person can reset whatever is latched"
            );
            assert!(
                !act.latches() || act.is_plainly_latched() || RECORDED.has(act.effect),
                "what is latched late or under a condition is recorded"
            );
            assert!(
                !matches!(act.code, Deadline(_)) || !latched.is_empty(),
                "a deadline runs from a latch"
            );
            number += 1;
        }
        assert!(number == row.acts.len(), "every act was looked at");
        place += 1;
    }
    assert!(place == MATRIX.len(), "every row was looked at");
};

/// Effects by which a cause takes something from hosts or fan, or says fire: an alarm of such a cause is an interlock's.
const TAKES: EffectSet = EffectSet::of(&[FanOff, HostDown, PduOff, Lockout, Fire, PreAlarm]);

// Fire and interlock alarms are never shelved, explained away or folded by a flood (I27, H41).
const _: () = {
    let mut number = 0;
    while number < alarm::ROWS.len() {
        let row = &alarm::ROWS[number];
        if let Some(cause) = row.cause {
            let interlock = MATRIX[cause.index()].effects().any(TAKES);
            assert!(
                !interlock || row.shelve_min == 0,
                "no person hides an interlock's alarm"
            );
            assert!(
                !interlock || row.explained_by.is_empty(),
                "no other alarm hides an interlock's"
            );
            assert!(
                !interlock || !matches!(row.storm, alarm::Storm::Folds),
                "no flood hides an interlock's alarm"
            );
        }
        number += 1;
    }
    assert!(number == alarm::ROWS.len(), "every alarm was looked at");
};
