//! The guest: a Debian computer that `tests/guest/prepare` has made, in an emulator whose every instruction is emulated, with a
//! network of its own to this computer and a management controller (OpenIPMI's simulator) that says of its power what is true:
//! whether the emulator runs.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use rack_controller::config::{Config, Host, ManagementController, Probe, Proof, Tier};
use rack_controller::hosts::bmc::plan::BmcKind;
use rack_controller::hosts::plan::OnControllerLoss;
use tempfile::TempDir;

use crate::support::{Process, ROOT, directory, eventually, seconds};

/// Environment: set by `tests/guest/run`, which makes the network. Without it there is no guest.
const NETWORK: &str = "GUEST_NETWORK";
/// This computer and the guest in that network.
pub(super) const HERE: &str = "10.0.2.2";
pub(super) const THERE: &str = "10.0.2.15";
/// Longest that the guest may take to answer, on two cores that others use too.
const BOOTS_WITHIN_S: f64 = 240.0;
/// Longest that a command on it may take.
const TYPED_WITHIN_S: u32 = 60;

/// What the management controller needs besides its site's lines, as its own manual has it.
const USERS: &str = "user 1 true \"\" \"x\" user 10 none md2 md5 straight\n\
                     user 2 true \"admin\" \"secret\" admin 10 none md2 md5 straight\n";
const CONTROLLER: &str = "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\n\
                          sel_enable 0x20 1000 0x0a\nmc_enable 0x20\n";

pub(super) struct Machine {
    prepared: PathBuf,
    directory: TempDir,
    emulator: Option<Process>,
    management: Option<(Process, u16)>,
}

impl Machine {
    /// A new disk on the prepared one; none where no guest can run, and it is said.
    pub(super) fn new() -> Option<Machine> {
        if std::env::var_os(NETWORK).is_none() {
            println!("skipped: the guest and its network are made by tests/guest/run");
            return None;
        }
        let prepared = Path::new(ROOT)
            .join("target/guest")
            .canonicalize()
            .expect("tests/guest/prepare was there");
        let directory = directory();
        let made = Command::new("qemu-img")
            .args(["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b"])
            .arg(prepared.join("disk.qcow2"))
            .arg(directory.path().join("disk.qcow2"))
            .stdin(Stdio::null())
            .status();
        assert!(made.expect("it runs").success());
        let mut machine = Machine {
            prepared,
            directory,
            emulator: None,
            management: None,
        };
        machine.manage();
        Some(machine)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Switches it on, and waits until it can be typed on.
    pub(super) fn boot(&mut self) {
        let mut command = Command::new("nice");
        command
            .args(
                "qemu-system-x86_64 -machine q35 -accel tcg,thread=multi -cpu max -smp 2 -m 1024".split(' '),
            )
            .args("-nodefaults -no-user-config -display none -no-reboot -device virtio-rng-pci".split(' '))
            .arg("-kernel")
            .arg(self.prepared.join("vmlinuz"))
            .arg("-initrd")
            .arg(self.prepared.join("initrd"))
            .args([
                "-append",
                "root=/dev/vda rw console=ttyS0 quiet systemd.show_status=1",
            ])
            .arg("-drive")
            .arg(format!("file={},if=virtio", self.at("disk.qcow2").display()))
            .args(
                "-netdev tap,id=rack,ifname=tap0,script=no,downscript=no -device virtio-net-pci,netdev=rack"
                    .split(' '),
            )
            .arg("-serial")
            .arg(format!("file:{}", self.at("console").display()))
            .arg("-qmp")
            .arg(format!(
                "unix:{},server=on,wait=off",
                self.at("buttons").display()
            ));
        let emulator = Process::start("emulator", &mut command);
        std::fs::write(self.at("pid"), emulator.pid().to_string()).expect("a file");
        self.emulator = Some(emulator);
        std::fs::write(self.at("asked"), "").expect("a file");
        let began = std::time::Instant::now();
        eventually("the guest can be typed on", seconds(BOOTS_WITHIN_S), || {
            assert!(!self.is_off(), "{:?}", self.console());
            self.secure_shell("true")
                .output()
                .ok()?
                .status
                .success()
                .then_some(())
        });
        println!("the guest boots within {:.0} s", began.elapsed().as_secs_f64());
    }

    /// Its emulator has ended: no instruction of it runs any more.
    pub(super) fn is_off(&mut self) -> bool {
        self.emulator
            .as_mut()
            .is_none_or(|emulator| emulator.ended().is_some())
    }

    /// The last lines of its console.
    pub(super) fn console(&self) -> Vec<String> {
        let text = std::fs::read(self.at("console")).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines[lines.len().saturating_sub(30)..].to_vec()
    }

    fn secure_shell(&self, typed: &str) -> Command {
        let mut command = Command::new("timeout");
        command
            .arg(TYPED_WITHIN_S.to_string())
            .args(["ssh", "-q", "-i"])
            .arg(self.prepared.join("key"));
        // One connection for all that is typed: each new one costs a second here.
        let way = format!("ControlPath={}", self.at("way").display());
        for option in [
            "BatchMode=yes",
            "ConnectTimeout=10",
            "StrictHostKeyChecking=no",
            "UserKnownHostsFile=/dev/null",
            "ControlMaster=auto",
            "ControlPersist=120",
            &way,
        ] {
            command.args(["-o", option]);
        }
        command.arg(format!("root@{THERE}")).arg(typed);
        command.stdin(Stdio::null());
        command
    }

    /// What somebody types as root, whatever becomes of it.
    pub(super) fn tries(&self, typed: &str) -> Output {
        self.secure_shell(typed).output().expect("it runs")
    }

    /// What somebody types as root; what it prints.
    #[track_caller]
    pub(super) fn types(&self, typed: &str) -> String {
        let output = self.tries(typed);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let wrong = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{typed}: {} {said}{wrong}",
            output.status
        );
        said
    }

