//! What differs between machines: the numbers of the system calls, and the filter made of them.
//!
//! The filter is a few comparisons that the kernel runs on every system call of the program. It stops the opening of files
//! and those `ioctl` whose command is one of I2C, GPIO or watchdog; everything else goes on untouched and unseen.
//!
//! Two things are answered "no such call" (`ENOSYS`) instead. A call of another architecture (32-bit, x32) would bypass
//! the emulated devices and could reach the machine's own. So would `io_uring`, which opens files without a
//! system call for each. Programs fall back to plain calls.

/// Type byte of the commands of `linux/i2c-dev.h`; they carry neither size nor direction.
const I2C: u32 = 0x0700;
/// Type byte of the commands of `linux/gpio.h`.
const GPIO: u32 = 0xB400;
/// Type byte of the commands of `linux/watchdog.h`.
const WATCHDOG: u32 = 0x5700;
/// Where the type byte is in a command.
const TYPE_MASK: u32 = 0xFF00;

/// Offsets in `struct seccomp_data`: number, architecture, and the low half of the second argument.
const NUMBER_AT: u32 = 0;
const ARCH_AT: u32 = 4;
const COMMAND_AT: u32 = 24;

/// Bit of x32 in a system call's number on x86-64.
const X32_BIT: u32 = 0x4000_0000;

/// One architecture, in its kernel's own numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arch {
    /// Its name as Rust has it.
    pub name: &'static str,
    /// `AUDIT_ARCH_*` of `linux/audit.h`.
    pub audit: u32,
    /// `open`; newer architectures have none.
    pub open: Option<u32>,
    /// `openat`.
    pub openat: u32,
    /// `openat2`.
    pub openat2: u32,
    /// `ioctl`.
    pub ioctl: u32,
    /// `io_uring_setup`.
    pub io_uring_setup: u32,
}

/// 64-bit x86.
pub const X86_64: Arch = Arch {
    name: "x86_64",
    audit: 0xC000_003E,
    open: Some(2),
    openat: 257,
    openat2: 437,
    ioctl: 16,
    io_uring_setup: 425,
};

/// 64-bit Arm, little-endian.
pub const AARCH64: Arch = Arch {
    name: "aarch64",
    audit: 0xC000_00B7,
    open: None,
    openat: 56,
    openat2: 437,
    ioctl: 29,
    io_uring_setup: 425,
};

/// The architecture this was built for; none where its numbers are not known here.
pub const NATIVE: Option<Arch> = if cfg!(all(target_arch = "x86_64", target_pointer_width = "64")) {
    Some(X86_64)
} else if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
    Some(AARCH64)
} else {
    None
};

/// What the filter says.
const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
const NOTIFY: u32 = libc::SECCOMP_RET_USER_NOTIF;
const NO_SUCH_CALL: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

/// Instructions of classic BPF, as far as they are needed.
#[expect(clippy::cast_possible_truncation, reason = "codes have 16 bits")]
mod op {
    pub(super) const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    pub(super) const AND: u16 = (libc::BPF_ALU | libc::BPF_AND | libc::BPF_K) as u16;
    pub(super) const EQUAL: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    pub(super) const AT_LEAST: u16 = (libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K) as u16;
    pub(super) const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
}

fn step(code: u16, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        code,
        jt: 0,
        jf: 0,
        k,
    }
}

/// Compares and says `verdict` where it holds; goes on behind it where not.
fn when(code: u16, k: u32, verdict: u32) -> [libc::sock_filter; 2] {
    let test = libc::sock_filter {
        code,
        jt: 0,
        jf: 1,
        k,
    };
    [test, step(op::RETURN, verdict)]
}

