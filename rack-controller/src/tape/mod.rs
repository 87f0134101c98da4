//! Tapes: everything a run's ticks have seen, recorded at the seam of raw frames, and played to a machine again.
//!
//! ```text
//!   Frame, commands, starts --Recorder--> sink: file, or helper thread --> FILE
//!   FILE --Reader--> a new Machine for every start --> its pictures, compared with the recorded ones to the last bit
//! ```
//! A tape holds the site's configuration, what every start of a core found, and for each tick what has changed since
//! the tick before: bytes of devices, levels, health; and what came of it: changed values and the digest of the whole
//! picture. So a replay needs no rack, and says at which tick and which point it first differs.
//!
//! The file (all numbers little-endian; `crc` is CRC-32C of the payload):
//!
//! ```text
//!   "RACKTAPE"  version u16 | length u32  crc u32  Header | length u32  crc u32  Entry Entry ... | ...
//! ```

mod background;
mod format;
mod read;
mod record;
mod replay;

#[cfg(test)]
mod tests;

pub use background::Background;
pub use format::{FRAME_MAX, Found, Header, TapeError, VERSION};
pub use read::Reader;
pub use record::{FileSink, Recorder, Sink, file};
pub use replay::{Difference, Replayed, replay, run};

/// The software that records and replays.
pub fn software() -> String {
    format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"))
}

impl Header {
    /// The header of a recording by this software.
    pub fn new(label: String, site: String) -> Self {
        Header {
            software: software(),
            map: points::point::MAP_VERSION,
            label,
            site,
        }
    }
}
