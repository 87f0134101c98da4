//! Which faults of instruments stand, and how much of each.

use super::fault::Fault;
use super::instrument::Instrument;

const FAULTS: usize = Fault::ALL.len();
const INSTRUMENTS: usize = Instrument::ALL.len();
const _: () = assert!(FAULTS <= 64, "one bit each");

/// Every fault of every instrument.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    bits: [u64; INSTRUMENTS],
    amounts: Box<[[f64; FAULTS]; INSTRUMENTS]>,
}

impl Default for Standing {
    fn default() -> Self {
        Standing {
            bits: [0; INSTRUMENTS],
            amounts: Box::new([[0.0; FAULTS]; INSTRUMENTS]),
        }
    }
}

impl Standing {
    pub(super) fn set(&mut self, instrument: Instrument, fault: Fault, amount: f64) {
        self.bits[instrument as usize] |= 1 << fault as u8;
        self.amounts[instrument as usize][fault as usize] = amount;
    }

    /// Takes a fault away; gives its amount where it stood.
    pub(super) fn take(&mut self, instrument: Instrument, fault: Fault) -> Option<f64> {
        let amount = self.amount(instrument, fault);
        self.bits[instrument as usize] &= !(1 << fault as u8);
        amount
    }

    /// The amount of a fault that stands.
    pub(super) fn amount(&self, instrument: Instrument, fault: Fault) -> Option<f64> {
        let stands = self.bits[instrument as usize] >> fault as u8 & 1 == 1;
        stands.then(|| self.amounts[instrument as usize][fault as usize])
    }

    /// Everything that stands, by instrument and fault.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Instrument, Fault, f64)> + '_ {
        let busy = Instrument::ALL
            .iter()
            .filter(|one| self.bits[**one as usize] != 0);
        busy.flat_map(|one| {
            let amount = |fault: &Fault| self.amount(*one, *fault).map(|amount| (*one, *fault, amount));
            Fault::ALL.iter().filter_map(amount)
        })
    }
}
