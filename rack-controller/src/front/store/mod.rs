//! The front's storage: the journal in `events.db` and the history in `samples.db`, each with a writer thread of its
//! own behind a bounded queue. Nobody who hands something over ever waits for a disk, and nothing in the rack
//! depends on either.
//!
//! | file | meaning |
//! |---|---|
//! | `error`, `health` | what can go wrong; whether a store works, since when not, what it counted |
//! | `schema`, `open` | numbered steps of a schema; making, checking, setting aside |
//! | `keeper`, `reader`, `thread` | a writer's connection, a reader's connection, a writer's thread |
//! | `events`, `samples` | the two stores |
//!
//! Cost: two threads with 256 KiB of stack, at most four connections with 384 KiB of pages each, no memory-mapped
//! files but the two logs' indices; the queues hold 0.4 MB (journal) and 1.2 MB (history) when they are full.

mod error;
pub mod events;
mod health;
mod keeper;
mod open;
mod reader;
pub mod samples;
mod schema;
#[cfg(test)]
mod tests;
mod thread;

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

pub use error::StoreError;
pub use events::EventStore;
pub use health::Status;
pub use reader::QUESTIONS_MAX;
pub use samples::SampleStore;

/// Both stores.
pub struct Store {
    /// The journal.
    pub events: EventStore,
    /// The history.
    pub samples: SampleStore,
}

impl Store {
    /// Starts both stores in `directory`, which is made if it is missing.
    ///
    /// # Errors
    /// When a thread cannot be started; what is wrong with the disk is not an error but their status.
    pub fn open(directory: &Path) -> io::Result<Store> {
        Ok(Store {
            events: EventStore::open(directory)?,
            samples: SampleStore::open(directory)?,
        })
    }

    /// How each store is, by the name of its file.
    pub fn status(&self) -> [(&'static str, Status); 2] {
        [
            (events::FILE, self.events.status()),
            (samples::FILE, self.samples.status()),
        ]
    }

    /// What both have counted since start.
    pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
        self.events.counters().into_iter().chain(self.samples.counters())
    }

    /// Lets both write what they have and end; whether both did so in time.
    pub fn close(&self, within: Duration) -> bool {
        let until = Instant::now() + within;
        self.samples.stop();
        let events = self.events.close(within);
        let samples = self
            .samples
            .close(until.saturating_duration_since(Instant::now()));
        events && samples
    }
}
