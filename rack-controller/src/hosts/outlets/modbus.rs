//! A PDU on Modbus TCP: a coil for each outlet, a coil or discrete input to read it back, an input register for its power.
//!
//! Orders are function 05, to one coil, and nothing else: function 15 writes ranges, in which every bit that nobody asked
//! for is an order too.

use std::net::SocketAddr;
use std::time::Duration;

use tokio_modbus::client::sync::{Context, Reader as _, Writer as _, tcp};
use tokio_modbus::{Error, ExceptionCode, Slave};

use super::plan::{OutletPlan, Registers, Wire};
use super::sightings::State;
use super::{Pdu, PduError};
use crate::config::ReadBack;

/// Longest that a connection or a request may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// One PDU.
pub struct Modbus {
    at: SocketAddr,
    unit: u8,
    /// The connection, while it is whole: after any fault of it there is a new one, so that no late answer is taken for
    /// another's.
    connection: Option<Context>,
}

/// An answer of the client: of the connection, and of the device.
type Answer<T> = Result<Result<T, ExceptionCode>, Error>;

impl Modbus {
    /// Reaches it so, when it is asked for something.
    pub const fn new(at: SocketAddr, unit: u8) -> Self {
        Modbus {
            at,
            unit,
            connection: None,
        }
    }

    fn ask<T>(&mut self, what: impl FnOnce(&mut Context) -> Answer<T>) -> Result<T, PduError> {
        // Out of its place until it has answered: whatever ends this early ends the connection too.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let open = tcp::connect_slave_with_timeout(self.at, Slave(self.unit), Some(PATIENCE));
                open.map_err(|error| PduError::NoAnswer(error.to_string()))?
            }
        };
        let answer = what(&mut connection).map_err(|error| match error {
            Error::Transport(error) => PduError::NoAnswer(error.to_string()),
            Error::Protocol(error) => PduError::Nonsense(error.to_string()),
        })?;
        self.connection = Some(connection);
        answer.map_err(|exception| match exception {
            ExceptionCode::Acknowledge | ExceptionCode::ServerDeviceBusy => {
                PduError::Busy(exception.to_string())
            }
            ExceptionCode::GatewayPathUnavailable | ExceptionCode::GatewayTargetDevice => {
                PduError::NoAnswer(exception.to_string())
            }
            ExceptionCode::IllegalFunction
            | ExceptionCode::IllegalDataAddress
            | ExceptionCode::IllegalDataValue
            | ExceptionCode::ServerDeviceFailure
            | ExceptionCode::MemoryParityError
            | ExceptionCode::Custom(_) => PduError::Unable(exception.to_string()),
        })
    }
}

/// The one value that was asked for.
fn one<T: Copy>(values: &[T]) -> Result<T, PduError> {
    match values {
        [value] => Ok(*value),
        _ => Err(PduError::Nonsense(format!("{} values for one", values.len()))),
    }
}

fn registers(outlet: &OutletPlan) -> Result<Registers, PduError> {
    match &outlet.wire {
        Wire::Modbus { registers, .. } => Ok(*registers),
        Wire::Own | Wire::Redfish { .. } => Err(PduError::Unable("it is no outlet on Modbus".into())),
    }
}

impl Pdu for Modbus {
    fn read(&mut self, outlet: &OutletPlan) -> Result<State, PduError> {
        let registers = registers(outlet)?;
        let bit = match registers.read_back {
            ReadBack::Coil(coil) => self.ask(|to| to.read_coils(coil, 1))?,
            ReadBack::DiscreteInput(input) => self.ask(|to| to.read_discrete_inputs(input, 1))?,
        };
        // A discrete input shows the outlet; a coil what its relay is told.
        let inverted = registers.normally_closed && matches!(registers.read_back, ReadBack::Coil(_));
        let watts = match registers.power {
            Some(power) => {
                let counts = self.ask(|to| to.read_input_registers(power.input_register, 1))?;
                Some(f64::from(one(&counts)?) * power.scale_w)
            }
            None => None,
        };
        Ok(State {
            on: one(&bit)? != inverted,
            watts,
        })
    }

    fn switch(&mut self, outlet: &OutletPlan, on: bool) -> Result<(), PduError> {
        let registers = registers(outlet)?;
        self.ask(|to| to.write_single_coil(registers.coil, on != registers.normally_closed))
    }
}
