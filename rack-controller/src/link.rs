//! The one socket pair between core and front: snapshots and transitions down, commands and signs of life up.
//!
//! ```text
//!  magic "RK" | version | kind 0 | length u32 | sequence u32 | CRC-32C of the payload u32 | payload (postcard)
//! ```
//! Little-endian, at most [`PAYLOAD_MAX`] bytes. The two ends are the same binary, so another version, a broken
//! check sum or a gap in the sequence means that the link is damaged: the reader gives up and the supervisor starts
//! a new front. Nothing that comes up the link is trusted with anything dangerous.

use std::io::{self, Read, Write};

use points::alarm::AlarmDesk;
use points::command::{Command, Proofs, Refusal};
use points::host::{
    Evidence, HostReport, Observations, OutletEvidence, OutletOrder, TIERS, TargetSet, TierSet,
};
use points::input::{InputSet, OVERRIDES_MAX, Override};
use points::interlock::{CauseSet, EffectSet, LatchSet, OutputSet};
use points::setting::Settings;
use points::snapshot::{AlarmStates, Cell, FanCommand, Hold, Snapshot, Why};
use points::unit::UnitMemory;
use points::{Moment, Span, point};
use safety::hosts::StopRecord;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::hosts::agent::plan::{Enrolled, Granted};
use crate::hosts::drill::Drill;
use crate::hosts::order::Committed;
use crate::hosts::plan::Plan;
use crate::listen::Listeners;
use crate::transition::Transition;

/// Version of the messages; both ends are the same binary.
const VERSION: u8 = 11;
/// Largest payload that is written or read, in bytes. A larger one ends the link.
pub const PAYLOAD_MAX: usize = 256 * 1024;
const HEADER: usize = 16;
const MAGIC: [u8; 2] = *b"RK";

static CRC: crc::Crc<u32> = crc::Crc::<u32>::new(&crc::CRC_32_ISCSI);

/// What the core says first on every link: whose front this is, and what already stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Number of the core's run; transitions are counted anew in each.
    pub run: u64,
    /// The rack's name.
    pub name: String,
    /// The rack is emulated.
    pub simulated: bool,
    /// Rated power of the IT load, W.
    pub rated_power_w: f64,
    /// The settings in force, in the order of the table.
    pub settings: Vec<f64>,
    /// The order to shut the hosts down that stands, if one does.
    pub host_down: Option<Committed>,
    /// What outlets are asked.
    pub outlets: OutletOrder,
    /// Tiers, targets and channels.
    pub plan: Plan,
}

impl Hello {
    /// The settings in force; nothing when they are not of this version's table.
    pub fn settings(&self) -> Option<Settings> {
        let mut settings = Settings::default();
        let all = self.settings.len() == settings.values().len();
        let taken = self.settings.iter().enumerate();
        let taken = taken
            .map(|(index, value)| settings.set(index, *value))
            .all(|set| set.is_ok());
        (all && taken).then_some(settings)
    }
}

/// What is remembered of the hosts' stops, as it travels.
pub fn stops(plan: &Plan, known: &StopRecord) -> Vec<Vec<Span>> {
    let of = |name: &str| {
        let times = known.of(points::host::key(name));
        times.map_or_else(Vec::new, |times| times.iter().map(|stop| stop.off).collect())
    };
    plan.targets.iter().map(|target| of(&target.name)).collect()
}

/// From the core to the front.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Down {
    /// The first message.
    Hello(Box<Hello>),
    /// The order to shut the hosts down that stands from now on, or that none does.
    HostDown(Option<Committed>),
    /// What outlets are asked from now on.
    Outlets(OutletOrder),
    /// The picture of a tick.
    Picture(Box<Picture>),
    /// A transition that must not be lost.
    Transition(Box<Transition>),
    /// The answer to a command.
    Answer {
        /// The command's number.
        id: u32,
        /// Applied, or why it was refused.
        result: Result<(), Refusal>,
    },
    /// The challenge for a command.
    Challenge {
        /// The command's number.
        id: u32,
        /// The challenge, or why there is none.
        result: Result<u64, Refusal>,
    },
    /// The hosts whose agents may connect, after `Hello` and whenever that changes.
    Agents(Vec<Enrolled>),
    /// The last stops of every host of the site, in its order, the newest first: after `Hello` and whenever that changes.
    Stops(Vec<Vec<Span>>),
    /// The drill of the hosts' shutdown that runs or was last in this run of the core.
    Drill(Box<Drill>),
    /// The answer to a host that enrols.
    Enrolled {
        /// The request's number.
        id: u32,
        /// Its certificate, or why it gets none.
        result: Result<Granted, String>,
    },
}

