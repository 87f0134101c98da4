//! Files of the site that hold secrets. The core reads them, which may; the front gets what it needs over the link.

use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// What nobody but owner and group may do, and what the group may not.
const OTHERS: u32 = 0o007;
const GROUP_WRITES: u32 = 0o020;

/// Reads a file of at most so many bytes; a `secret` one must not be open to others.
///
/// # Errors
/// What is wrong and how to mend it, with the file's name.
pub(crate) fn read(name: &str, most: u64, secret: bool) -> Result<Vec<u8>, String> {
    let path = Path::new(name);
    if !path.is_absolute() {
        return Err(format!(
            "`{name}` depends on where the controller is started; give the whole path, from `/`"
        ));
    }
    // A pipe must not hold the controller up.
    let flags = OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(i32::try_from(flags.bits()).unwrap_or(0))
        .open(path);
    let file = opened
        .map_err(|why| format!("`{name}` cannot be opened by the user the controller runs as: {why}"))?;
    let meta = file.metadata().map_err(|why| format!("`{name}`: {why}"))?;
    if !meta.is_file() {
        return Err(format!("`{name}` is no file"));
    }
    if secret && meta.mode() & (OTHERS | GROUP_WRITES) != 0 {
        return Err(format!(
            "`{name}` is open to others (mode {:03o}); run: chmod g-w,o= {name}",
            meta.mode() & 0o777
        ));
    }
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|why| format!("`{name}` cannot be read: {why}"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(format!(
            "`{name}` has more than {most} bytes; is it the right file?"
        ));
    }
    Ok(bytes)
}

/// Reads a password: the one line of its file.
///
/// # Errors
/// As [`read`], and where it is not one line of text.
pub(crate) fn password(name: &str, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = read(name, most, true)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    let text = std::str::from_utf8(&bytes);
    let plain = text.is_ok_and(|text| !text.is_empty() && !text.chars().any(char::is_control));
    if plain {
        Ok(bytes)
    } else {
        Err(format!("`{name}` has to hold one line of text: the password"))
    }
}
