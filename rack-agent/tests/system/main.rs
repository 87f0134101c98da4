//! The agent's binary between a controller and a host of the tests: what it writes, asks, reports and refuses.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test states what must hold by panicking, and says why it is skipped"
)]

mod host;
mod life;
mod logind;
mod rack;
mod rehearsal;
