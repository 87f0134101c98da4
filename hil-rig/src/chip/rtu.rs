//! A Modbus RTU line and the devices on it (11-chips, sections 12 and 13).
//!
//! ```text
//!   host --request--> line --unit, CRC--> device --PDU--> line --CRC, faults--> reply, or silence
//! ```
//! An exchange happens at one instant, but for a reply that is late: one that a host no longer waits for stands on the
//! line at its own moment, and meets whoever listens then. Silence is what a host gets for a frame that is damaged, too short or for nobody;
//! an exception for one that is whole and asks for what is not there. A device sees the frame without unit and CRC.

use super::{RelayBoard, Sdm630};

/// Longest frame, in bytes.
pub const FRAME_MAX: usize = 256;

/// How long a host waits for a reply to begin, us.
pub const WAIT_US: u64 = 200_000;

/// The function is not one of the device's.
pub const ILLEGAL_FUNCTION: u8 = 1;
/// There is no such address.
pub const ILLEGAL_ADDRESS: u8 = 2;
/// The number asked for or written is not allowed.
pub const ILLEGAL_VALUE: u8 = 3;

/// What stands between unit and CRC.
#[derive(Debug, Clone, Copy)]
pub struct Pdu {
    bytes: [u8; FRAME_MAX],
    length: usize,
}

impl Pdu {
    /// An answer that begins with its function.
    #[must_use]
    pub fn new(function: u8) -> Self {
        let mut pdu = Self {
            bytes: [0; FRAME_MAX],
            length: 0,
        };
        pdu.push(&[function]);
        pdu
    }

    /// Adds bytes; what does not fit a frame is dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            // One byte for the unit and two for the CRC.
            if let Some(place) = self.bytes[..FRAME_MAX - 3].get_mut(self.length) {
                *place = *byte;
                self.length += 1;
            }
        }
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// A device as the line sees it.
pub trait RtuSlave {
    /// Answers a request, function first. None: it says nothing.
    ///
    /// # Errors
    /// The exception code.
    fn answer(&mut self, now_us: u64, request: &[u8]) -> Result<Option<Pdu>, u8>;

    /// A frozen device speaks as before, but what it measures no longer moves.
    fn freeze(&mut self, on: bool);
}

/// Every kind of device.
#[derive(Debug, Clone)]
pub enum RtuDevice {
    /// Three-phase meter.
    Sdm630(Box<Sdm630>),
    /// Eight relays.
    RelayBoard(RelayBoard),
}

impl RtuDevice {
    /// Whether it hears a frame to everybody.
    fn hears_broadcast(&self) -> bool {
        match self {
            Self::Sdm630(_) => false,
            Self::RelayBoard(_) => true,
        }
    }

    fn slave(&mut self) -> &mut dyn RtuSlave {
        match self {
            Self::Sdm630(meter) => meter.as_mut(),
            Self::RelayBoard(board) => board,
        }
    }
}

/// What can be wrong with a device on the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RtuFault {
    /// It does not answer.
    Silent,
    /// The check sum of its replies is wrong by one bit.
    BadCrc,
    /// It answers every request with this exception.
    Exception {
        /// The code.
        code: u8,
    },
    /// It answers with another unit's number.
    WrongUnit,
    /// Its replies begin so late.
    Late {
        /// How late, us; up to [`WAIT_US`] is in time.
        by_us: u64,
    },
    /// Its replies end half way.
    Cut,
    /// A zero comes behind its replies, as when the driver lets go of the line.
    Noise,
    /// It answers, but what it measures no longer moves.
    Frozen,
}

#[derive(Debug, Clone, Copy, Default)]
struct Faults {
    silent: bool,
    bad_crc: bool,
    exception: Option<u8>,
    wrong_unit: bool,
    late_us: u64,
    cut: bool,
    noise: bool,
}

#[derive(Debug, Clone)]
struct Station {
    unit: u8,
    device: RtuDevice,
    faults: Faults,
}

