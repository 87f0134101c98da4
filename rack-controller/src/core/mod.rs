//! The process that owns the world: bus threads, tick, latches, supervision. No network, no database, no async
//! runtime; the tick waits for nobody.

pub mod alone;
pub mod bus;
mod buses;
pub mod clock;
pub mod contact;
pub mod devices;
pub mod digest;
pub mod frame;
pub mod inline;
mod inline_bus;
mod inline_hosts;
mod inline_pdu;
pub mod intent;
mod keeper;
pub mod kind;
pub mod lateness;
pub mod medium;
pub mod notify;
pub mod persons;
pub mod plane;
pub mod publication;
pub mod realtime;
pub mod run;
pub mod sightings;
pub mod store;
pub mod supervise;
pub mod uplink;
pub mod world;
