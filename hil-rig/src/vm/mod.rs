//! The controller in a virtual machine (feature `vm`): a stock kernel's own I2C, GPIO and serial drivers lie between the
//! binary that ships and the rack, so what a kernel does with a NACK, an edge or a short transfer is in the loop.
//!
//! ```text
//!   guest:  rack-controller -- /dev/i2c-N, /dev/gpiochip0, /dev/ttyS1 -- i2c-virtio, gpio-virtio, 8250
//!                                                                             |  queues in shared memory
//!   host:   hil-rig -- i2c.rs, gpio.rs, serial.rs -- the rig's socket -- the rack
//! ```
//! The backends are clients of the rig's socket as the controller itself is elsewhere, and not holders of the rack: what a
//! served rack promises then holds here too (its outputs fall when the connection ends, a stuck bus costs its time), an
//! edge is told in its order, and nothing here can look at the truth.
//!
//! Source of the formats: OASIS Virtual I/O Device 1.2, sections 5.15 (I2C adapter) and 5.18 (GPIO). What the kernel
//! makes of them, and what no software tier covers: docs/rig-hardware.md.

mod archive;
mod client;
mod device;
pub mod gpio;
mod gpio_device;
pub mod guest;
pub mod i2c;
pub mod machine;
pub mod serial;

use std::path::PathBuf;

/// Why a virtual machine could not be started, or was lost.
#[derive(Debug, thiserror::Error)]
pub enum VmError {
    /// A file that `tests/vm/prepare` makes is not there.
    #[error("{0} is not there; run tests/vm/prepare")]
    NotPrepared(PathBuf),
    /// A file or a socket.
    #[error("{what}: {error}")]
    Io {
        /// What was to be done.
        what: String,
        /// What the system says.
        error: std::io::Error,
    },
    /// A program that is needed failed.
    #[error("{program}: {why}")]
    Program {
        /// Its name.
        program: String,
        /// What it said.
        why: String,
    },
    /// The guest did not come up, or stopped.
    #[error("the guest {what}; its console ends with: {console}")]
    Guest {
        /// What it did.
        what: String,
        /// The end of what it said.
        console: String,
    },
}

/// An error of the system with what was to be done.
fn failed(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> VmError {
    let what = what.into();
    move |error| VmError::Io { what, error }
}