/// A frame as the line carries it.
#[derive(Debug, Clone, Copy)]
struct Frame {
    bytes: [u8; FRAME_MAX],
    length: usize,
}

impl Frame {
    /// Hands over as many bytes as fit.
    fn give(&self, reply: &mut [u8]) -> usize {
        let sent = self.length.min(reply.len());
        reply[..sent].copy_from_slice(&self.bytes[..sent]);
        sent
    }
}

/// The line with everything on it.
#[derive(Debug, Clone, Default)]
pub struct RtuLine {
    stations: Vec<Station>,
    /// A reply on its way that nobody waits for, and when it begins, us. There is one at most: a later one takes its
    /// place, as two that spoke at once would spoil each other.
    late: Option<(u64, Frame)>,
}

impl RtuLine {
    /// Adds a device at a unit number, 1 to 247.
    pub fn add(&mut self, unit: u8, device: RtuDevice) {
        self.stations.push(Station {
            unit,
            device,
            faults: Faults::default(),
        });
    }

    /// The device at a unit number, to set its inputs or look at its outputs.
    pub fn device_mut(&mut self, unit: u8) -> Option<&mut RtuDevice> {
        self.station(unit).map(|station| &mut station.device)
    }

    /// The device at a unit number.
    #[must_use]
    pub fn device(&self, unit: u8) -> Option<&RtuDevice> {
        let mut stations = self.stations.iter();
        stations
            .find(|station| station.unit == unit)
            .map(|station| &station.device)
    }

    /// Switches a fault of the device at a unit number.
    pub fn set_fault(&mut self, unit: u8, fault: RtuFault, on: bool) {
        let Some(station) = self.station(unit) else { return };
        let faults = &mut station.faults;
        match fault {
            RtuFault::Silent => faults.silent = on,
            RtuFault::BadCrc => faults.bad_crc = on,
            RtuFault::Exception { code } => faults.exception = on.then_some(code),
            RtuFault::WrongUnit => faults.wrong_unit = on,
            RtuFault::Late { by_us } => faults.late_us = if on { by_us } else { 0 },
            RtuFault::Cut => faults.cut = on,
            RtuFault::Noise => faults.noise = on,
            RtuFault::Frozen => station.device.slave().freeze(on),
        }
    }

    fn station(&mut self, unit: u8) -> Option<&mut Station> {
        self.stations.iter_mut().find(|station| station.unit == unit)
    }

    /// One request and what comes back, as many bytes as fit `reply`; zero for silence. A late reply to an earlier
    /// request is what comes back where it begins while the host waits for one that does not.
    pub fn exchange(&mut self, now_us: u64, request: &[u8], reply: &mut [u8]) -> usize {
        // A host drops what came unasked before it asks.
        let began = |late: &mut (u64, Frame)| late.0 <= now_us;
        self.late.take_if(began);
        let late = match self.answer(now_us, request) {
            Some((0..=WAIT_US, frame)) => return frame.give(reply),
            Some((late_us, frame)) => Some((now_us.saturating_add(late_us), frame)),
            None => None,
        };
        let began = |late: &mut (u64, Frame)| late.0 <= now_us.saturating_add(WAIT_US);
        let came = self.late.take_if(began);
        if late.is_some() {
            self.late = late;
        }
        came.map_or(0, |(_, frame)| frame.give(reply))
    }

