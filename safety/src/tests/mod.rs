//! Whole-crate tests on a small bench: a healthy rack whose blower obeys, and everything that can be done to it.

mod balance;
mod bench;
mod blower;
mod bypass;
mod classes;
mod coast;
mod condensation;
mod explore;
mod fire;
mod heat;
mod holder;
mod inputs;
mod layout;
mod pair;
mod probes;
mod proof;
mod properties;
mod record;
mod space;
mod start;
mod table;
mod units;
mod verdicts;
mod watch;
mod why;

use bench::Bench;
