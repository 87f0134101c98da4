//! Bytes of the kernel's structures, and the numbers of `ioctl` commands (asm-generic/ioctl.h).

/// A command that the kernel writes a structure of `size` bytes for: `_IOR`.
pub(super) const fn readable(kind: u8, number: u8, size: u32) -> u32 {
    2 << 30 | size << 16 | (kind as u32) << 8 | number as u32
}

/// A command whose structure goes both ways: `_IOWR`.
pub(super) const fn read_write(kind: u8, number: u8, size: u32) -> u32 {
    3 << 30 | size << 16 | (kind as u32) << 8 | number as u32
}

/// Puts bytes into a structure; what does not fit is left out.
pub(super) fn put(into: &mut [u8], at: usize, bytes: &[u8]) {
    for (to, from) in into.iter_mut().skip(at).zip(bytes) {
        *to = *from;
    }
}

/// A number of a structure; zero where it ends before.
pub(super) fn u32_at(from: &[u8], at: usize) -> u32 {
    let mut bytes = [0; 4];
    put(&mut bytes, 0, from.get(at..at + 4).unwrap_or_default());
    u32::from_ne_bytes(bytes)
}

/// Likewise, of eight bytes.
pub(super) fn u64_at(from: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    put(&mut bytes, 0, from.get(at..at + 8).unwrap_or_default());
    u64::from_ne_bytes(bytes)
}
