//! What a request asks for, taken out of the kernel's structures: flags and first values of each line.

use rustix::io::Errno;

use super::super::layout::{u32_at, u64_at};
use super::flags;

/// `struct gpio_v2_line_config`: flags, count, padding, ten attributes of 24 bytes.
pub(super) const SIZE: usize = 272;
const ATTRIBUTES_AT: usize = 32;
const ATTRIBUTE_SIZE: usize = 24;
const ATTRIBUTES_MAX: usize = 10;

/// `enum gpio_v2_line_attr_id`.
const FLAGS: u32 = 1;
const VALUES: u32 = 2;
const DEBOUNCE: u32 = 3;

/// One attribute: which, its value, and the lines of the request that it is for.
struct Attribute {
    id: u32,
    value: u64,
    mask: u64,
}

/// A configuration of version 2.
pub(super) struct Config {
    flags: u64,
    attributes: Vec<Attribute>,
}

impl Config {
    /// Takes it out of its bytes, [`SIZE`] of them.
    pub(super) fn new(bytes: &[u8]) -> Result<Self, Errno> {
        let count = usize::try_from(u32_at(bytes, 8)).unwrap_or(usize::MAX);
        let padding = bytes
            .get(12..ATTRIBUTES_AT)
            .is_none_or(|padding| padding.iter().any(|byte| *byte != 0));
        if count > ATTRIBUTES_MAX || padding {
            return Err(Errno::INVAL);
        }
        let attributes = bytes[ATTRIBUTES_AT..].chunks_exact(ATTRIBUTE_SIZE).take(count);
        let attributes: Vec<_> = attributes
            .map(|raw| Attribute {
                id: u32_at(raw, 0),
                value: u64_at(raw, 8),
                mask: u64_at(raw, 16),
            })
            .collect();
        let config = Config {
            flags: u64_at(bytes, 0),
            attributes,
        };
        // The rack's contacts bounce; a program that leaves that to the kernel would see it all the same.
        let debounced =
            |attribute: &Attribute| attribute.id == DEBOUNCE && attribute.value & 0xFFFF_FFFF != 0;
        if config.attributes.iter().any(debounced) {
            return Err(Errno::INVAL);
        }
        Ok(config)
    }

    /// Of several attributes for a line the first counts, as in the kernel.
    fn attribute(&self, id: u32, place: usize) -> Option<u64> {
        let found = self
            .attributes
            .iter()
            .find(|attribute| attribute.id == id && attribute.mask >> place & 1 == 1);
        found.map(|attribute| attribute.value)
    }

    /// Flags of the line at a place of the request.
    pub(super) fn flags(&self, place: usize) -> Result<u64, Errno> {
        let flags = self.attribute(FLAGS, place).unwrap_or(self.flags);
        flags::check(flags).map(|()| flags)
    }

    /// What the line at a place is driven to at first.
    pub(super) fn active(&self, place: usize) -> bool {
        self.attribute(VALUES, place)
            .is_some_and(|values| values >> place & 1 == 1)
    }
}
