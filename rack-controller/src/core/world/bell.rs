//! What wakes the tick before its time.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Wakes the tick early.
#[derive(Debug, Default)]
pub struct Bell {
    rung: Mutex<bool>,
    rings: Condvar,
}

impl Bell {
    /// Rings.
    pub fn ring(&self) {
        *self.rung.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.rings.notify_one();
    }

    /// Waits for a ring, at most for `time`; says whether it rang.
    pub fn wait(&self, time: Duration) -> bool {
        let rung = self.rung.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut rung, _) = self
            .rings
            .wait_timeout_while(rung, time, |rung| !*rung)
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *rung)
    }
}
