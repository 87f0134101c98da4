//! What the guest is made of: a kernel, its modules, a shell, and one program with the libraries it needs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::archive::Archive;
use super::{VmError, failed};

/// What the guest runs first.
const INIT: &str = include_str!("init.sh");

/// The folder that `tests/vm/prepare` fills.
#[derive(Clone, Debug)]
pub struct Prepared {
    folder: PathBuf,
}

impl Prepared {
    /// What is in a folder.
    ///
    /// # Errors
    /// When something is missing.
    pub fn find(folder: &Path) -> Result<Self, VmError> {
        let prepared = Prepared {
            folder: folder.to_owned(),
        };
        for needed in ["vmlinux", "busybox", "modules/order", "kernel-version"] {
            let path = folder.join(needed);
            if !path.is_file() {
                return Err(VmError::NotPrepared(path));
            }
        }
        Ok(prepared)
    }

    /// The kernel, uncompressed.
    #[must_use]
    pub fn kernel(&self) -> PathBuf {
        self.folder.join("vmlinux")
    }

    /// Version of kernel and package.
    ///
    /// # Errors
    /// When the file is gone.
    pub fn version(&self) -> Result<String, VmError> {
        let path = self.folder.join("kernel-version");
        let text = std::fs::read_to_string(&path).map_err(failed(path.display().to_string()))?;
        Ok(text.trim().to_owned())
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, VmError> {
        let path = self.folder.join(name);
        std::fs::read(&path).map_err(failed(path.display().to_string()))
    }
}

/// What runs in the guest.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program on this machine; it is copied as it is.
    pub path: PathBuf,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Files beside it, by their paths in the guest without a leading slash.
    pub files: Vec<(String, Vec<u8>)>,
}

/// The guest's first file system.
///
/// # Errors
/// When a file cannot be read, or the program's libraries are not to be found.
pub fn archive(prepared: &Prepared, program: &Program) -> Result<Vec<u8>, VmError> {
    let mut archive = Archive::default();
    for folder in ["dev", "proc", "sys", "tmp", "var", "etc", "run"] {
        archive.folder(folder);
    }
    archive.program("init", INIT.as_bytes());
    archive.program("bin/busybox", &prepared.read("busybox")?);
    let order = prepared.read("modules/order")?;
    for module in String::from_utf8_lossy(&order).split_whitespace() {
        archive.file(
            &format!("modules/{module}"),
            &prepared.read(&format!("modules/{module}"))?,
        );
    }
    archive.file("modules/order", &order);
    for library in libraries(&program.path)? {
        let content = std::fs::read(&library).map_err(failed(library.display().to_string()))?;
        let path = library.to_string_lossy();
        archive.program(path.trim_start_matches('/'), &content);
    }
    let own = std::fs::read(&program.path).map_err(failed(program.path.display().to_string()))?;
    // By its own name: a program may go by what it is called.
    let name = program.path.file_name().unwrap_or_default().to_string_lossy();
    archive.program(&format!("program/{name}"), &own);
    archive.file("arguments", (program.arguments.join("\n") + "\n").as_bytes());
    for (path, content) in &program.files {
        archive.file(path, content);
    }
    Ok(archive.end())
}

/// The dynamic loader and the libraries of a program, as the loader of this machine finds them.
fn libraries(program: &Path) -> Result<Vec<PathBuf>, VmError> {
    let output = Command::new("ldd").arg(program).output().map_err(failed("ldd"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found: Vec<PathBuf> = text.lines().filter_map(library).map(PathBuf::from).collect();
    if found.is_empty() && !text.contains("statically linked") {
        return Err(VmError::Program {
            program: "ldd".to_owned(),
            why: format!("no libraries of {}: {text}", program.display()),
        });
    }
    Ok(found)
}

/// The path in a line of `ldd`: `libc.so.6 => /lib/libc.so.6 (0x7f)` or `/lib64/ld.so (0x7f)`.
fn library(line: &str) -> Option<&str> {
    line.split_whitespace().find(|word| word.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_read_from_what_the_loader_says() {
        assert_eq!(library("\tlinux-vdso.so.1 (0x00007ffd)"), None);
        assert_eq!(
            library("\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x7f)"),
            Some("/lib/x86_64-linux-gnu/libc.so.6")
        );
        assert_eq!(
            library("\t/lib64/ld-linux-x86-64.so.2 (0x7f)"),
            Some("/lib64/ld-linux-x86-64.so.2")
        );
    }

    #[test]
    fn what_is_not_prepared_says_how_to_prepare_it() {
        let error = Prepared::find(Path::new("/nowhere")).expect_err("nothing is there");
        assert_eq!(
            error.to_string(),
            "/nowhere/vmlinux is not there; run tests/vm/prepare"
        );
    }
}
