//! A GPIO chip and its lines by name.
//!
//! A site names a chip by its device file, or by its label as `gpio:LABEL`: kernels number chips as they find them, and the
//! header of one board has been `/dev/gpiochip0` and `/dev/gpiochip4`. A line is named as the kernel names it (`GPIO17`), or
//! by its offset on the chip (`17`).

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use gpiocdev_uapi::v2::{self, ChipInfo, LineFlags, get_chip_info};

use super::episode::advice;

/// Most chips that are looked at for a label.
const CHIPS_MAX: u32 = 32;
/// Most lines of a chip that are looked at; the largest header has some fifty.
const CHIP_LINES_MAX: u32 = 512;
/// How a chip is named by its label.
pub const BY_LABEL: &str = "gpio:";

const MISSING: &str = "`ls /dev/gpiochip*` shows the chips there are, `gpiodetect` their labels";

/// Why the lines are not to be had.
#[derive(Debug, thiserror::Error)]
pub enum PinsError {
    /// The chip.
    #[error("{path}: {error}")]
    Chip {
        /// Its device file.
        path: String,
        /// What the system says, and what to do.
        error: String,
    },
    /// No chip has this label.
    #[error(
        "no GPIO chip is labelled `{label}`; there are {known}; write one of them after `gpio:` in `pins`"
    )]
    Label {
        /// The label asked for.
        label: String,
        /// The labels there are.
        known: String,
    },
    /// The chip has no such line.
    #[error("{chip} has no line `{line}`{hint}; `gpioinfo` lists its lines")]
    Line {
        /// The chip.
        chip: String,
        /// The line asked for.
        line: String,
        /// A name that is nearly the same.
        hint: String,
    },
    /// Two lines of the chip have this name.
    #[error("{chip} has {count} lines named `{line}`; write the offset of the one that is meant")]
    Ambiguous {
        /// The chip.
        chip: String,
        /// The name.
        line: String,
        /// How many.
        count: usize,
    },
}

/// A line as the chip tells it.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name; may be empty.
    pub name: String,
    /// Who uses it; none while it is free.
    pub user: Option<String>,
}

/// An open chip.
#[derive(Debug)]
pub struct Chip {
    /// Its device file, to ask it for lines.
    pub file: File,
    /// Its name in messages: device file and label.
    pub name: String,
    /// Its lines, in the order of their offsets.
    pub lines: Vec<Line>,
}

impl Chip {
    /// Opens the chip that a site names.
    ///
    /// # Errors
    /// When it is not there or tells nothing.
    pub fn open(pins: &str) -> Result<Self, PinsError> {
        match pins.strip_prefix(BY_LABEL) {
            None => Self::at(Path::new(pins)),
            Some(label) => Self::labelled(label),
        }
    }

    fn labelled(label: &str) -> Result<Self, PinsError> {
        let mut known = Vec::new();
        for number in 0..CHIPS_MAX {
            let path = PathBuf::from(format!("/dev/gpiochip{number}"));
            let Ok((file, info)) = look(&path) else { continue };
            let found = text(&info.label);
            if found == label {
                return Self::with(&path, file, &info);
            }
            known.push(format!("`{found}`"));
        }
        Err(PinsError::Label {
            label: label.to_owned(),
            known: if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            },
        })
    }

    fn at(path: &Path) -> Result<Self, PinsError> {
        let (file, info) = look(path).map_err(|error| PinsError::Chip {
            path: path.display().to_string(),
            error: advice(&error, MISSING, "gpio"),
        })?;
        Self::with(path, file, &info)
    }

    fn with(path: &Path, file: File, info: &ChipInfo) -> Result<Self, PinsError> {
        let name = format!("{} ({})", path.display(), text(&info.label));
        let mut lines = Vec::new();
        for offset in 0..info.num_lines.min(CHIP_LINES_MAX) {
            let line = v2::get_line_info(&file, offset).map_err(|error| PinsError::Chip {
                path: name.clone(),
                error: format!("line {offset}: {error}; is it a GPIO chip, and Linux 5.10 or later?"),
            })?;
            let user = text(&line.consumer);
            let user = if user.is_empty() {
                "the kernel".to_owned()
            } else {
                user
            };
            lines.push(Line {
                name: text(&line.name),
                user: line.flags.contains(LineFlags::USED).then_some(user),
            });
        }
        Ok(Chip { file, name, lines })
    }

    /// The offset of a line.
    ///
    /// # Errors
    /// When there is no such line, or more than one.
    pub fn offset(&self, line: &str) -> Result<u32, PinsError> {
        find(&self.name, &self.lines, line)
    }

    /// Who uses the line at this offset.
    pub fn user(&self, offset: u32) -> Option<&str> {
        let place = usize::try_from(offset).ok()?;
        self.lines.get(place)?.user.as_deref()
    }
}

fn look(path: &Path) -> io::Result<(File, ChipInfo)> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let info = get_chip_info(&file).map_err(system)?;
    Ok((file, info))
}

/// The system's error in one of the library's.
pub fn system(error: gpiocdev_uapi::Error) -> io::Error {
    match error {
        gpiocdev_uapi::Error::Os(errno) => io::Error::from_raw_os_error(errno.0),
        gpiocdev_uapi::Error::UnderRead(error) => io::Error::other(error),
    }
}

fn text(name: &gpiocdev_uapi::Name) -> String {
    name.as_os_str().to_string_lossy().into_owned()
}

fn find(chip: &str, lines: &[Line], wanted: &str) -> Result<u32, PinsError> {
    let named: Vec<u32> = (0u32..)
        .zip(lines)
        .filter(|(_, line)| line.name == wanted)
        .map(|(offset, _)| offset)
        .collect();
    match *named.as_slice() {
        [offset] => return Ok(offset),
        [] => {}
        _ => {
            return Err(PinsError::Ambiguous {
                chip: chip.to_owned(),
                line: wanted.to_owned(),
                count: named.len(),
            });
        }
    }
    let offset: Option<u32> = wanted.parse().ok();
    if let Some(offset) =
        offset.filter(|offset| usize::try_from(*offset).is_ok_and(|place| place < lines.len()))
    {
        return Ok(offset);
    }
    let names = lines.iter().map(|line| line.name.as_str());
    let hint = crate::config::nearest(wanted, names.filter(|name| !name.is_empty()));
    Err(PinsError::Line {
        chip: chip.to_owned(),
        line: wanted.to_owned(),
        hint: hint
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(names: &[&str]) -> Vec<Line> {
        let line = |name: &&str| Line {
            name: (*name).to_owned(),
            user: None,
        };
        names.iter().map(line).collect()
    }

    #[test]
    fn a_line_is_found_by_name_or_offset_and_never_guessed() {
        let known = lines(&["GPIO0", "", "GPIO2", "twin", "twin"]);
        let find = |wanted| find("chip", &known, wanted).map_err(|error| error.to_string());
        assert_eq!(find("GPIO2"), Ok(2));
        assert_eq!(find("1"), Ok(1));
        let error = find("GPI2").err().unwrap_or_default();
        assert!(error.contains("did you mean `GPIO2`?"), "{error}");
        let error = find("5").err().unwrap_or_default();
        assert!(error.contains("has no line `5`"), "{error}");
        let error = find("twin").err().unwrap_or_default();
        assert!(error.contains("2 lines named `twin`"), "{error}");
    }

    #[test]
    fn what_is_no_chip_says_so() {
        let error = Chip::open("/nonexistent/gpiochip0")
            .err()
            .map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("ls /dev/gpiochip*")));
    }
}