    /// What a device answers, and how late.
    fn answer(&mut self, now_us: u64, request: &[u8]) -> Option<(u64, Frame)> {
        let (body, crc) = request.split_last_chunk::<2>()?;
        let (unit, pdu) = body.split_first()?;
        if crc16(body) != u16::from_le_bytes(*crc) {
            return None;
        }
        let heard =
            |station: &&mut Station| station.unit == *unit || *unit == 0 && station.device.hears_broadcast();
        let station = self.stations.iter_mut().find(heard)?;
        let function = *pdu.first()?;
        if station.faults.silent {
            return None;
        }
        let answer = match station.faults.exception {
            Some(code) => Err(code),
            None => station.device.slave().answer(now_us, pdu),
        };
        let answer = match answer {
            Ok(answer) => answer?,
            Err(code) => {
                let mut exception = Pdu::new(function | 0x80);
                exception.push(&[code]);
                exception
            }
        };
        Some((station.faults.late_us, station.sent(&answer)))
    }
}

impl Station {
    /// The frame as the line carries it.
    fn sent(&self, answer: &Pdu) -> Frame {
        let faults = self.faults;
        let mut bytes = [0; FRAME_MAX];
        bytes[0] = if faults.wrong_unit {
            self.unit.wrapping_add(1)
        } else {
            self.unit
        };
        let end = 1 + answer.length;
        bytes[1..end].copy_from_slice(answer.bytes());
        let [low, high] = crc16(&bytes[..end]).to_le_bytes();
        bytes[end] = if faults.bad_crc { low ^ 1 } else { low };
        bytes[end + 1] = high;
        let whole = end + 2;
        let length = match (faults.cut, faults.noise) {
            (true, _) => whole / 2,
            (false, true) => (whole + 1).min(FRAME_MAX),
            (false, false) => whole,
        };
        Frame { bytes, length }
    }
}

const CRC: [u16; 256] = crc_table();

const fn crc_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut byte = 0_u16;
    while byte < 256 {
        let mut rest = byte;
        let mut bit = 0;
        while bit < 8 {
            rest = if rest & 1 == 0 {
                rest >> 1
            } else {
                (rest >> 1) ^ 0xA001
            };
            bit += 1;
        }
        table[byte as usize] = rest;
        byte += 1;
    }
    table
}

