//! The guest's first file system: an archive as the kernel unpacks it ("newc", Documentation/driver-api/early-userspace
//! of the kernel): a header of hexadecimal digits, the name, the bytes, each padded to four.

/// Kinds of entries with their permissions, as `st_mode` has them.
const FOLDER: u32 = 0o040_755;
const PROGRAM: u32 = 0o100_755;
const FILE: u32 = 0o100_644;
/// The entry that ends an archive.
const TRAILER: &str = "TRAILER!!!";

/// An archive that grows.
#[derive(Debug, Default)]
pub(super) struct Archive {
    bytes: Vec<u8>,
    entries: u32,
    folders: Vec<String>,
}

impl Archive {
    /// A program at a path without a leading slash.
    pub(super) fn program(&mut self, path: &str, content: &[u8]) {
        self.entry(path, PROGRAM, content);
    }

    /// A file at a path without a leading slash.
    pub(super) fn file(&mut self, path: &str, content: &[u8]) {
        self.entry(path, FILE, content);
    }

    /// A folder at a path without a leading slash, and those it lies in.
    pub(super) fn folder(&mut self, path: &str) {
        if path.is_empty() || self.folders.iter().any(|known| known == path) {
            return;
        }
        self.folder(parent(path));
        self.folders.push(path.to_owned());
        self.raw(path, FOLDER, &[]);
    }

    fn entry(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.folder(parent(path));
        self.raw(path, mode, content);
    }

    fn raw(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.entries += 1;
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        // inode, mode, user, group, links, time, size, four numbers of devices, length of the name, check.
        let fields = [
            self.entries,
            mode,
            0,
            0,
            1,
            0,
            size(content.len()),
            0,
            0,
            0,
            0,
            size(path.len() + 1),
            0,
        ];
        self.bytes.extend_from_slice(b"070701");
        for field in fields {
            self.bytes.extend_from_slice(format!("{field:08x}").as_bytes());
        }
        self.bytes.extend_from_slice(path.as_bytes());
        self.bytes.push(0);
        self.pad();
        self.bytes.extend_from_slice(content);
        self.pad();
    }

    fn pad(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
    }

    /// The whole archive.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.raw(TRAILER, 0, &[]);
        self.bytes
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_laid_out_as_the_kernel_reads_it() {
        let mut archive = Archive::default();
        archive.file("etc/a", b"hello");
        let bytes = archive.end();
        let text = String::from_utf8_lossy(&bytes);
        let folder = "070701000000010000" // magic, inode 1, and the mode begins
            .to_owned()
            + "41ed" // a folder, rwxr-xr-x
            + &"00000000".repeat(2)
            + "00000001"
            + &"00000000".repeat(6)
            + "0000000400000000etc\0\0\0";
        assert!(text.starts_with(&folder), "{text}");
        let file = "0000000500000000000000000000000000000000" // five bytes, then devices
            .to_owned()
            + "0000000600000000etc/a\0hello\0\0\0";
        assert!(text.contains(&file), "{text}");
        assert!(text.ends_with("TRAILER!!!\0\0\0\0"), "{text}");
        assert_eq!(bytes.len() % 4, 0);
    }

    #[test]
    fn a_folder_is_there_once() {
        let mut archive = Archive::default();
        archive.program("bin/a", &[]);
        archive.program("bin/b", &[]);
        let bytes = archive.end();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(text.matches("bin\0").count(), 1);
    }
}
