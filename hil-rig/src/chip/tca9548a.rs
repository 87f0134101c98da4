//! TCA9548A: one upstream bus, eight downstream channels, one control byte (11-chips, last section).
//!
//! The control register has no pointer: a write phase stores its last byte, a read phase returns it. Bit n connects
//! channel n, several at once are legal, and the switches move at the STOP, not at the byte. The bus asks
//! [`Tca9548a::connected`] for what is electrically joined.

use super::{Nack, Slave};

/// Emulated multiplexer.
#[derive(Debug, Clone, Default)]
pub struct Tca9548a {
    powered: bool,
    control: u8,
    switched: u8,
    crossed_by: u8,
    mislatched_by: u8,
}

impl Tca9548a {
    /// A multiplexer without power; power-on connects nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Bit n set: channel n is joined to the upstream bus now.
    #[must_use]
    pub fn connected(&self) -> u8 {
        self.switched.rotate_left(u32::from(self.crossed_by))
    }

    /// The RESET pin, held low for a moment: disconnects everything, even a channel that blocks the bus.
    pub fn reset(&mut self) {
        self.control = 0;
        self.switched = 0;
    }

    /// Boards plugged crosswise: channel n + `by` (modulo 8) is joined where n was asked for; reads back as written.
    pub fn cross(&mut self, by: u8) {
        self.crossed_by = by & 7;
    }

    /// A control register that stores the wrong bit: as crossed, but the read-back tells. From the next write on.
    pub fn mislatch(&mut self, by: u8) {
        self.mislatched_by = by & 7;
    }
}

impl Slave for Tca9548a {
    fn write(&mut self, _now_us: u64, bytes: &[u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        if let Some(last) = bytes.last() {
            self.control = last.rotate_left(u32::from(self.mislatched_by));
        }
        Ok(())
    }

    fn read(&mut self, _now_us: u64, buf: &mut [u8]) -> Result<(), Nack> {
        if !self.powered {
            return Err(Nack::Address);
        }
        buf.fill(self.control);
        Ok(())
    }

    fn stop(&mut self, _now_us: u64) {
        self.switched = self.control;
    }

    fn power(&mut self, _now_us: u64, on: bool) {
        self.powered = on;
        self.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(mux: &mut Tca9548a) -> u8 {
        let mut byte = [0xAA];
        mux.read(0, &mut byte).unwrap();
        byte[0]
    }

    #[test]
    fn vectors_and_the_switch_at_stop() {
        let mut mux = Tca9548a::new();
        assert_eq!(mux.write(0, &[4]), Err(Nack::Address));
        mux.power(0, true);
        assert_eq!(control(&mut mux), 0x00);
        mux.write(0, &[0x04]).unwrap();
        assert_eq!((control(&mut mux), mux.connected()), (0x04, 0x00));
        mux.stop(0);
        assert_eq!(mux.connected(), 0x04);
        mux.write(0, &[0x00]).unwrap();
        mux.stop(0);
        assert_eq!((control(&mut mux), mux.connected()), (0x00, 0x00));
    }

    #[test]
    fn crossed_hides_and_mislatched_shows() {
        let mut mux = Tca9548a::new();
        mux.power(0, true);
        mux.cross(1);
        mux.write(0, &[0x80]).unwrap();
        mux.stop(0);
        assert_eq!((control(&mut mux), mux.connected()), (0x80, 0x01));
        mux.cross(0);
        mux.mislatch(2);
        mux.write(0, &[0x01]).unwrap();
        mux.stop(0);
        assert_eq!((control(&mut mux), mux.connected()), (0x04, 0x04));
        mux.reset();
        assert_eq!((control(&mut mux), mux.connected()), (0x00, 0x00));
    }
}