/// From the front to the core.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Up {
    /// The front listens.
    Ready(Listeners),
    /// A sign of life, several times a second.
    Alive {
        /// Tick of the last picture taken.
        tick: u64,
        /// Sequence number of the last transition that is kept; the core may forget it.
        transition: u64,
        /// History is being written.
        history: bool,
    },
    /// An order to shut the hosts down is published: who asks now hears it.
    Published(u32),
    /// What has been seen of the targets.
    Seen {
        /// Of the targets.
        evidence: Vec<Evidence>,
        /// Hosts logged in that are no targets, by tier; none while a new front does not know yet who is there.
        logins: Option<[u16; TIERS]>,
        /// Tiers of which a host asks for its status like one but is not logged in.
        unmanaged: TierSet,
        /// Tiers of which a host has heard that it has to shut down and stays.
        staying: TierSet,
        /// Targets of which that is so, by the address they ask from.
        stays: TargetSet,
        /// Of outlets of networked PDUs.
        outlets: Vec<OutletEvidence>,
        /// What hosts report of themselves.
        reports: Vec<HostReport>,
        /// How the last rehearsal ended: its number, hosts that are ready, hosts that are not.
        rehearsed: Option<(u32, u8, u8)>,
        /// Whole days until the first known certificate ends, 0 once it has; none while none is known.
        certificate_days: Option<u16>,
    },
    /// A person's command.
    Command {
        /// Number for the answer.
        id: u32,
        /// What is asked.
        command: Command,
        /// Who stands behind it, where responses were given.
        proofs: Option<Proofs>,
    },
    /// A challenge for a command is asked for.
    Challenge {
        /// Number for the answer.
        id: u32,
        /// The command that persons are to respond for.
        command: Command,
    },
    /// An agent has asked for more time to prepare its host.
    Held {
        /// The place of its target.
        target: u8,
        /// Some was given.
        granted: bool,
    },
    /// A host asks to be enrolled.
    Enrol {
        /// Number for the answer.
        id: u32,
        /// The secret of its claim code.
        secret: [u8; 16],
        /// Its Ed25519 public key.
        public_key: [u8; 32],
    },
}

/// A snapshot as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    tick: u64,
    now: Moment,
    simulated: bool,
    cells: Vec<Cell>,
    alarms: AlarmStates,
    desk: AlarmDesk,
    alarm_since: Vec<Moment>,
    causes: CauseSet,
    latched: CauseSet,
    latches: LatchSet,
    effects: EffectSet,
    why: Box<Why>,
    fan: FanCommand,
    outputs: OutputSet,
    hold: Option<Hold>,
    units: [UnitMemory; 2],
    overrides: Vec<Override>,
    out_of_service: InputSet,
    /// Of every target; none at all where no way has said anything of any.
    evidence: Vec<Observations>,
}

impl From<&Snapshot> for Picture {
    fn from(s: &Snapshot) -> Self {
        Picture {
            tick: s.tick,
            now: s.now,
            simulated: s.simulated,
            cells: s.cells.to_vec(),
            alarms: s.alarms,
            desk: s.desk,
            alarm_since: s.alarm_since.to_vec(),
            causes: s.causes,
            latched: s.latched,
            latches: s.latches,
            effects: s.effects,
            why: Box::new(s.why),
            fan: s.fan,
            outputs: s.outputs,
            hold: s.hold,
            units: s.units,
            overrides: s.overrides.iter().flatten().copied().collect(),
            out_of_service: s.out_of_service,
            evidence: if s.evidence.iter().flatten().all(Option::is_none) {
                Vec::new()
            } else {
                s.evidence.to_vec()
            },
        }
    }
}

impl Picture {
    /// The snapshot again; nothing when it is not of this version's tables.
    pub fn into_snapshot(self) -> Option<Snapshot> {
        let finite = |cell: &Cell| cell.value.map_or(true, f64::is_finite);
        if !self.cells.iter().all(finite) {
            return None;
        }
        let mut overrides = [None; OVERRIDES_MAX];
        if self.overrides.len() > overrides.len() {
            return None;
        }
        for (place, standing) in overrides.iter_mut().zip(self.overrides) {
            *place = Some(standing);
        }
        let mut evidence = Snapshot::default().evidence;
        if self.evidence.len() > evidence.len() {
            return None;
        }
        for (place, ways) in evidence.iter_mut().zip(self.evidence) {
            *place = ways;
        }
        Some(Snapshot {
            overrides,
            evidence,
            out_of_service: self.out_of_service,
            tick: self.tick,
            now: self.now,
            simulated: self.simulated,
            cells: <[Cell; point::COUNT]>::try_from(self.cells).ok()?,
            alarms: self.alarms,
            desk: self.desk,
            alarm_since: self.alarm_since.try_into().ok()?,
            causes: self.causes,
            latched: self.latched,
            latches: self.latches,
            effects: self.effects,
            why: *self.why,
            fan: self.fan,
            outputs: self.outputs,
            hold: self.hold,
            units: self.units,
        })
    }
}