/// CRC-16/MODBUS.
pub(crate) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0xFFFF, |crc, byte| {
        (crc >> 8) ^ CRC[usize::from((crc ^ u16::from(*byte)) & 0xFF)]
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A request with its check sum.
    pub(in super::super) fn sealed(body: &[u8]) -> Vec<u8> {
        let mut frame = body.to_vec();
        frame.extend(crc16(body).to_le_bytes());
        frame
    }

    fn line() -> RtuLine {
        let mut line = RtuLine::default();
        line.add(1, RtuDevice::RelayBoard(RelayBoard::new(1)));
        line.add(2, RtuDevice::Sdm630(Box::new(Sdm630::new(2))));
        line
    }

    fn exchange(line: &mut RtuLine, request: &[u8]) -> Vec<u8> {
        let mut reply = [0; FRAME_MAX];
        let length = line.exchange(0, request, &mut reply);
        reply[..length].to_vec()
    }

    const ASK: [u8; 8] = [0x01, 0x01, 0x00, 0x00, 0x00, 0x08, 0x3D, 0xCC];

    #[test]
    fn check_sums() {
        assert_eq!(crc16(b"123456789"), 0x4B37);
        assert_eq!(sealed(&ASK[..6]), ASK);
    }

    #[test]
    fn a_damaged_short_or_foreign_frame_is_met_with_silence() {
        let mut line = line();
        assert_eq!(exchange(&mut line, &ASK), sealed(&[0x01, 0x01, 0x01, 0x00]));
        for bit in 0..64 {
            let mut bad = ASK;
            bad[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(exchange(&mut line, &bad), [0_u8; 0], "bit {bit}");
        }
        for length in 0..ASK.len() {
            assert_eq!(exchange(&mut line, &ASK[..length]), [0_u8; 0], "{length} bytes");
        }
        assert_eq!(exchange(&mut line, &sealed(&[0x07, 0x01, 0, 0, 0, 8])), [0_u8; 0]);
        assert_eq!(exchange(&mut line, &sealed(&[0x01])), [0_u8; 0], "no function");
    }

    #[test]
    fn faults_spoil_replies_each_in_its_way() {
        let good = sealed(&[0x01, 0x01, 0x01, 0x00]);
        let mut bad_crc = good.clone();
        bad_crc[4] ^= 1;
        let noisy = [&good[..], &[0]].concat();
        for (fault, seen) in [
            (RtuFault::Silent, vec![]),
            (RtuFault::BadCrc, bad_crc),
            (RtuFault::Exception { code: 4 }, sealed(&[0x01, 0x81, 0x04])),
            (RtuFault::WrongUnit, sealed(&[0x02, 0x01, 0x01, 0x00])),
            (RtuFault::Late { by_us: WAIT_US }, good.clone()),
            (RtuFault::Late { by_us: WAIT_US + 1 }, vec![]),
            (RtuFault::Cut, good[..3].to_vec()),
            (RtuFault::Noise, noisy),
            (RtuFault::Frozen, good.clone()),
        ] {
            let mut line = line();
            line.set_fault(1, fault, true);
            assert_eq!(exchange(&mut line, &ASK), seen, "{fault:?}");
            line.set_fault(1, fault, false);
            assert_eq!(exchange(&mut line, &ASK), good, "{fault:?} off");
        }
        let mut line = line();
        line.set_fault(9, RtuFault::Silent, true);
        assert_eq!(exchange(&mut line, &ASK), good, "nobody is there");
    }

    #[test]
    fn a_late_reply_meets_who_listens_when_it_begins() {
        let late = RtuFault::Late { by_us: 300_000 };
        let asked = |line: &mut RtuLine, now_us, unit: u8| {
            let mut reply = [0; FRAME_MAX];
            let length = line.exchange(now_us, &sealed(&[unit, 0x01, 0, 0, 0, 8]), &mut reply);
            reply[..length].to_vec()
        };
        let mut line = line();
        line.set_fault(1, late, true);
        let good = sealed(&[0x01, 0x01, 0x01, 0x00]);
        assert_eq!(asked(&mut line, 0, 1), [0_u8; 0], "it begins at 300 ms");
        assert_eq!(asked(&mut line, 100_000, 7), good, "nobody else speaks at 300 ms");
        assert_eq!(asked(&mut line, 120_000, 7), [0_u8; 0], "once");
        assert_eq!(asked(&mut line, 1_000_000, 1), [0_u8; 0]);
        assert_eq!(
            asked(&mut line, 1_200_000, 1),
            good,
            "the answer to what was asked before, and the next is late"
        );
        assert_eq!(
            asked(&mut line, 1_500_000, 7),
            [0_u8; 0],
            "dropped before it was asked"
        );
        assert_eq!(asked(&mut line, 2_000_000, 1), [0_u8; 0]);
        line.set_fault(1, late, false);
        assert_eq!(asked(&mut line, 2_150_000, 1), good, "its own, at once");
        assert_eq!(
            asked(&mut line, 2_400_000, 7),
            [0_u8; 0],
            "the late one has passed"
        );
    }

    #[test]
    fn a_reply_that_does_not_fit_is_cut() {
        let mut line = line();
        let mut small = [0; 3];
        assert_eq!(line.exchange(0, &ASK, &mut small), 3);
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_requests_never_break_a_device(
            requests in proptest::collection::vec((0_u8..3, proptest::collection::vec(proptest::num::u8::ANY, 0..260)), 1..40),
        ) {
            let mut line = line();
            for (now_us, (unit, body)) in (0..).step_by(70_000).zip(requests) {
                let mut reply = [0; FRAME_MAX];
                let length = line.exchange(now_us, &sealed(&[&[unit], &body[..]].concat()), &mut reply);
                if length > 0 {
                    let (body, crc) = reply[..length].split_last_chunk::<2>().unwrap();
                    assert_eq!(crc16(body), u16::from_le_bytes(*crc));
                }
            }
        }
    }
}
