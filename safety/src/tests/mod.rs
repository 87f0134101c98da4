//! Whole-crate tests on a small bench: a healthy rack whose blower obeys, and everything that can be done to it.

mod balance;
mod bench;
mod bypass;
mod explore;
mod fire;
mod heat;
mod proof;
mod properties;
mod record;
mod space;
mod table;
mod units;
mod watch;

use bench::Bench;