    /// Puts a file there.
    #[track_caller]
    pub(super) fn put(&self, file: &Path, there: &str, mode: &str) {
        let mut command = self.secure_shell(&format!(
            "cat >{there}.new && chmod {mode} {there}.new && mv {there}.new {there}"
        ));
        command.stdin(std::fs::File::open(file).expect("it is there"));
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{output:?}");
    }

    /// The connection is given up, before the guest goes or when it is gone.
    pub(super) fn hang_up(&self) {
        let mut command = Command::new("ssh");
        command
            .args(["-q", "-O", "exit", "-o"])
            .arg(format!("ControlPath={}", self.at("way").display()));
        let _ = command
            .arg(THERE)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let _ = std::fs::remove_file(self.at("way"));
    }

    /// Its management controller, which tells the truth and notes what it was asked.
    fn manage(&mut self) {
        let port = std::net::UdpSocket::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a port")
            .port();
        let mut lan = format!(
            "name \"rack\"\nset_working_mc 0x20\nstartlan 1\naddr 127.0.0.1 {port}\npriv_limit admin\n"
        );
        for who in ["callback", "user", "operator", "admin"] {
            lan += &format!("allowed_auths_{who} none md2 md5 straight\n");
        }
        let chassis = self.at("chassis");
        lan += &format!(
            "guid a123456789abcdefa123456789abcdef\nendlan\nchassis_control \"{}\"\n{USERS}",
            chassis.display()
        );
        let script = format!(
            "#!/bin/sh\ncd {}\nruns() {{ [ -e pid ] && grep -q '^State:.[^Z]' \"/proc/$(cat pid)/status\" 2>/dev/null; }}\n\
             case \"$*\" in\n  *'get power'*) if runs; then echo power:1; else echo power:0; fi ;;\n  \
             *'set '*) echo \"$*\" >>asked ;;\nesac\n",
            self.directory.path().display()
        );
        for (name, text) in [
            ("lan", lan.as_str()),
            ("chassis", &script),
            ("emu", CONTROLLER),
            ("password", "secret\n"),
            ("asked", ""),
        ] {
            std::fs::write(self.at(name), text).expect("a file");
        }
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&chassis, mode(0o755)).expect("its mode");
        std::fs::set_permissions(self.at("password"), mode(0o600)).expect("its mode");
        std::fs::create_dir(self.at("state")).expect("a directory");
        let mut command = Command::new("ipmi_sim");
        command
            .arg("-c")
            .arg(self.at("lan"))
            .arg("-f")
            .arg(self.at("emu"))
            .arg("-s")
            .arg(self.at("state"))
            .arg("-n");
        self.management = Some((Process::start("ipmi_sim", &mut command), port));
    }

    /// What a management controller does when it is asked for a soft shutdown: it presses the power button.
    pub(super) fn presses_the_button(&self) {
        let mut buttons = UnixStream::connect(self.at("buttons")).expect("the emulator listens");
        buttons
            .write_all(b"{\"execute\":\"qmp_capabilities\"}{\"execute\":\"system_powerdown\"}")
            .expect("it takes it");
        // Its greeting and two answers: without waiting for them it may not have read all.
        let answers = BufReader::new(&buttons).lines().map_while(Result::ok);
        assert_eq!(
            answers
                .take(3)
                .filter(|answer| answer.contains("\"error\""))
                .count(),
            0
        );
    }

    /// What the management controller was asked to change.
    pub(super) fn asked(&self) -> String {
        std::fs::read_to_string(self.at("asked")).expect("it is there")
    }

    /// The site's lines for it: one tier, one host, proven off by its port and its management controller.
    pub(super) fn site(&self, config: &mut Config, on_controller_loss: OnControllerLoss) {
        let port = self.management.as_ref().map_or(0, |(_, port)| *port);
        config.setting.insert("safety.mains_delay".into(), 0.0);
        config.tier.push(Tier {
            name: "databases".into(),
            on_controller_loss,
            signal_s: 5.0,
            stop_s: 60.0,
            verify_s: 15.0,
        });
        config.host.push(Host {
            name: "db-1".into(),
            tier: "databases".into(),
            address: vec![THERE.parse().expect("an address")],
            off_by: vec![Proof::Tcp, Proof::Bmc],
            probe: Some(Probe {
                tcp: Some(format!("{THERE}:22").parse().expect("an address")),
                icmp: None,
            }),
            bmc: Some(ManagementController {
                kind: BmcKind::Ipmi,
                address: format!("127.0.0.1:{port}"),
                user: "admin".into(),
                password_file: Some(self.at("password").display().to_string()),
                certificate_file: None,
                system: None,
                rated_power_w: None,
                force_off: false,
            }),
            ..Host::default()
        });
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.hang_up();
        if std::thread::panicking() {
            eprintln!(
                "--- the last lines of the guest's console\n{}",
                self.console().join("\n")
            );
        }
    }
}
