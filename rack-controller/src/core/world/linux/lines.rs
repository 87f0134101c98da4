//! Contacts and outputs on the lines of a GPIO chip.
//!
//! Levels are read from the chip in every tick, so an edge that was lost costs nothing: edges only wake the tick early. A
//! contact that chatters faster than its edges are read overruns the kernel's queue, which drops them, and the reader
//! rests between two looks, so that a storm takes a bounded share of the machine.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use gpiocdev_uapi::v2::{self, LineConfig, LineFlags, LineRequest, LineValues, Offsets};
use gpiocdev_uapi::{Name, read_event};

use super::super::bell::Bell;
use super::super::{Lines, WorldError, lines_lost};
use super::pins::{Chip, PinsError, system};
use crate::config::Bias;
use crate::core::realtime;
use crate::site::Site;

/// Who holds the lines, as `gpioinfo` shows it.
const CONSUMER: &[u8] = b"rack-controller";
/// Edges that one look takes; what is more waits in the kernel, and what it cannot hold it drops.
const EDGES: usize = 64;
/// Rest between two looks at the edges. The bell has rung before it.
const REST: Duration = Duration::from_millis(1);

/// Why contacts or outputs are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum LinesError {
    /// The chip or a line of it.
    #[error(transparent)]
    Pins(#[from] PinsError),
    /// Somebody else holds a line.
    #[error("{chip}: line `{line}` is held by {user}; free it there, or wire the {kind} to another line")]
    Held {
        /// The chip.
        chip: String,
        /// The line.
        line: String,
        /// Who holds it.
        user: String,
        /// What it is wanted for.
        kind: &'static str,
    },
    /// The kernel refuses.
    #[error("{chip}: the {kind} lines: {error}")]
    Request {
        /// The chip.
        chip: String,
        /// What they are wanted for.
        kind: &'static str,
        /// What the kernel says.
        error: std::io::Error,
    },
}

/// Contacts and outputs of this machine.
pub struct LinuxLines {
    chip: Chip,
    inputs: Option<File>,
    input_mask: u64,
    outputs: Option<File>,
    wanted: Vec<u32>,
    active_low: u64,
    told: Option<u64>,
}

impl LinuxLines {
    /// Opens the site's chip, finds all its lines and takes the inputs. `bell` rings on every edge.
    ///
    /// # Errors
    /// When the chip or a line is not there, or somebody else holds one.
    pub fn open(site: &Site, bell: &Arc<Bell>) -> Result<Self, LinesError> {
        let chip = Chip::open(&site.pins)?;
        let inputs = free(&chip, &site.input_lines, "contact")?;
        let wanted = free(&chip, &site.output_lines, "output")?;
        let (input_mask, requested) = (mask(inputs.len()), !inputs.is_empty());
        let file = requested.then(|| take(&chip, &inputs, input_config(site), "contact"));
        let file = file.transpose()?;
        if let Some(file) = &file {
            let failed = |error| LinesError::Request {
                chip: chip.name.clone(),
                kind: "contact",
                error,
            };
            let (edges, bell) = (file.try_clone().map_err(failed)?, Arc::clone(bell));
            std::thread::Builder::new()
                .name("edges".into())
                .spawn(move || listen(&edges, &bell))
                .map_err(failed)?;
        }
        Ok(LinuxLines {
            chip,
            inputs: file,
            input_mask,
            outputs: None,
            wanted,
            active_low: site.active_low,
            told: None,
        })
    }
}

/// The bits of so many lines.
fn mask(lines: usize) -> u64 {
    (0..lines.min(64)).fold(0, |mask, place| mask | 1 << place)
}

fn places(lines: impl Iterator<Item = usize>) -> u64 {
    lines.fold(0, |mask, line| mask | 1 << line)
}

/// Offsets of lines that nobody holds.
fn free(chip: &Chip, lines: &[String], kind: &'static str) -> Result<Vec<u32>, LinesError> {
    let mut offsets = Vec::with_capacity(lines.len());
    for line in lines {
        let offset = chip.offset(line)?;
        if let Some(user) = chip.user(offset) {
            return Err(LinesError::Held {
                chip: chip.name.clone(),
                line: line.clone(),
                user: user.to_owned(),
                kind,
            });
        }
        offsets.push(offset);
    }
    Ok(offsets)
}

