//! Buses of a rack in this process, of every kind, and their workers.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use embedded_hal::i2c::{ErrorType, I2c, Operation};
use hil_rig::rack::{BUSES, Rack, wired};
use points::Moment;
use sensors::driver::BusFault;
use sensors::ds18b20::TextFiles;
use sensors::rtu::SerialLine;

use super::bus::BusWorker;
use super::devices;
use super::digest::Digest;
use super::frame::{DeviceFrame, Orders};
use super::medium::{I2cSegment, ModbusLine, Texts};
use super::world::rig::in_process;
use crate::config::BusKind;
use crate::site::Site;

/// Numbers in a fingerprint that serial lines and texts begin at, apart from those of I2C buses.
const LINES_FROM: usize = 100;
const TEXTS_FROM: usize = 200;

/// A bus of a rack in this process.
#[derive(Clone, Debug)]
pub struct InlineBus {
    rack: Rc<RefCell<Rack>>,
    number: usize,
    digest: Rc<Cell<Option<Digest>>>,
}

impl InlineBus {
    fn note(&self, number: usize, address: u8, operations: &[Operation<'_>], outcome: Result<(), BusFault>) {
        if let Some(mut digest) = self.digest.get() {
            let now = Moment(self.rack.borrow().now_us());
            digest.transfer(now, number, address, operations, outcome);
            self.digest.set(Some(digest));
        }
    }
}

impl ErrorType for InlineBus {
    type Error = BusFault;
}

impl I2c for InlineBus {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusFault> {
        let outcome = self
            .rack
            .borrow_mut()
            .transfer(self.number, address, operations)
            .map_err(in_process);
        self.note(self.number, address, operations, outcome);
        outcome
    }
}

impl SerialLine for InlineBus {
    fn exchange(&mut self, request: &[u8], reply: &mut [u8]) -> Result<usize, BusFault> {
        let came = self.rack.borrow_mut().exchange(self.number, request, reply);
        let outcome = if came > 0 { Ok(()) } else { Err(BusFault::NoAnswer) };
        let read = reply.get_mut(..came).unwrap_or_default();
        self.note(
            LINES_FROM + self.number,
            0,
            &[Operation::Write(request), Operation::Read(read)],
            outcome,
        );
        outcome.map(|()| came)
    }
}

impl TextFiles for InlineBus {
    fn read(&mut self, name: &str, buffer: &mut [u8]) -> Result<usize, BusFault> {
        let length = self.rack.borrow_mut().text(self.number, name, buffer);
        let outcome = length.map(|_| ()).ok_or(BusFault::NoAnswer);
        let read = buffer.get_mut(..length.unwrap_or(0)).unwrap_or_default();
        self.note(
            TEXTS_FROM + self.number,
            0,
            &[Operation::Write(name.as_bytes()), Operation::Read(read)],
            outcome,
        );
        length.ok_or(BusFault::NoAnswer)
    }
}

/// A worker of any medium.
#[derive(Debug)]
pub(super) enum Worker {
    /// Of an I2C segment.
    I2c(BusWorker<I2cSegment<InlineBus>>),
    /// Of a serial line.
    Line(BusWorker<ModbusLine<InlineBus>>),
    /// Of a 1-Wire bus.
    Texts(BusWorker<Texts<InlineBus>>),
}

impl Worker {
    /// A worker for bus number `number` of a site beside a rack.
    pub(super) fn new(
        site: &Site,
        number: usize,
        rack: &Rc<RefCell<Rack>>,
        digest: &Rc<Cell<Option<Digest>>>,
    ) -> Result<Self, String> {
        let plan = &site.buses[number];
        let name = plan.path.strip_prefix("rig://").unwrap_or(&plan.path);
        let known: &[&str] = match plan.kind {
            BusKind::I2c => &BUSES,
            BusKind::Modbus => &wired::SERIAL_LINES,
            BusKind::OneWire | BusKind::Kernel => &wired::TEXT_BUSES,
        };
        let place = known.iter().position(|bus| *bus == name);
        let bus = InlineBus {
            rack: Rc::clone(rack),
            number: place.ok_or_else(|| format!("the rack has no bus `{name}`"))?,
            digest: Rc::clone(digest),
        };
        Ok(match plan.kind {
            BusKind::I2c => Worker::I2c(devices::worker(site, number, bus)),
            BusKind::Modbus => Worker::Line(devices::line_worker(site, number, bus)),
            BusKind::OneWire | BusKind::Kernel => Worker::Texts(devices::text_worker(site, number, bus)),
        })
    }

    /// When there is something to do next.
    pub(super) fn next(&self, orders: Orders) -> Moment {
        match self {
            Worker::I2c(worker) => worker.due(orders),
            Worker::Line(worker) => worker.due(orders),
            Worker::Texts(worker) => worker.due(orders),
        }
    }

    /// Does what is due.
    pub(super) fn step(&mut self, now: Moment, orders: Orders) {
        match self {
            Worker::I2c(worker) => worker.step(&|| now, orders),
            Worker::Line(worker) => worker.step(&|| now, orders),
            Worker::Texts(worker) => worker.step(&|| now, orders),
        };
    }

    /// Hands frames on when any has changed.
    pub(super) fn frames(&mut self, take: impl FnMut(usize, &DeviceFrame)) {
        match self {
            Worker::I2c(worker) => worker.frames(take),
            Worker::Line(worker) => worker.frames(take),
            Worker::Texts(worker) => worker.frames(take),
        }
    }
}
