//! The trace of a run: one line of JSON for every transfer, every line that moves and every act, in virtual time.
//!
//! ```text
//!   {"t_us":10020000,"bus":"air","addr":68,"w":"fd","r":null,"error":null}
//!   {"t_us":10028900,"bus":"air","addr":68,"w":null,"r":"66693d81a2c4","error":null}
//!   {"t_us":10050000,"input":"door","level":0}
//!   {"t_us":10100000,"output":"horn","level":1}
//!   {"t_us":10050000,"act":"door open"}
//! ```
//! `w` and `r` are the first phase written and the first read, in hexadecimal; what a transfer does beyond one of each
//! follows in `more`. A read that failed has no bytes. Lines begin with the level of every line.

use std::fmt::Write as _;
use std::io::Write;

use embedded_hal::i2c::Operation;
use hil_rig::chip::BusError;
use hil_rig::rack::{Act, BUSES, INPUTS, Listen, OUTPUTS};

/// Writes a trace. It has no end but that of the run: a line is some 80 bytes, an hour of the built-in rack some 110 MB.
#[derive(Debug)]
pub struct Trace<W> {
    to: W,
    line: String,
    levels: Option<(u64, u64)>,
    lines: u64,
    failed: Option<std::io::Error>,
}

impl<W: Write> Trace<W> {
    /// A trace into a file or anything that is written.
    pub fn new(to: W) -> Self {
        Trace {
            to,
            line: String::with_capacity(256),
            levels: None,
            lines: 0,
            failed: None,
        }
    }

    /// Ends it; how many lines it has.
    ///
    /// # Errors
    /// When not all of it is written.
    pub fn end(&mut self) -> std::io::Result<u64> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.to.flush().map(|()| self.lines),
        }
    }

    /// Begins a line; what was begun before is dropped.
    fn begin(&mut self, at_us: u64) {
        self.line.clear();
        let _ = write!(self.line, "{{\"t_us\":{at_us}");
    }

    /// Ends a line. After the first failure nothing is written any more.
    fn put(&mut self) {
        self.line.push_str("}\n");
        if self.failed.is_none() {
            match self.to.write_all(self.line.as_bytes()) {
                Ok(()) => self.lines += 1,
                Err(error) => self.failed = Some(error),
            }
        }
    }

    /// Bytes in hexadecimal, or `null`.
    fn hex(&mut self, bytes: Option<&[u8]>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let Some(bytes) = bytes else {
            self.line.push_str("null");
            return;
        };
        self.line.push('"');
        for byte in bytes {
            self.line.push(char::from(DIGITS[usize::from(byte >> 4)]));
            self.line.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
        self.line.push('"');
    }

    fn level(&mut self, at_us: u64, kind: &str, name: &str, high: bool) {
        self.begin(at_us);
        let _ = write!(self.line, ",\"{kind}\":\"{name}\",\"level\":{}", u8::from(high));
        self.put();
    }
}

/// Bytes of an operation and whether they were read; none of a read that failed.
fn bytes<'a>(operation: &'a Operation<'_>, failed: bool) -> (bool, Option<&'a [u8]>) {
    match operation {
        Operation::Write(bytes) => (false, Some(bytes)),
        Operation::Read(bytes) => (true, (!failed).then_some(&**bytes)),
    }
}

