//! Where threads meet: one cell per bus for frames, one for orders, one for the picture. Whoever finds a cell taken
//! goes on with what it has; the tick never waits.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use points::host::{OutletOrder, OutletSet};
use points::{Moment, Percent, Quantity, Snapshot};

use super::frame::{DeviceFrame, Orders};
use crate::transition::{Change, Note, Ring};

/// Frames of one bus, by the devices' places in the site.
#[derive(Debug, Default)]
pub struct FrameCell {
    frames: Mutex<Vec<(usize, DeviceFrame)>>,
}

impl FrameCell {
    /// Puts a device's frame; called by the bus thread, which may wait.
    pub fn put(&self, all: impl FnOnce(&mut Vec<(usize, DeviceFrame)>)) {
        all(&mut self.frames.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Copies every frame out, unless the bus thread holds the cell just now.
    pub fn copy(&self, into: &mut [DeviceFrame]) {
        let frames = match self.frames.try_lock() {
            Ok(frames) => frames,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        for (place, frame) in frames.iter() {
            if let Some(to) = into.get_mut(*place) {
                *to = *frame;
            }
        }
    }
}

/// What the last complete tick ordered. Words that may be torn against each other: a drive paired with the moment of the
/// tick before, or with the other blower's of it, is still an order of this machine.
#[derive(Debug, Default)]
pub struct OrderCell {
    at_us: AtomicU64,
    drives: [AtomicU64; 2],
    watchdog: AtomicBool,
    outlets: OutletCell,
}

impl OrderCell {
    /// Gives orders.
    pub fn put(&self, orders: Orders) {
        for (cell, drive) in self.drives.iter().zip(orders.drives) {
            cell.store(drive.get().to_bits(), Ordering::Release);
        }
        self.watchdog.store(orders.watchdog, Ordering::Release);
        self.outlets.put(orders.outlets);
        self.at_us.store(orders.at.as_us(), Ordering::Release);
    }

    /// The orders that stand.
    pub fn get(&self) -> Orders {
        let at = Moment(self.at_us.load(Ordering::Acquire));
        let drive = |cell: &AtomicU64| {
            let percent = f64::from_bits(cell.load(Ordering::Acquire));
            <Percent as Quantity>::new(percent).unwrap_or_default()
        };
        let [a, b] = &self.drives;
        Orders {
            at,
            drives: [drive(a), drive(b)],
            watchdog: self.watchdog.load(Ordering::Acquire),
            outlets: self.outlets.get(),
        }
    }
}

/// What switched outlets are asked, in one word: no outlet is ever asked for both.
#[derive(Debug, Default)]
pub struct OutletCell(AtomicU32);

impl OutletCell {
    /// Asks.
    pub fn put(&self, order: OutletOrder) {
        let word = u32::from(order.on.0) << 16 | u32::from(order.off.0);
        self.0.store(word, Ordering::Release);
    }

    /// What is asked.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "each half is taken out of its bits"
    )]
    pub fn get(&self) -> OutletOrder {
        let word = self.0.load(Ordering::Acquire);
        OutletOrder {
            off: OutletSet(word as u16),
            on: OutletSet((word >> 16) as u16),
        }
    }
}

/// The picture of the last tick, for whoever shows it.
#[derive(Debug, Default)]
pub struct PictureCell {
    picture: Mutex<Snapshot>,
}

impl PictureCell {
    /// Puts the picture, unless somebody copies the last one just now.
    pub fn put(&self, picture: &Snapshot) {
        if let Ok(mut own) = self.picture.try_lock() {
            own.clone_from(picture);
        }
    }

    /// A copy of the picture.
    pub fn get(&self) -> Snapshot {
        self.picture
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Most transitions that wait in the tick while the ring is taken; further ones are lost and counted.
const WAITING: usize = 256;

/// The tick's end of the transition ring.
#[derive(Debug)]
pub struct Teller<'a> {
    ring: &'a Mutex<Ring>,
    waiting: Vec<(Moment, Change, Option<Note>)>,
    noted: u64,
    kept: u64,
    lost: u64,
    ring_lost: u64,
}

impl<'a> Teller<'a> {
    /// Tells into `ring`.
    pub fn new(ring: &'a Mutex<Ring>) -> Self {
        Teller {
            ring,
            waiting: Vec::with_capacity(WAITING),
            noted: 0,
            kept: 0,
            lost: 0,
            ring_lost: 0,
        }
    }

    /// Notes a change; gives its number in the ring, unless it is lost.
    pub fn note(&mut self, at: Moment, change: Change, note: Option<Note>) -> Option<u64> {
        if self.waiting.len() < WAITING {
            self.waiting.push((at, change, note));
            // The ring numbers what it is given from 1 on, and nobody else gives it anything.
            self.noted += 1;
            Some(self.noted)
        } else {
            self.lost += 1;
            None
        }
    }

    /// The last number that is on the front's disk, as far as the ring could be looked at.
    pub fn kept(&mut self) -> u64 {
        if let Ok(ring) = self.ring.try_lock() {
            self.kept = ring.kept();
        }
        self.kept
    }

    /// Hands what waits to the ring, unless somebody reads it just now.
    pub fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        if let Ok(mut ring) = self.ring.try_lock() {
            for (at, change, note) in self.waiting.drain(..) {
                ring.push(at, change, note);
            }
            self.ring_lost = ring.lost();
        }
    }

    /// Transitions lost since start.
    pub fn lost(&self) -> u64 {
        self.lost + self.ring_lost
    }
}
