//! The emulated rack, byte for byte at its buses. `plant/` is physics and knows no bytes; `chip/` answers bytes and
//! knows no physics; `rack/` solders them together; `scenario/` reads and plays scenarios; `report/` is what came of
//! them; `bench/` holds the control benchmark's courses and their least energies; `campaign/` draws lives of a rack by
//! chance and judges them; `wire` and `server` put the rack behind a socket; `exec` puts it under an unmodified program,
//! `vm` (a feature) behind a kernel's own buses.

pub mod bench;
pub mod campaign;
pub mod chip;
pub mod exec;
pub mod plant;
pub mod rack;
pub mod report;
pub mod scenario;
pub mod server;
#[cfg(feature = "vm")]
pub mod vm;
pub mod wire;
