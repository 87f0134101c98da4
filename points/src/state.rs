//! Values that are one of a few named states. Their numbers are on the wire and are only ever added to.

use crate::quantity::{Kind, Quantity};

macro_rules! states {
    ($($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $number:literal, $text:literal;)+ })+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[repr(u8)]
        pub enum $name { $($(#[doc = $vdoc])+ $variant = $number,)+ }

        impl $name {
            /// Every state, in the order of their numbers.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The state's name as every view shows it.
            pub const fn text(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        const _: () = {
            let mut place = 0;
            while place < $name::ALL.len() {
                assert!($name::ALL[place] as usize == place, "numbers of states rise without a gap");
                place += 1;
            }
        };

        impl Quantity for $name {
            const KIND: Kind = Kind { quantity: "state", unit: "", states: &[$($text),+] };

            /// The state that lies less than a half away: the one at or below the number, or the one above.
            #[inline]
            fn new(number: f64) -> Option<Self> {
                let near = |place: usize| {
                    let state = *Self::ALL.get(place)?;
                    ((f64::from(state as u8) - number).abs() < 0.5).then_some(state)
                };
                // Saturates; a number below zero or none at all begins at the first state.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
                let below = usize::from(number as u8);
                near(below).or_else(|| near(below + 1))
            }

            #[inline]
            fn get(self) -> f64 {
                f64::from(self as u8)
            }
        }
    )+};
}

states! {
    /// A two-valued contact. `Set` is the state the point's text names (door *open*, filter *present*).
    Flag {
        /// The named state does not stand.
        Clear = 0, "no";
        /// The named state stands.
        Set = 1, "yes";
    }
    /// A supervised loop: two resistors tell alarm, intact, cut cable and short circuit apart.
    LoopState {
        /// End-of-line resistance as fitted.
        Normal = 0, "normal";
        /// The alarm resistance: break-wire fired, detector in alarm.
        Alarm = 1, "alarm";
        /// Cable cut.
        Open = 2, "open";
        /// Cable shorted.
        Short = 3, "short";
        /// Between two bands: a fault, never a state.
        Between = 4, "between bands";
    }
    /// A passive extinguisher unit as the monitor sees it.
    ExtinguisherState {
        /// No unit in the holder.
        Absent = 0, "absent";
        /// In the holder but not fully home.
        Unlocked = 1, "unlocked";
        /// In place and able to act.
        Armed = 2, "armed";
        /// Past its date or exposure.
        Expired = 3, "expired";
        /// Its signals disagree.
        Suspect = 4, "suspect";
        /// It has fired.
        Fired = 5, "fired";
    }
    /// What the fan is held by, most binding last.
    Regime {
        /// No tick has yet seen a full set of readings.
        Boot = 0, "boot";
        /// Automatic control on good readings.
        Normal = 1, "normal";
        /// A person holds the fan.
        Manual = 2, "manual";
        /// An input is missing: the fan does not go below its degraded floor.
        Degraded = 3, "degraded";
        /// Full speed.
        Critical = 4, "critical";
        /// Fire or emergency stop: the fan is held off.
        Fire = 5, "fire";
    }
    /// How far the hosts' shutdown has come.
    ShutdownStage {
        /// Nothing asked of the hosts.
        Normal = 0, "normal";
        /// Hosts are told of a risk.
        Advisory = 1, "advisory";
        /// Hosts are asked to limit power.
        Capped = 2, "capped";
        /// Hosts are asked to drain.
        Prepare = 3, "prepare";
        /// Shutdown is committed.
        Commit = 4, "shutting down";
        /// Power is cut.
        PowerCut = 5, "power cut";
        /// Every target is proven off.
        AllOff = 6, "all off";
        /// The danger is over; hosts stay down until what they need is proven.
        CoolingDown = 7, "cooling down";
        /// Tiers come back, the last one first.
        Restarting = 8, "restarting";
    }
    /// In what order tiers go down.
    ShutdownMode {
        /// No shutdown is under way.
        None = 0, "none";
        /// One tier after the other.
        Staged = 1, "one tier after the other";
        /// Time is short: all but the last tier at once, the last one shortly after.
        Compressed = 2, "compressed";
        /// Fire: all tiers at once.
        AtOnce = 3, "all at once";
        /// A person has stopped it: tiers that were told go down, the others are not told.
        Stopped = 4, "stopped by a person";
    }
    /// Why a tier's stage was entered.
    StageReason {
        /// It was not.
        None = 0, "not entered";
        /// The interlocks ask for the shutdown, and it is the first tier's turn.
        Demanded = 1, "it is the first";
        /// All hosts of the tiers before are down.
        Settled = 2, "the tiers before are down";
        /// The tiers before did not come down in their time.
        Deadline = 3, "the tiers before did not come down in time";
        /// There is less time than the stages need in order.
        Short = 4, "too little time for one after the other";
        /// There is fire.
        Fire = 5, "fire";
        /// It was committed before the controller was started anew.
        Restored = 6, "committed before a restart";
    }
    /// How far the blower's self-test has come.
    SelfTestState {
        /// None runs.
        Idle = 0, "idle";
        /// The speed that control holds is looked at.
        Before = 1, "looking at the speed as it is";
        /// The blower goes to full speed.
        Rising = 2, "rising";
        /// A minute at full speed.
        Full = 3, "full speed";
        /// The drive is cut for two seconds.
        Coasting = 4, "coasting";
        /// The drive is back, and the blower has to turn again.
        Recovering = 5, "recovering";
    }
    /// How the last self-test ended.
    SelfTestResult {
        /// There was none yet.
        None = 0, "none yet";
        /// Nothing was found.
        Passed = 1, "passed";
        /// Something was found.
        Failed = 2, "failed";
        /// It was ended before it was done.
        Aborted = 3, "aborted";
    }
    /// How far a commissioning run has come.
    CommissioningState {
        /// None runs.
        Idle = 0, "idle";
        /// The blower is swept.
        Sweeping = 1, "sweeping the blower";
        /// The constants are fitted.
        Fitting = 2, "fitting";
    }
    /// How the last commissioning run ended.
    CommissioningResult {
        /// There was none yet.
        None = 0, "none yet";
        /// The constants are in force.
        Fitted = 1, "fitted";
        /// A person, an interlock, heat or a missing input ended it.
        Aborted = 2, "aborted";
        /// Too few looks.
        Short = 3, "refused: too short";
        /// The blower hardly changed its speed.
        Narrow = 4, "refused: speed hardly changed";
        /// Too little heat.
        Cold = 5, "refused: too little heat";
        /// Exhaust and room, or the tachometer.
        Swapped = 6, "refused: colder with less air";
        /// The draft sensor.
        Draft = 7, "refused: draft does not follow speed";
        /// Something else happened.
        Unexplained = 8, "refused: unexplained";
        /// The flow.
        OffFlow = 9, "refused: flow is not of this make";
        /// Chips or chassis.
        OffHeat = 10, "refused: heat is not of this make";
    }
    /// What a self-test waits for.
    SelfTestWait {
        /// Nothing: it runs.
        Nothing = 0, "nothing";
        /// The site does not allow it.
        Disabled = 1, "not allowed by the site";
        /// The hour that the site allows.
        Hour = 2, "its hour";
        /// A wall clock that is set.
        Clock = 3, "a wall clock that is set";
        /// Half an hour since the controller started.
        Start = 4, "half an hour since the start";
        /// Automatic control on good readings, with the door closed.
        Control = 5, "automatic control on good readings";
        /// An interlock that stands or is latched.
        Interlock = 6, "an interlock to go";
        /// Exhaust air that is not above what control holds.
        Cool = 7, "cooler exhaust air";
        /// Some minutes after one that was aborted.
        Pause = 8, "a pause after the last one";
    }
    /// What one of two blowers does.
    BlowerState {
        /// The fan is held off, or its drive is nothing.
        Stopped = 0, "stopped";
        /// It turns as it is driven.
        Running = 1, "running";
        /// It stands behind its flap until it is needed.
        Standby = 2, "standing by";
        /// It is driven and does not turn as it should.
        Failed = 3, "failed";
        /// Its isolator is open.
        Isolated = 4, "isolated";
        /// It is driven, and its tachometer is not believed or not read.
        Unseen = 5, "speed not known";
    }
    /// What the residuals isolate: measurements that contradict each other, and what would explain that alone.
    ParityFinding {
        /// Every equation that can be judged is met.
        None = 0, "nothing found";
        /// Equations are not met, and no single fault known explains which.
        Unisolated = 1, "not isolated";
        /// One probe of three is off.
        ExhaustA = 2, "exhaust probe A is off";
        /// See `ExhaustA`.
        ExhaustB = 3, "exhaust probe B is off";
        /// See `ExhaustA`.
        ExhaustC = 4, "exhaust probe C is off";
        /// Two probes are left and differ.
        Exhaust = 5, "one of two exhaust probes is off";
        /// Both inlets depart from the room alike.
        Room = 6, "room probe is off";
        /// One inlet departs from the room.
        InletLeft = 7, "left inlet probe is off";
        /// See `InletLeft`.
        InletRight = 8, "right inlet probe is off";
        /// Both filters' sensors agree against it.
        Draft = 9, "draft sensor is off";
        /// The draft and its twin agree against it.
        FilterLeft = 10, "left filter's pressure sensor is off";
        /// See `FilterLeft`.
        FilterRight = 11, "right filter's pressure sensor is off";
        /// Three others agree on the draft.
        Suction = 12, "suction sensor is off";
        /// Two sensors are left of the draft's three and differ.
        Pressure = 13, "one of two draft sensors is off";
        /// One sensor alone sees the draft, and it is not what the speed gives.
        PressureOrAir = 14, "draft sensor is off, or filters or a leak";
        /// It counts another speed than drive, power and draft say.
        Tachometer = 15, "tachometer is wrong";
        /// Power and draft agree with the speed that is counted.
        Drive = 16, "blower does not follow its drive";
        /// Power at its speed is high, and it coasts shorter than it did.
        Bearing = 17, "blower's bearings wear";
        /// Power at its speed is high, and no self-test tells why.
        BearingOrMeter = 18, "bearings wear, or the blower's meter is off";
        /// Power at its speed is low, or high while it coasts as it did.
        BlowerMeter = 19, "blower's meter is off";
        /// The draft has collapsed, and every sensor sees it.
        Door = 20, "door or side panel is open";
        /// More draft than the clean rack's at this speed, and every sensor sees it.
        Clogging = 21, "filters load or are covered";
        /// Less draft, and every sensor sees it.
        Leak = 22, "air leaks in, or a filter is torn";
        /// Less draft and less suction: the jet itself draws less.
        Discharge = 23, "jet is weak: discharge or pipe";
        /// The heat balance alone is not met.
        HeatAlone = 24, "heat balance alone: a meter, the room probe, or heat not metered";
        /// Both inlets depart, to either side: one filter passes more than the other.
        Uneven = 25, "filters pass unevenly";
    }
    /// A host as its evidence shows it.
    HostState {
        /// No evidence.
        Unknown = 0, "unknown";
        /// Running.
        Online = 1, "online";
        /// Told to shut down.
        Notified = 2, "notified";
        /// It has acknowledged.
        Acknowledged = 3, "acknowledged";
        /// One observation says it is down.
        Down = 4, "down, one observation";
        /// Two independent observations say it is down.
        OffVerified = 5, "off, verified";
        /// It was told, and is not down at its deadline.
        Unresponsive = 6, "unresponsive";
        /// Its power was switched off without its consent; two observations have not shown it off yet.
        Forced = 7, "forced off";
        /// It was released after a drill, and has not answered since.
        Returning = 8, "coming back";
    }
    /// How far a drill of the hosts' shutdown is.
    DrillState {
        /// None runs.
        None = 0, "none";
        /// Every channel is tried as far as it goes without effect.
        Rehearsal = 1, "rehearsal";
        /// Named hosts are told to shut down, tier by tier.
        Stopping = 2, "hosts stop";
        /// It was ended early: nobody else is told.
        Ending = 3, "ending, nobody else is told";
        /// Hosts come back.
        Returning = 4, "hosts come back";
    }
    /// How the last drill or rehearsal of the hosts' shutdown ended.
    DrillResult {
        /// There was none yet, or one runs.
        None = 0, "none yet";
        /// Every named host stopped, was proven off and came back.
        Passed = 1, "passed";
        /// A host did not stop, was not proven off or did not come back.
        Failed = 2, "failed";
        /// A person ended it.
        Stopped = 3, "ended by a person";
        /// A warning ended it.
        Warned = 4, "ended by a warning";
        /// A real shutdown took its place.
        Overtaken = 5, "overtaken by a real shutdown";
    }
    /// What the controller does with an outlet that it may switch.
    OutletState {
        /// Nothing: it stays as whoever else has switched it.
        Left = 0, "left alone";
        /// It is to be off and is not known to be yet.
        Cutting = 1, "is being cut";
        /// It is off by order, and stays so until a person resets.
        Cut = 2, "cut";
        /// It is to be off and is not.
        NotObeyed = 3, "not obeyed";
        /// It is to be on again and is not yet.
        Returning = 4, "is being switched on";
    }
}

/// One of two blowers; a rack with one has A.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Blower {
    /// The first.
    A,
    /// The second.
    B,
}

impl Blower {
    /// Both.
    pub const BOTH: [Blower; 2] = [Blower::A, Blower::B];

    /// Its place in every family of points.
    pub const fn index(self) -> usize {
        match self {
            Blower::A => 0,
            Blower::B => 1,
        }
    }

    /// The other one.
    pub const fn other(self) -> Blower {
        match self {
            Blower::A => Blower::B,
            Blower::B => Blower::A,
        }
    }
}

impl Flag {
    /// `Set` for true.
    pub const fn from_bool(set: bool) -> Flag {
        if set { Flag::Set } else { Flag::Clear }
    }

    /// Whether the named state stands.
    pub const fn is_set(self) -> bool {
        matches!(self, Flag::Set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_states_stand_in_order_and_come_back() {
        for (index, state) in LoopState::ALL.iter().enumerate() {
            assert_eq!(*state as usize, index);
            assert_eq!(LoopState::new(state.get()), Some(*state));
            assert_eq!(LoopState::KIND.states[index], state.text());
        }
        assert_eq!(LoopState::new(9.0), None);
        assert_eq!(LoopState::new(f64::NAN), None);
        let all = |number: f64| {
            let mut states = LoopState::ALL.iter().copied();
            states.find(|state| (f64::from(*state as u8) - number).abs() < 0.5)
        };
        for hundredth in -200..700_i16 {
            let number = f64::from(hundredth) / 100.0;
            for number in [number.next_down(), number, number.next_up()] {
                assert_eq!(LoopState::new(number), all(number), "{number}");
            }
        }
    }
}
