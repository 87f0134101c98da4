//! The fingerprint of a run: every byte on every bus and every picture, in their order.
//!
//! Two runs with the same fingerprint did the same at the same moments: it shows that a seed repeats a run to the
//! last bit, and that a change made for speed has changed nothing else.

use std::fmt::Write;

use embedded_hal::i2c::Operation;
use points::{Moment, Snapshot};
use sensors::driver::BusFault;

/// Odd and without a pattern; what it multiplies spreads over all higher bits.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;

/// A running fingerprint. It tells apart what differs by accident; it is no signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digest {
    state: u64,
    /// Transfers taken in.
    pub transfers: u64,
    /// Pictures taken in.
    pub pictures: u64,
}

impl Digest {
    /// The fingerprint of all that was taken in.
    pub fn value(&self) -> u64 {
        self.state
    }

    /// A transfer: when, on which bus, to whom, what was written, what came back.
    pub fn transfer(
        &mut self,
        now: Moment,
        bus: usize,
        address: u8,
        operations: &[Operation<'_>],
        outcome: Result<(), BusFault>,
    ) {
        self.transfers += 1;
        self.word(now.as_us());
        self.word(u64::try_from(bus).unwrap_or(u64::MAX) << 8 | u64::from(address));
        for operation in operations {
            match operation {
                Operation::Write(bytes) => self.bytes(1, bytes),
                Operation::Read(bytes) => self.bytes(2, bytes),
            }
        }
        self.word(match outcome {
            Ok(()) => 0,
            Err(fault) => 1 + fault as u64,
        });
    }

    /// A picture, to its last field.
    pub fn picture(&mut self, picture: &Snapshot) {
        self.pictures += 1;
        // Every field by name: one that is added is not forgotten here.
        let Snapshot {
            tick,
            now,
            simulated,
            cells,
            alarms,
            desk,
            alarm_since,
            causes,
            latched,
            latches,
            effects,
            why,
            fan,
            outputs,
            hold,
            units,
            overrides,
            out_of_service,
            evidence,
        } = picture;
        self.word(*tick);
        self.word(now.as_us());
        for cell in cells {
            match cell.value {
                Ok(number) => self.word(number.to_bits()),
                Err(reason) => self.word(1 + reason as u64),
            }
            self.word(cell.at.as_us());
        }
        for since in alarm_since {
            self.word(since.as_us());
        }
        let moments = why.stands_since.iter().chain(&why.latched_since);
        moments.for_each(|since| self.word(since.as_us()));
        let effects_of = why.holds.iter().chain(&why.waits);
        effects_of.for_each(|set| self.word(u64::from(set.0)));
        self.word(u64::from(why.silenced.0));
        for (place, seen) in (0u64..).zip(evidence.iter().flatten()) {
            let Some(seen) = seen else { continue };
            self.word(place << 8 | u64::from(seen.says.bits()) << 1 | u64::from(seen.counts));
            self.word(seen.at.as_us());
        }
        self.word(fan.drive.get().to_bits());
        let rest = (simulated, alarms, causes, latched, latches, effects);
        let bypassed = (overrides, out_of_service);
        // Writing to a digest cannot fail.
        let _ = write!(
            self,
            "{rest:?} {fan:?} {outputs:?} {hold:?} {bypassed:?} {units:?} {desk:?}"
        );
    }

    fn word(&mut self, word: u64) {
        let mixed = (self.state ^ word).wrapping_mul(SPREAD);
        self.state = mixed ^ (mixed >> 32);
    }

    fn bytes(&mut self, kind: u64, bytes: &[u8]) {
        self.word(kind << 32 | u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        for byte in bytes {
            self.word(u64::from(*byte));
        }
    }
}

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.bytes(3, text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_a_microsecond_and_an_order_make_another_fingerprint() {
        let of = |transfers: &[(u64, u8)]| {
            let mut digest = Digest::default();
            for (at, byte) in transfers {
                digest.transfer(Moment(*at), 1, 0x44, &[Operation::Write(&[*byte])], Ok(()));
            }
            digest.value()
        };
        let reference = of(&[(10, 0xFD), (20, 0x94)]);
        assert_eq!(reference, of(&[(10, 0xFD), (20, 0x94)]));
        for other in [
            &[(10, 0xFC), (20, 0x94)],
            &[(11, 0xFD), (20, 0x94)],
            &[(10, 0x94), (20, 0xFD)],
        ] {
            assert_ne!(reference, of(other));
        }
    }

    #[test]
    fn every_point_counts() {
        let of = |picture: &Snapshot| {
            let mut digest = Digest::default();
            digest.picture(picture);
            digest.value()
        };
        let picture = Snapshot::default();
        for index in 0..points::point::COUNT {
            let mut other = picture.clone();
            other.cells[index].value = Ok(0.0);
            assert_ne!(of(&other), of(&picture), "{index}");
        }
        let mut alarmed = picture.clone();
        alarmed.alarms.active.put(points::alarm::Alarm::Leak, true);
        assert_ne!(of(&alarmed), of(&picture));
        let mut seen = picture.clone();
        seen.evidence[31][5] = Some(points::host::Observed {
            says: points::host::Says::Off,
            at: Moment(1),
            counts: false,
        });
        assert_ne!(of(&seen), of(&picture));
    }
}
