//! The bus threads of a core: one a bus, so that a stuck one disturbs no other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::SigSet;

use super::bus::BusWorker;
use super::devices;
use super::frame::Orders;
use super::medium::Medium;
use super::plane::{FrameCell, OrderCell};
use super::run::CoreError;
use super::world::linux::i2c::LinuxI2c;
use super::world::linux::serial::LinuxSerial;
use super::world::linux::texts::LinuxTexts;
use super::world::rig_media::{RigLine, RigTexts};
use super::world::{Clock, World, WorldClock};
use crate::config::BusKind;
use crate::site::Site;

/// What the bus threads share with the tick.
pub(super) struct Buses {
    pub cells: Vec<Arc<FrameCell>>,
    pub orders: Arc<OrderCell>,
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Buses {
    pub fn start(site: &Site, world: &World, clock: WorldClock, first: Orders) -> Result<Self, CoreError> {
        let orders = Arc::new(OrderCell::default());
        orders.put(first);
        let stop = Arc::new(AtomicBool::new(false));
        let mut buses = Buses {
            cells: Vec::new(),
            orders,
            stop,
            threads: Vec::new(),
        };
        for (number, plan) in site.buses.iter().enumerate() {
            let (name, path) = (&plan.name, plan.path.as_str());
            match (world, plan.kind) {
                (World::Rig(rig), BusKind::I2c) => {
                    buses.thread(name, devices::worker(site, number, rig.bus(path)?), clock)?;
                }
                (World::Rig(rig), BusKind::Modbus) => {
                    let line = RigLine::open(rig, path)?;
                    buses.thread(name, devices::line_worker(site, number, line), clock)?;
                }
                (World::Rig(rig), BusKind::OneWire | BusKind::Kernel) => {
                    let files = RigTexts::open(rig, path)?;
                    buses.thread(name, devices::text_worker(site, number, files), clock)?;
                }
                (World::Linux, BusKind::I2c) => {
                    buses.thread(name, devices::worker(site, number, LinuxI2c::new(path)), clock)?;
                }
                (World::Linux, BusKind::Modbus) => {
                    let line = LinuxSerial::new(path, plan.serial);
                    buses.thread(name, devices::line_worker(site, number, line), clock)?;
                }
                (World::Linux, BusKind::Kernel) => {
                    let files = LinuxTexts::of_drivers(path);
                    buses.thread(name, devices::text_worker(site, number, files), clock)?;
                }
                (World::Linux, BusKind::OneWire) => {
                    buses.thread(
                        name,
                        devices::text_worker(site, number, LinuxTexts::new(path)),
                        clock,
                    )?;
                }
            }
        }
        Ok(buses)
    }

    /// Ends all of them and waits until each is through with its bus.
    pub fn end(self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            let _ = thread.join();
        }
    }

    /// Gives a worker a thread of its own.
    fn thread<M>(&mut self, name: &str, worker: BusWorker<M>, clock: WorldClock) -> Result<(), CoreError>
    where
        M: Medium + Send + 'static,
        M::Device: Send,
    {
        let cell = Arc::new(FrameCell::default());
        let (own, orders, stop) = (
            Arc::clone(&cell),
            Arc::clone(&self.orders),
            Arc::clone(&self.stop),
        );
        let body = move || bus_thread(worker, &own, &orders, &stop, clock);
        let builder = std::thread::Builder::new().name(format!("bus-{name}"));
        self.threads.push(builder.spawn(body)?);
        self.cells.push(cell);
        Ok(())
    }
}

fn bus_thread<M: Medium>(
    mut worker: BusWorker<M>,
    cell: &FrameCell,
    orders: &OrderCell,
    stop: &AtomicBool,
    clock: WorldClock,
) {
    // A signal in the middle of a transfer ends it early in some adapters, and one of them (virtio's of Linux 6.1) then frees
    // what the device still writes to. Other threads take what is sent to the process.
    let _ = SigSet::all().thread_block();
    while !stop.load(Ordering::Relaxed) {
        let next = worker.step(&|| clock.now(), orders.get());
        cell.put(|frames| {
            worker.frames(
                |place, frame| match frames.iter_mut().find(|(own, _)| *own == place) {
                    Some((_, own)) => *own = *frame,
                    None => frames.push((place, *frame)),
                },
            );
        });
        std::thread::sleep(clock.real(next - clock.now()));
    }
}