/// The filter of an architecture.
pub(super) fn filter(arch: &Arch) -> Vec<libc::sock_filter> {
    let mut program = vec![step(op::LOAD, ARCH_AT)];
    // The one test that must hold to go on: it skips the refusal.
    program.push(libc::sock_filter {
        code: op::EQUAL,
        jt: 1,
        jf: 0,
        k: arch.audit,
    });
    program.push(step(op::RETURN, NO_SUCH_CALL));
    program.push(step(op::LOAD, NUMBER_AT));
    if arch.audit == X86_64.audit {
        program.extend(when(op::AT_LEAST, X32_BIT, NO_SUCH_CALL));
    }
    program.extend(when(op::EQUAL, arch.io_uring_setup, NO_SUCH_CALL));
    for number in [Some(arch.openat), Some(arch.openat2), arch.open]
        .into_iter()
        .flatten()
    {
        program.extend(when(op::EQUAL, number, NOTIFY));
    }
    program.push(libc::sock_filter {
        code: op::EQUAL,
        jt: 1,
        jf: 0,
        k: arch.ioctl,
    });
    program.push(step(op::RETURN, ALLOW));
    program.push(step(op::LOAD, COMMAND_AT));
    program.push(step(op::AND, TYPE_MASK));
    for kind in [I2C, GPIO, WATCHDOG] {
        program.extend(when(op::EQUAL, kind, NOTIFY));
    }
    program.push(step(op::RETURN, ALLOW));
    program
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a filter as the kernel does.
    fn verdict(program: &[libc::sock_filter], audit: u32, number: u32, command: u32) -> u32 {
        let (mut at, mut accumulator) = (0_usize, 0_u32);
        loop {
            let now = program[at];
            at += 1;
            let jump = |holds: bool| usize::from(if holds { now.jt } else { now.jf });
            match now.code {
                op::LOAD => {
                    accumulator = match now.k {
                        NUMBER_AT => number,
                        ARCH_AT => audit,
                        COMMAND_AT => command,
                        other => panic!("a load of {other}"),
                    }
                }
                op::AND => accumulator &= now.k,
                op::EQUAL => at += jump(accumulator == now.k),
                op::AT_LEAST => at += jump(accumulator >= now.k),
                op::RETURN => return now.k,
                other => panic!("an instruction {other}"),
            }
        }
    }

    #[test]
    fn opens_and_three_kinds_of_ioctl_are_told_and_nothing_else() {
        for arch in [X86_64, AARCH64] {
            let program = filter(&arch);
            let says = |number, command| verdict(&program, arch.audit, number, command);
            for number in [Some(arch.openat), Some(arch.openat2), arch.open]
                .into_iter()
                .flatten()
            {
                assert_eq!(says(number, 0), NOTIFY, "{} {number}", arch.name);
            }
            for command in [0x0707, 0x0720, 0xC040_B408, 0x8044_B401, 0xC004_5706, 0x8004_5705] {
                assert_eq!(says(arch.ioctl, command), NOTIFY, "{} {command:#x}", arch.name);
            }
            // TCGETS, TIOCGPTN, FIONREAD, and types beside ours.
            for command in [0x5401, 0x8004_5430, 0x541B, 0x0800, 0x5600, 0xB500] {
                assert_eq!(says(arch.ioctl, command), ALLOW, "{} {command:#x}", arch.name);
            }
            let told = [
                Some(arch.openat),
                Some(arch.openat2),
                arch.open,
                Some(arch.io_uring_setup),
            ];
            for number in (0..600).filter(|number| !told.contains(&Some(*number))) {
                assert_eq!(says(number, 0), ALLOW, "{} {number}", arch.name);
            }
            assert_eq!(says(arch.io_uring_setup, 0), NO_SUCH_CALL);
            assert_eq!(verdict(&program, 0x4000_0003, 5, 0), NO_SUCH_CALL, "i386");
        }
        let x32 = X32_BIT | 257;
        assert_eq!(verdict(&filter(&X86_64), X86_64.audit, x32, 0), NO_SUCH_CALL);
    }

    /// The number of a system call in a kernel header.
    fn number(header: &str, name: &str) -> Option<u32> {
        header.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("#define") && words.next() == Some(&format!("__NR_{name}")))
                .then(|| words.next()?.parse().ok())
                .flatten()
        })
    }

    #[test]
    fn numbers_are_those_of_the_kernels_headers() {
        // Of Debian's linux-libc-dev and linux-libc-dev-arm64-cross.
        let headers = [
            (X86_64, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
            (AARCH64, "/usr/aarch64-linux-gnu/include/asm-generic/unistd.h"),
        ];
        for (arch, path) in headers {
            let Ok(header) = std::fs::read_to_string(path) else {
                println!("{}: NOT checked, there is no {path}", arch.name);
                continue;
            };
            assert_eq!(number(&header, "open"), arch.open, "{}", arch.name);
            let calls = [
                ("openat", arch.openat),
                ("openat2", arch.openat2),
                ("ioctl", arch.ioctl),
                ("io_uring_setup", arch.io_uring_setup),
            ];
            for (name, ours) in calls {
                assert_eq!(number(&header, name), Some(ours), "{} {name}", arch.name);
            }
        }
    }
}
