//! What is estimated rather than measured: pure, without clock or heap, time as an argument.

pub mod bodies;
pub mod commission;
pub mod filter;
pub mod heat;
mod kalman;
pub mod limit;
pub mod observer;
pub mod parity;