/// Why the link ended.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The other end is gone or does not take or give in time.
    #[error("the other end of the link: {0}")]
    Io(#[from] io::Error),
    /// Bytes that no end of this version sends.
    #[error("damaged frame on the link: {0}")]
    Damaged(&'static str),
    /// A message that does not encode or is too large.
    #[error("message that the link does not carry: {0}")]
    Message(String),
}

/// The sending end.
#[derive(Debug)]
pub struct Sender<W> {
    to: W,
    sequence: u32,
    buffer: Vec<u8>,
}

impl<W: Write> Sender<W> {
    /// Sends to `to`.
    pub fn new(to: W) -> Self {
        Sender {
            to,
            sequence: 0,
            buffer: Vec::new(),
        }
    }

    /// Sends one message, whole.
    ///
    /// # Errors
    /// When it does not encode, is too large, or the other end does not take it. The link is over then.
    pub fn send(&mut self, message: &impl Serialize) -> Result<(), LinkError> {
        let frame = frame(message, self.sequence, std::mem::take(&mut self.buffer))?;
        self.sequence = self.sequence.wrapping_add(1);
        let written = self.to.write_all(&frame);
        self.buffer = frame;
        Ok(written?)
    }
}

fn frame(message: &impl Serialize, sequence: u32, mut buffer: Vec<u8>) -> Result<Vec<u8>, LinkError> {
    buffer.clear();
    buffer.resize(HEADER, 0);
    let mut frame =
        postcard::to_extend(message, buffer).map_err(|error| LinkError::Message(error.to_string()))?;
    let length = frame.len() - HEADER;
    let Some(length32) = u32::try_from(length).ok().filter(|_| length <= PAYLOAD_MAX) else {
        return Err(LinkError::Message(format!("{length} bytes")));
    };
    let check = frame.get(HEADER..).map_or(0, |payload| CRC.checksum(payload));
    let mut header = [0u8; HEADER];
    header[..2].copy_from_slice(&MAGIC);
    header[2] = VERSION;
    header[4..8].copy_from_slice(&length32.to_le_bytes());
    header[8..12].copy_from_slice(&sequence.to_le_bytes());
    header[12..].copy_from_slice(&check.to_le_bytes());
    for (to, from) in frame.iter_mut().zip(header) {
        *to = from;
    }
    Ok(frame)
}

/// The receiving end: takes bytes as they come and gives whole messages.
#[derive(Debug, Default)]
pub struct Receiver {
    sequence: u32,
    payload: Vec<u8>,
}

impl Receiver {
    /// Checks a header; gives the payload's length and check sum.
    fn header(&mut self, header: [u8; HEADER]) -> Result<(usize, u32), LinkError> {
        let word =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        if header[..2] != MAGIC || header[2] != VERSION || header[3] != 0 {
            return Err(LinkError::Damaged("magic or version"));
        }
        let length = usize::try_from(word(4)).unwrap_or(usize::MAX);
        if length > PAYLOAD_MAX {
            return Err(LinkError::Damaged("length"));
        }
        if word(8) != self.sequence {
            return Err(LinkError::Damaged("sequence"));
        }
        self.sequence = self.sequence.wrapping_add(1);
        Ok((length, word(12)))
    }

    /// Waits for one message.
    ///
    /// # Errors
    /// When the other end is gone or a frame is damaged. The link is over then.
    pub fn receive<T: DeserializeOwned>(&mut self, from: &mut impl Read) -> Result<T, LinkError> {
        let mut header = [0; HEADER];
        from.read_exact(&mut header)?;
        let (length, check) = self.header(header)?;
        self.payload.resize(length, 0);
        from.read_exact(&mut self.payload)?;
        if CRC.checksum(&self.payload) != check {
            return Err(LinkError::Damaged("check sum"));
        }
        postcard::from_bytes(&self.payload).map_err(|_| LinkError::Damaged("payload"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::{Pascal, Reading, point::flow};
    use proptest::prelude::*;

    #[test]
    fn a_snapshot_travels_whole() {
        let mut snapshot = Snapshot {
            tick: 7,
            now: Moment(9),
            ..Snapshot::default()
        };
        snapshot.put(flow::RACK_DRAFT, Reading::good(Pascal::of(-9.4), Moment(8)));
        let mut wire = Vec::new();
        let mut sender = Sender::new(&mut wire);
        sender
            .send(&Down::Picture(Box::new(Picture::from(&snapshot))))
            .expect("it is sent");
        sender
            .send(&Down::Answer {
                id: 3,
                result: Err(Refusal::NoKey),
            })
            .expect("it is sent");
        let (mut receiver, mut from) = (Receiver::default(), wire.as_slice());
        let Ok(Down::Picture(picture)) = receiver.receive(&mut from) else {
            panic!("a picture comes first")
        };
        assert_eq!(picture.into_snapshot(), Some(snapshot));
        let answer: Down = receiver.receive(&mut from).expect("the answer comes");
        assert_eq!(
            answer,
            Down::Answer {
                id: 3,
                result: Err(Refusal::NoKey)
            }
        );
    }

    proptest! {
        #[test]
        fn one_changed_byte_is_noticed(at in 0usize..64, bit in 0u8..8) {
            let mut wire = Vec::new();
            Sender::new(&mut wire).send(&Up::Alive { tick: 5, transition: 6, history: true }).expect("it is sent");
            let at = at % wire.len();
            wire[at] ^= 1 << bit;
            let damaged: Result<Up, _> = Receiver::default().receive(&mut wire.as_slice());
            prop_assert!(damaged.is_err());
        }

        #[test]
        fn any_bytes_end_in_an_error_or_a_message(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _: Result<Up, _> = Receiver::default().receive(&mut bytes.as_slice());
        }
    }
}
