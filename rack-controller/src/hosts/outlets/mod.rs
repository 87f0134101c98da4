//! Outlets of networked PDUs: switched as the core says, read back, and told to the core.
//!
//! ```text
//!  core's word (off, on, nothing) --> watch, one thread a PDU --> redfish or modbus --> PDU
//!  core <-- sightings <-- state and power
//! ```
//! Nothing is decided here. Silence of the core takes nothing back, and without its word nothing is switched at all. An
//! order is given to one outlet at a time, never to a group or a range, and only where the core asks for something: what
//! nobody asks for stays as whoever else has switched it. An order that was accepted is a request and no result: the
//! outlet is read, and the order repeated every 5 s for as long as the two differ.

pub mod modbus;
pub mod plan;
pub mod redfish;
pub mod sightings;
pub mod watch;

pub use super::bmc::BmcError as PduError;

use points::host::OutletOrder;
use tokio::sync::watch as cell;

use super::plan::Plan;
use plan::{OutletPlan, PduPlan, Reach};
use sightings::{OutletSightings, State};

/// Stack of a thread, in bytes: requests are shallow, and memory is limited.
const STACK: usize = 512 << 10;

/// What is asked of a PDU.
pub trait Pdu {
    /// An outlet's state, as the PDU says.
    ///
    /// # Errors
    /// When it says nothing that can be used.
    fn read(&mut self, outlet: &OutletPlan) -> Result<State, PduError>;

    /// Switches one outlet.
    ///
    /// # Errors
    /// When it is not accepted.
    fn switch(&mut self, outlet: &OutletPlan, on: bool) -> Result<(), PduError>;
}

/// Starts a thread for every PDU that has an outlet of the site. They live as long as the process.
///
/// # Errors
/// When a thread cannot be started.
pub fn start(
    plan: &Plan,
    orders: &cell::Receiver<Option<OutletOrder>>,
    sightings: &OutletSightings,
) -> std::io::Result<()> {
    for (place, pdu) in plan.pdus.iter().enumerate() {
        let own = |outlet: &&OutletPlan| outlet.wire.pdu() == Some(place);
        let outlets: Vec<OutletPlan> = plan.outlets.iter().filter(own).cloned().collect();
        if outlets.is_empty() || pdu.left_out {
            continue;
        }
        let (pdu, orders, sightings) = (pdu.clone(), orders.clone(), sightings.clone());
        std::thread::Builder::new()
            .name(format!("pdu-{place}"))
            .stack_size(STACK)
            .spawn(move || watch::run(&pdu, &outlets, &orders, &sightings))?;
    }
    Ok(())
}

/// Reaches a PDU.
fn open(pdu: &PduPlan) -> Result<Box<dyn Pdu>, PduError> {
    Ok(match &pdu.reach {
        Reach::Redfish(reach) => Box::new(redfish::Redfish::new(reach)?),
        Reach::Modbus { at, unit } => Box::new(modbus::Modbus::new(*at, *unit)),
    })
}
