//! A serial line with Modbus devices, RS-232 or RS-485.
//!
//! A frame of Modbus RTU ends by silence: 3.5 characters, and 1.75 ms above 19200 baud (Modbus over Serial Line V1.02,
//! section 2.5.1.1). Adapters on USB hand over what they have gathered every 16 ms, so here a reply has ended after
//! [`GAP`] or the line's 3.5 characters, whichever is longer.

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use sensors::driver::BusFault;
use sensors::rtu::{FRAME_MAX, SerialLine};
use serial2::{CharSize, FlowControl, Parity, SerialPort, Settings, StopBits, rs4xx};

use super::episode::{Episode, advice};
use crate::config;
use crate::log;
use crate::site::SerialPlan;

/// Longest a device may take to begin its reply.
const ANSWER: Duration = Duration::from_millis(300);
/// Silence that ends a reply.
const GAP: Duration = Duration::from_millis(20);
/// Longest a request may take to leave: 256 characters at 1200 baud, and a driver that waits for its transmitter.
const SENDING: Duration = Duration::from_secs(3);
/// Bits of a character on the line: start, eight, parity or second stop, stop.
const CHARACTER_BITS: u32 = 11;

const MISSING: &str = "switch the UART on (`dtoverlay=uart0` or the like in config.txt) or plug the adapter in; `ls /dev/tty*` shows those there are";

/// A serial line of this machine; opened when it is first used, and anew after it was lost.
pub struct LinuxSerial {
    path: PathBuf,
    plan: SerialPlan,
    port: Option<SerialPort>,
    gap: Duration,
    episode: Episode,
}

impl LinuxSerial {
    /// The line at this path.
    pub fn new(path: &str, plan: SerialPlan) -> Self {
        let silence = Duration::from_secs_f64(3.5 * f64::from(CHARACTER_BITS) / f64::from(plan.baud.max(1)));
        LinuxSerial {
            path: PathBuf::from(path),
            plan,
            port: None,
            gap: GAP.max(silence),
            episode: Episode::new(path.to_owned()),
        }
    }

    /// Why it cannot be used, while it cannot.
    pub fn trouble(&self) -> Option<&str> {
        self.episode.stands()
    }

    fn open(&mut self) -> Result<(), BusFault> {
        if self.port.is_some() {
            return Ok(());
        }
        match open(&self.path, &self.plan) {
            Ok(port) => {
                self.port = Some(port);
                Ok(())
            }
            Err(error) => {
                self.episode.fails(&advice(&error, MISSING, "dialout"));
                Err(BusFault::Other)
            }
        }
    }

