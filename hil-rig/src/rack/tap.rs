//! A place to listen at: every transfer, every change of a line and every act, at their moments. Nobody listens unless
//! asked to; then a transfer costs one comparison more.

use std::sync::{Arc, Mutex};

use embedded_hal::i2c::Operation;

use super::Act;
use crate::chip::BusError;

/// Who hears what happens at a rack's terminals. Moments are the rack's clock, us.
pub trait Listen: Send {
    /// A transfer has ended: what was written, what came back, how it ended.
    fn transfer(
        &mut self,
        at_us: u64,
        bus: usize,
        address: u8,
        operations: &[Operation<'_>],
        outcome: Result<(), BusError>,
    );

    /// Levels of the input and output lines, one bit each; told often, whether they have changed or not.
    fn lines(&mut self, at_us: u64, inputs: u64, outputs: u64);

    /// People act, or something breaks.
    fn act(&mut self, at_us: u64, act: &Act);
}

/// Who listens, if anybody does. A copy of a rack is heard by the same.
#[derive(Clone, Default)]
pub(super) struct Tap(Option<Arc<Mutex<dyn Listen>>>);

impl std::fmt::Debug for Tap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Tap(on)" } else { "Tap(off)" })
    }
}

impl Tap {
    pub fn new(listener: Arc<Mutex<dyn Listen>>) -> Self {
        Tap(Some(listener))
    }

    /// Tells the listener. One that has panicked hears no more.
    #[inline]
    pub fn tell(&self, tell: impl FnOnce(&mut dyn Listen)) {
        if let Some(listener) = &self.0
            && let Ok(mut listener) = listener.lock()
        {
            tell(&mut *listener);
        }
    }
}