/// All lines inputs with both edges; a pull only where the site asks for one.
fn input_config(site: &Site) -> LineConfig {
    let mut config = LineConfig {
        flags: LineFlags::INPUT | LineFlags::EDGE_RISING | LineFlags::EDGE_FALLING,
        ..LineConfig::default()
    };
    for (bias, flag) in [
        (Bias::PullUp, LineFlags::BIAS_PULL_UP),
        (Bias::PullDown, LineFlags::BIAS_PULL_DOWN),
        (Bias::None, LineFlags::BIAS_DISABLED),
    ] {
        let biased = site
            .input_bias
            .iter()
            .zip(0..)
            .filter(|(own, _)| **own == Some(bias));
        let lines = places(biased.map(|(_, place)| place));
        if lines != 0 {
            let flags = config.flags | flag;
            config.add_flags(flags, lines);
        }
    }
    config
}

/// All lines outputs, with these levels from the moment they are taken.
fn output_config(levels: u64, lines: usize, active_low: u64) -> LineConfig {
    let mut config = LineConfig {
        flags: LineFlags::OUTPUT,
        ..LineConfig::default()
    };
    if active_low != 0 {
        config.add_flags(LineFlags::OUTPUT | LineFlags::ACTIVE_LOW, active_low);
    }
    let mask = mask(lines);
    config.add_values(&LineValues {
        bits: levels & mask,
        mask,
    });
    config
}

fn take(chip: &Chip, offsets: &[u32], config: LineConfig, kind: &'static str) -> Result<File, LinesError> {
    let request = LineRequest {
        offsets: Offsets::from_slice(offsets),
        consumer: Name::from_bytes(CONSUMER),
        config,
        num_lines: u32::try_from(offsets.len()).unwrap_or(u32::MAX),
        ..LineRequest::default()
    };
    v2::get_line(&chip.file, request).map_err(|error| LinesError::Request {
        chip: chip.name.clone(),
        kind,
        error: system(error),
    })
}

/// Rings for every edge until the chip is gone.
fn listen(edges: &File, bell: &Bell) {
    // Where it is not granted the core says so for itself.
    let _ = realtime::schedule();
    let words = v2::LineEdgeEvent::u64_size();
    let mut buffer = vec![0u64; EDGES * words];
    loop {
        match read_event(edges, &mut buffer) {
            Ok(0) => return lines_lost("the GPIO chip is gone"),
            Ok(_) => bell.ring(),
            Err(error) => {
                let error = system(error);
                if error.kind() != std::io::ErrorKind::Interrupted {
                    return lines_lost(&error.to_string());
                }
            }
        }
        std::thread::sleep(REST);
    }
}

impl Lines for LinuxLines {
    fn inputs(&mut self) -> Option<u64> {
        let Some(file) = &self.inputs else { return Some(0) };
        let mut values = LineValues {
            bits: 0,
            mask: self.input_mask,
        };
        match v2::get_line_values(file, &mut values) {
            Ok(()) => Some(values.bits & self.input_mask),
            Err(error) => {
                lines_lost(&system(error).to_string());
                None
            }
        }
    }

    fn claim(&mut self, levels: u64) -> Result<(), WorldError> {
        let config = output_config(levels, self.wanted.len(), self.active_low);
        self.outputs = Some(take(&self.chip, &self.wanted, config, "output")?);
        self.told = Some(levels);
        Ok(())
    }

    fn outputs(&mut self, levels: u64) {
        let Some(file) = self.outputs.as_ref().filter(|_| self.told != Some(levels)) else {
            return;
        };
        let mask = mask(self.wanted.len());
        let values = LineValues {
            bits: levels & mask,
            mask,
        };
        match v2::set_line_values(file, &values) {
            Ok(()) => self.told = Some(levels),
            Err(error) => lines_lost(&system(error).to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_has_a_bit_a_line_and_no_more_than_sixty_four() {
        assert_eq!(mask(0), 0);
        assert_eq!(mask(3), 0b111);
        assert_eq!(mask(64), u64::MAX);
        assert_eq!(mask(65), u64::MAX);
        assert_eq!(places([0, 5].into_iter()), 0b10_0001);
    }
    #[test]
    fn outputs_are_taken_with_the_levels_of_the_first_act() {
        use gpiocdev_uapi::v2::LineAttributeValue::{Flags, Values};
        let config = output_config(0b101, 3, 0b010);
        let found: Vec<_> = (0..2)
            .map(|place| (config.attr(place).mask, config.attr(place).attr.to_value()))
            .collect();
        assert_eq!(config.num_attrs, 2);
        assert!(
            matches!(found[0], (0b010, Some(Flags(flags))) if flags == LineFlags::OUTPUT | LineFlags::ACTIVE_LOW)
        );
        assert!(
            matches!(found[1], (0b111, Some(Values(0b101)))),
            "one that stood stands from the first moment on"
        );
        assert_eq!(
            output_config(0, 3, 0).num_attrs,
            1,
            "levels even where all are off"
        );
    }
}
