//! A bus and a line that know in advance every transfer that may happen, and its answer.

use crate::driver::BusFault;
use crate::rtu::SerialLine;
use embedded_hal::i2c::{ErrorType, I2c, Operation};
use std::collections::VecDeque;
use std::vec::Vec;

/// One message of a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Message {
    Write(Vec<u8>),
    /// The bytes that arrive; when fewer than asked for, the rest of the buffer stays untouched.
    Read(Vec<u8>),
}

/// One transfer from START to STOP.
#[derive(Clone, Debug)]
pub struct Transfer {
    address: u8,
    messages: Vec<Message>,
    fault: Option<BusFault>,
}

/// A write.
pub fn w(address: u8, bytes: &[u8]) -> Transfer {
    Transfer {
        address,
        messages: Vec::from([Message::Write(bytes.into())]),
        fault: None,
    }
}

/// A plain read.
pub fn r(address: u8, answer: &[u8]) -> Transfer {
    Transfer {
        address,
        messages: Vec::from([Message::Read(answer.into())]),
        fault: None,
    }
}

/// A write, repeated START and a read.
pub fn wr(address: u8, bytes: &[u8], answer: &[u8]) -> Transfer {
    let messages = Vec::from([Message::Write(bytes.into()), Message::Read(answer.into())]);
    Transfer {
        address,
        messages,
        fault: None,
    }
}

/// The same transfer, which fails.
pub fn fails(transfer: Transfer, fault: BusFault) -> Transfer {
    Transfer {
        fault: Some(fault),
        ..transfer
    }
}

/// A request and its reply.
type Exchange = (Vec<u8>, Result<Vec<u8>, BusFault>);

/// A serial line that knows in advance every request that may come, and its reply.
#[derive(Debug)]
pub struct Line {
    script: VecDeque<Exchange>,
}

impl Line {
    /// With exactly these exchanges to come.
    pub fn new<'a>(script: impl IntoIterator<Item = (&'a [u8], Result<&'a [u8], BusFault>)>) -> Line {
        let own = script
            .into_iter()
            .map(|(request, reply)| (request.to_vec(), reply.map(<[u8]>::to_vec)));
        Line {
            script: own.collect(),
        }
    }

    /// Every exchange must have happened.
    pub fn done(&self) {
        assert!(self.script.is_empty(), "never happened: {:x?}", self.script);
    }
}

impl SerialLine for Line {
    fn exchange(&mut self, request: &[u8], reply: &mut [u8]) -> Result<usize, BusFault> {
        let Some((expected, answer)) = self.script.pop_front() else {
            panic!("unexpected request: {request:x?}");
        };
        assert_eq!(request, expected, "{request:x?} instead of {expected:x?}");
        let answer = answer?;
        let came = answer.len().min(reply.len());
        reply[..came].copy_from_slice(&answer[..came]);
        Ok(came)
    }
}

/// The bus.
#[derive(Debug)]
pub struct Mock {
    script: VecDeque<Transfer>,
}

impl Mock {
    /// With exactly these transfers to come.
    pub fn new(script: impl IntoIterator<Item = Transfer>) -> Mock {
        Mock {
            script: script.into_iter().collect(),
        }
    }

    /// Every transfer must have happened.
    pub fn done(&self) {
        assert!(self.script.is_empty(), "never happened: {:?}", self.script);
    }
}

impl ErrorType for Mock {
    type Error = BusFault;
}

impl I2c for Mock {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusFault> {
        let Some(expected) = self.script.pop_front() else {
            panic!("unexpected transfer to {address:#04x}: {operations:x?}");
        };
        assert_eq!(
            address, expected.address,
            "{operations:x?} instead of {expected:x?}"
        );
        assert_eq!(
            operations.len(),
            expected.messages.len(),
            "{operations:x?} instead of {expected:x?}"
        );
        for (operation, message) in operations.iter_mut().zip(&expected.messages) {
            match (operation, message) {
                (Operation::Write(bytes), Message::Write(written)) => {
                    assert_eq!(bytes, written, "{bytes:x?} instead of {expected:x?}");
                }
                (Operation::Read(buffer), Message::Read(answer)) => {
                    assert!(
                        answer.len() <= buffer.len(),
                        "only {} bytes read of {answer:x?}",
                        buffer.len()
                    );
                    if expected.fault.is_none() {
                        buffer[..answer.len()].copy_from_slice(answer);
                    }
                }
                (operation, message) => panic!("{operation:x?} instead of {message:x?}"),
            }
        }
        expected.fault.map_or(Ok(()), Err)
    }
}