    /// One request and what came back.
    fn ask(&mut self, request: &[u8], reply: &mut [u8]) -> io::Result<usize> {
        let Some(port) = &mut self.port else {
            return Err(io::ErrorKind::NotConnected.into());
        };
        port.discard_input_buffer()?;
        port.write_all(request)?;
        port.flush()?;
        port.set_read_timeout(ANSWER)?;
        let (mut came, began) = (0, Instant::now());
        // A device that never falls silent is cut at the longest frame and at the longest time.
        while came < reply.len().min(FRAME_MAX) && began.elapsed() < ANSWER + SENDING {
            match port.read(&mut reply[came..]) {
                // The far end of a pseudo terminal or a pulled adapter.
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    if came == 0 {
                        port.set_read_timeout(self.gap)?;
                    }
                    came += count;
                }
                Err(error) if error.kind() == io::ErrorKind::TimedOut => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(came)
    }
}

fn open(path: &std::path::Path, plan: &SerialPlan) -> io::Result<SerialPort> {
    let settings = |mut settings: Settings| {
        settings.set_raw();
        settings.set_baud_rate(plan.baud)?;
        settings.set_char_size(CharSize::Bits8);
        settings.set_flow_control(FlowControl::None);
        // Eleven bits a character: a second stop bit stands for a parity that is not used, but no device minds one.
        settings.set_stop_bits(StopBits::One);
        settings.set_parity(match plan.parity {
            config::Parity::None => Parity::None,
            config::Parity::Even => Parity::Even,
            config::Parity::Odd => Parity::Odd,
        });
        Ok(settings)
    };
    let mut port = SerialPort::open(path, settings)?;
    port.set_write_timeout(SENDING)?;
    if plan.rs485 {
        // Transceivers that switch by themselves need it not, and some drivers do not have it: no reason to stay silent.
        if let Err(error) = port.set_rs4xx_mode(rs4xx::Rs485Config::new()) {
            log::line(&format!(
                "{}: the driver does not switch an RS-485 transmitter ({error}); take `rs485` out of the file if the transceiver does it by itself",
                path.display()
            ));
        }
    }
    Ok(port)
}

impl SerialLine for LinuxSerial {
    fn exchange(&mut self, request: &[u8], reply: &mut [u8]) -> Result<usize, BusFault> {
        self.open()?;
        match self.ask(request, reply) {
            Ok(0) => {
                self.episode.works();
                Err(BusFault::NoAnswer)
            }
            Ok(came) => {
                self.episode.works();
                Ok(came)
            }
            Err(error) => {
                self.port = None;
                self.episode.fails(&advice(&error, MISSING, "dialout"));
                Err(BusFault::Other)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: SerialPlan = SerialPlan {
        baud: 9600,
        parity: config::Parity::None,
        rs485: false,
    };

    /// A pseudo terminal whose far end is a device with this habit.
    fn beside(device: impl FnOnce(SerialPort) + Send + 'static) -> LinuxSerial {
        let (near, far) = SerialPort::pair().unwrap_or_else(|error| panic!("{error}"));
        std::thread::spawn(move || device(far));
        let mut line = LinuxSerial::new("pair", PLAN);
        line.port = Some(near);
        line
    }

    fn hear(far: &SerialPort, count: usize) -> Vec<u8> {
        let mut heard = vec![0; count];
        far.read_exact(&mut heard)
            .unwrap_or_else(|error| panic!("{error}"));
        heard
    }

    #[test]
    fn a_reply_that_comes_in_pieces_is_gathered_until_silence() {
        let mut line = beside(|far| {
            assert_eq!(hear(&far, 3), [1, 2, 3]);
            let _ = far.write_all(&[4, 5]);
            let _ = far.write_all(&[6]);
            // It stays plugged in until the near end lets go.
            let _ = far.read(&mut [0]);
        });
        let mut reply = [0; 16];
        assert_eq!(line.exchange(&[1, 2, 3], &mut reply), Ok(3));
        assert_eq!(reply[..3], [4, 5, 6]);
    }

    #[test]
    fn what_came_unasked_is_no_answer() {
        let (near, far) = SerialPort::pair().unwrap_or_else(|error| panic!("{error}"));
        far.write_all(&[9; 8]).unwrap_or_else(|error| panic!("{error}"));
        let mut line = LinuxSerial::new("pair", PLAN);
        line.port = Some(near);
        assert_eq!(line.exchange(&[1], &mut [0; 16]), Err(BusFault::NoAnswer));
        assert_eq!(line.trouble(), None, "a silent device is no fault of the line");
    }

    #[test]
    fn a_babbling_device_is_cut() {
        let mut line = beside(|far| while far.write_all(&[0x55; 64]).is_ok() {});
        let mut reply = [0; 32];
        assert_eq!(line.exchange(&[1], &mut reply), Ok(32));
    }

    #[test]
    fn a_line_that_is_not_there_says_what_to_do() {
        let mut line = LinuxSerial::new("/nonexistent/ttyS9", PLAN);
        assert_eq!(line.exchange(&[1], &mut [0; 16]), Err(BusFault::Other));
        assert!(line.trouble().is_some_and(|text| text.contains("ls /dev/tty*")));
    }
}
