//! Why a command is refused: numbered reasons that are only ever added to, each with its words.

macro_rules! refusals {
    ($($(#[doc = $doc:literal])+ $variant:ident = $number:literal, $text:literal;)+) => {
        /// Why a command was refused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[repr(u8)]
        pub enum Refusal { $($(#[doc = $doc])+ $variant = $number,)+ }

        impl Refusal {
            /// Every reason, in the order of their numbers.
            pub const ALL: &'static [Refusal] = &[$(Refusal::$variant),+];

            /// Its short name, as scenarios write it apart from hyphens and case.
            pub const fn key(self) -> &'static str {
                match self { $(Refusal::$variant => stringify!($variant)),+ }
            }

            /// The reason in words.
            pub const fn text(self) -> &'static str {
                match self { $(Refusal::$variant => $text),+ }
            }
        }
    };
}

refusals! {
    /// Out of its span.
    OutOfSpan = 1, "a value is outside its span";
    /// A name or reason is missing.
    Unsigned = 2, "a name or reason is missing";
    /// Somebody else holds the fan.
    HeldByOther = 3, "somebody else holds the fan";
    /// The fan is latched off.
    LatchedOff = 4, "the fan is latched off";
    /// The alarm is not raised.
    NotRaised = 5, "the alarm is not raised";
    /// The latch does not stand.
    NotLatched = 6, "the latch does not stand";
    /// The key switch is not turned.
    NoKey = 7, "the key switch is not turned";
    /// The key switch has stood turned for too long to be a person's act.
    KeyHeld = 8, "the key switch is stuck or held; release it first";
    /// A cause of the latch still stands.
    CauseStands = 9, "a cause still stands";
    /// The soak is not over.
    Soaking = 10, "the soak time is not over";
    /// The door must be closed.
    DoorOpen = 11, "the door is open";
    /// An extinguisher is not ready.
    ExtinguisherNotReady = 12, "an extinguisher is not ready";
    /// The inspection list was not confirmed.
    NotInspected = 13, "the inspection list is not confirmed";
    /// The fan is not proven.
    FanNotProven = 14, "the fan is not proven";
    /// The queue was full.
    QueueFull = 15, "too many commands at once; try again";
    /// The serial number is that of a unit that hangs here or was taken out.
    SerialUsed = 16, "the serial number is that of a unit that hangs or hung here";
    /// No unit was taken out of the holder.
    UnitNotRemoved = 17, "the old unit was not taken out";
    /// The unit does not hang home with a whole wire.
    UnitNotHome = 18, "the unit is not fully home, or its wire is not whole";
    /// No date was given and the wall clock is not believed.
    DateUnknown = 19, "the wall clock is not believed; give the date";
    /// The date lies ahead, or the shelf life from it is over.
    DateWrong = 20, "the date lies ahead, or the shelf life from it is over";
    /// A critical alarm, or one of fire, of a stop or of an interlock.
    NotShelvable = 21, "this alarm is never shelved nor taken out of service";
    /// Longer than the limit of the alarm's row.
    ShelfTooLong = 22, "longer than this alarm may be shelved";
    /// As many alarms are put aside as may be.
    ShelfFull = 23, "too many alarms are put aside; bring one back first";
    /// It is not shelved.
    NotShelved = 24, "the alarm is not shelved";
    /// It is out of service.
    OutOfService = 25, "the alarm is out of service";
    /// It is not out of service.
    InService = 26, "the alarm is not out of service";
    /// A second person has to agree.
    SecondPerson = 27, "a second person's one-time response is missing";
    /// The input can never be overridden.
    NeverOverridden = 28, "a fire input or a read-back is never overridden";
    /// Another input of the same vote is overridden or out of service.
    VoteTaken = 29, "another input of its vote is overridden or out of service";
    /// As many overrides stand as may.
    TooManyOverrides = 30, "as many inputs are overridden as may be";
    /// No override of the input stands.
    NotOverridden = 31, "the input is not overridden";
    /// The input is in service or out of it already.
    ServiceUnchanged = 32, "the input is in service or out of it already";
    /// The last input of its vote stays in service.
    LastOfVote = 33, "it is the last input of its vote";
    /// A one-time response does not fit the command, the person or the moment.
    BadResponse = 34, "a one-time response does not fit; ask for a new challenge";
    /// The person is not known here, or not entitled to the command.
    NotEntitled = 35, "the person is not enrolled for this command";
    /// Too many wrong responses.
    LockedOut = 36, "too many wrong responses; wait a quarter of an hour";
    /// Nothing is overridden beside a fire latch or unreadable records.
    OverridesLocked = 37, "overrides are locked while a fire latch stands or latch records are unreadable";
    /// The journal did not have it on disk in time.
    NotWritten = 38, "the journal cannot be written, and what takes protection away waits for it; mend the disk";
    /// A self-test runs.
    SelfTestRuns = 45, "a self-test runs already";
    /// The exhaust air is too warm for a self-test.
    TooWarm = 46, "the exhaust air is warmer than control holds it; wait until it is not";
    /// Control lacks an input.
    NotAutomatic = 47, "automatic control does not run on good readings: door, probes, meters or a person's hold";
    /// A commissioning run goes on.
    CommissioningRuns = 55, "a commissioning run goes on";
    /// The hosts' load does not suit a commissioning run.
    LoadUnfit = 56, "the hosts' power must stand between a tenth and six tenths of what the rack is rated for";
    /// No shutdown of the hosts is under way.
    NotUnderWay = 57, "no shutdown of the hosts is under way";
    /// Every stage has begun.
    NoStageLeft = 58, "every stage has begun: there is nothing left to hold back";
    /// There is no time to hold a stage back.
    NoTime = 59, "there is no time for it: the stages need all that is left";
    /// There is fire.
    FireStands = 60, "not in a fire";
    /// A drill or rehearsal of the hosts' shutdown runs.
    DrillRuns = 66, "a drill or rehearsal runs already";
    /// Something is asked of hosts, or they may not start.
    NotAtRest = 67, "only at rest: nothing warns, no host is told or on its way back, the fan is proven and the exhaust cool";
    /// A host is not named in the site's file or cannot be proven off.
    NotProvable = 68, "every host of a drill has to be named in the site's file with the two observations that prove it off";
    /// A host is not seen to run.
    NotSeenUp = 69, "a host of the drill is not seen to run";
}