impl<W: Write + Send> Listen for Trace<W> {
    fn transfer(
        &mut self,
        at_us: u64,
        bus: usize,
        address: u8,
        operations: &[Operation<'_>],
        outcome: Result<(), BusError>,
    ) {
        let failed = outcome.is_err();
        let written = operations
            .first()
            .filter(|first| matches!(first, Operation::Write(_)));
        let after = &operations[usize::from(written.is_some())..];
        let read = after.first().filter(|next| matches!(next, Operation::Read(_)));
        let more = &after[usize::from(read.is_some())..];
        self.begin(at_us);
        let name = BUSES.get(bus).copied().unwrap_or("none");
        let _ = write!(self.line, ",\"bus\":\"{name}\",\"addr\":{address},\"w\":");
        self.hex(written.and_then(|one| bytes(one, failed).1));
        self.line.push_str(",\"r\":");
        self.hex(read.and_then(|one| bytes(one, failed).1));
        if !more.is_empty() {
            self.line.push_str(",\"more\":[");
            for (place, operation) in more.iter().enumerate() {
                let (is_read, bytes) = bytes(operation, failed);
                let comma = if place > 0 { "," } else { "" };
                let _ = write!(self.line, "{comma}{{\"{}\":", if is_read { "r" } else { "w" });
                self.hex(bytes);
                self.line.push('}');
            }
            self.line.push(']');
        }
        self.line.push_str(",\"error\":");
        match outcome {
            Ok(()) => self.line.push_str("null"),
            // Texts of our own, without anything to escape.
            Err(error) => {
                let _ = write!(self.line, "\"{error}\"");
            }
        }
        self.put();
    }

    fn lines(&mut self, at_us: u64, inputs: u64, outputs: u64) {
        let before = self.levels.replace((inputs, outputs));
        let (was_in, was_out) = before.unwrap_or((!inputs, !outputs));
        if before == Some((inputs, outputs)) {
            return;
        }
        for (line, name) in INPUTS {
            let bit = *line as u32;
            if (inputs ^ was_in) >> bit & 1 == 1 {
                self.level(at_us, "input", name, inputs >> bit & 1 == 1);
            }
        }
        for (line, name) in OUTPUTS {
            let bit = *line as u32;
            if (outputs ^ was_out) >> bit & 1 == 1 {
                self.level(at_us, "output", name, outputs >> bit & 1 == 1);
            }
        }
    }

    fn act(&mut self, at_us: u64, act: &Act) {
        self.begin(at_us);
        let _ = write!(self.line, ",\"act\":{}", serde_json::json!(act.to_string()));
        self.put();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(tell: impl FnOnce(&mut Trace<Vec<u8>>)) -> String {
        let mut trace = Trace::new(Vec::new());
        tell(&mut trace);
        String::from_utf8(trace.to).expect("UTF-8")
    }

    #[test]
    fn a_transfer_is_a_line() {
        let mut back = [0x66, 0x69, 0x3D];
        let text = told(|trace| {
            trace.transfer(7, 0, 0x44, &[Operation::Write(&[0xFD])], Ok(()));
            let both = [Operation::Write(&[0x01]), Operation::Read(&mut back)];
            trace.transfer(8, 2, 0x2F, &both, Ok(()));
            trace.transfer(9, 2, 0x2F, &both, Err(BusError::NackAddress));
            let three = [
                Operation::Write(&[1]),
                Operation::Write(&[2]),
                Operation::Write(&[3]),
            ];
            trace.transfer(10, 1, 0x48, &three, Ok(()));
        });
        assert_eq!(
            text.lines().collect::<Vec<_>>(),
            [
                r#"{"t_us":7,"bus":"air","addr":68,"w":"fd","r":null,"error":null}"#,
                r#"{"t_us":8,"bus":"fan","addr":47,"w":"01","r":"66693d","error":null}"#,
                r#"{"t_us":9,"bus":"fan","addr":47,"w":"01","r":null,"error":"address not acknowledged"}"#,
                r#"{"t_us":10,"bus":"fire","addr":72,"w":"01","r":null,"more":[{"w":"02"},{"w":"03"}],"error":null}"#,
            ]
        );
        for line in text.lines() {
            assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn lines_are_told_once_and_then_when_they_move() {
        let text = told(|trace| {
            trace.lines(1, 0, 0);
            trace.lines(2, 0, 0);
            trace.lines(3, 1, 2);
            trace.act(4, &Act::Door { open: true });
        });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), INPUTS.len() + OUTPUTS.len() + 3);
        assert_eq!(
            lines[lines.len() - 3..],
            [
                r#"{"t_us":3,"input":"door","level":1}"#,
                r#"{"t_us":3,"output":"fan-contact-close","level":1}"#,
                r#"{"t_us":4,"act":"door open"}"#,
            ]
        );
    }
}
