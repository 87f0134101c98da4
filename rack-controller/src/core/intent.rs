//! Commands between being asked and being done: what a person is about to do is written down first (I21).
//!
//! ```text
//!  link, local socket --> asked: noted, numbered --> on disk ---------------> done ----> result noted, answered
//!                                                `-> not within 0.5 s --> takes protection away? refused
//!                                                                          otherwise: done, written when the disk is back
//! ```
//! Latches, resets and what gives protection back never depend on the front's journal: a rack whose disk has failed is
//! still led back to normal by its persons. The key switch and the emergency-off button are contacts, no commands: they
//! act at once. Times are of the system's clock, like everything that concerns processes.

use std::collections::VecDeque;

/// Longest that a command waits for its intent to be on disk.
pub const WRITTEN_WITHIN_US: u64 = 500_000;
/// Commands that wait at once; further ones stay in their queue, which refuses what it cannot hold.
pub const INTENTS_MAX: usize = 16;

/// A command whose intent has been noted.
#[derive(Debug)]
struct Waiting<T> {
    command: T,
    /// Number of the intent among the core's transitions.
    sequence: u64,
    until_us: u64,
}

/// What becomes of a command now.
#[derive(Debug, PartialEq, Eq)]
pub enum Due<T> {
    /// Its intent is on disk.
    Written(T),
    /// It is not, and the time is over.
    NotWritten(T),
}

/// Commands that wait, in the order in which they were asked.
#[derive(Debug)]
pub struct Intents<T> {
    waiting: VecDeque<Waiting<T>>,
}

impl<T> Default for Intents<T> {
    fn default() -> Self {
        Intents {
            waiting: VecDeque::with_capacity(INTENTS_MAX),
        }
    }
}

impl<T> Intents<T> {
    /// Whether one more may wait.
    pub fn has_room(&self) -> bool {
        self.waiting.len() < INTENTS_MAX
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Takes a command whose intent has this number.
    pub fn wait(&mut self, command: T, sequence: u64, now_us: u64) {
        self.waiting.push_back(Waiting {
            command,
            sequence,
            until_us: now_us.saturating_add(WRITTEN_WITHIN_US),
        });
    }

    /// The next command that has waited enough: everything up to the number `kept` is on disk. The first one holds up
    /// those behind it, so that they are done in the order in which they were asked.
    pub fn due(&mut self, kept: u64, now_us: u64) -> Option<Due<T>> {
        let first = self.waiting.front()?;
        let written = kept >= first.sequence;
        if !written && now_us < first.until_us {
            return None;
        }
        let command = self.waiting.pop_front()?.command;
        Some(if written {
            Due::Written(command)
        } else {
            Due::NotWritten(command)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_command_waits_for_its_intent_and_not_for_ever() {
        let mut intents = Intents::default();
        intents.wait("manual", 7, 1_000);
        assert_eq!(intents.due(6, 1_000 + WRITTEN_WITHIN_US - 1), None);
        assert_eq!(intents.due(7, 1_001), Some(Due::Written("manual")));
        intents.wait("silence", 8, 2_000);
        assert_eq!(
            intents.due(7, 2_000 + WRITTEN_WITHIN_US),
            Some(Due::NotWritten("silence"))
        );
        assert!(intents.is_empty());
    }

    proptest! {
        #[test]
        fn every_command_is_due_once_in_its_order_and_none_written_before_its_intent(
            steps in proptest::collection::vec((0_u64..3, 0..2 * WRITTEN_WITHIN_US, 0_u64..40), 1..200)
        ) {
            let mut intents = Intents::default();
            let (mut noted, mut kept, mut now_us, mut done) = (0, 0, 0, 0);
            for (asked, passes_us, reached) in steps {
                for _ in 0..asked {
                    if intents.has_room() {
                        noted += 1;
                        intents.wait(noted, noted, now_us);
                    }
                }
                now_us += passes_us;
                kept = kept.max(reached.min(noted));
                while let Some(due) = intents.due(kept, now_us) {
                    done += 1;
                    match due {
                        Due::Written(command) => {
                            prop_assert!(command == done && command <= kept);
                        }
                        Due::NotWritten(command) => {
                            prop_assert!(command == done && command > kept);
                        }
                    }
                }
                prop_assert_eq!(intents.is_empty(), done == noted);
            }
            now_us += WRITTEN_WITHIN_US;
            while intents.due(kept, now_us).is_some() {
                done += 1;
            }
            prop_assert_eq!(done, noted);
        }
    }
}
