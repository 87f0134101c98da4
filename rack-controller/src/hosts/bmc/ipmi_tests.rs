use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Child;

use super::*;
use crate::hosts::bmc::plan::{BmcKind, Secret};

#[test]
fn its_words_are_a_state_or_nonsense() {
    assert_eq!(power_of("Chassis Power is on\n"), Ok(Power::On));
    assert_eq!(power_of("Chassis Power is off\n"), Ok(Power::Off));
    assert!(matches!(
        power_of("Chassis Power is\n"),
        Err(BmcError::Nonsense(_))
    ));
    assert!(matches!(power_of(""), Err(BmcError::Nonsense(_))));
}

/// OpenIPMI's simulator with one chassis, whose host obeys a soft shutdown or does not.
struct Simulator {
    child: Child,
    // Kept until the simulator ends.
    _directory: tempfile::TempDir,
    port: u16,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const USERS: &str = "user 1 true \"\" \"x\" user 10 none md2 md5 straight\n\
                     user 2 true \"admin\" \"secret\" admin 10 none md2 md5 straight\n";
const AUTHENTICATION: [&str; 4] = ["callback", "user", "operator", "admin"];
const CONTROLLER: &str = "mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\n\
                          sel_enable 0x20 1000 0x0a\nmc_enable 0x20\n";

fn simulator(obeys: bool) -> Option<Simulator> {
    let installed = |name: &str| Path::new("/usr/bin").join(name).exists();
    if !installed("ipmi_sim") || !installed("ipmitool") {
        assert!(std::env::var_os("REQUIRE_PEERS").is_none(), "no ipmi_sim here");
        println!("skipped: ipmi_sim and ipmitool (packages openipmi and ipmitool) are needed");
        return None;
    }
    let directory = tempfile::tempdir().expect("a directory");
    let at = |name: &str| directory.path().join(name);
    let port = UdpSocket::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a port")
        .port();
    let mut lan =
        format!("name \"rack\"\nset_working_mc 0x20\nstartlan 1\naddr 127.0.0.1 {port}\npriv_limit admin\n");
    for who in AUTHENTICATION {
        lan += &format!("allowed_auths_{who} none md2 md5 straight\n");
    }
    lan += &format!(
        "guid a123456789abcdefa123456789abcdef\nendlan\nchassis_control \"{}\"\n{USERS}",
        at("chassis").display()
    );
    let soft = if obeys { "echo 0 > power" } else { ":" };
    let chassis = format!(
        "#!/bin/sh\ncd {}\ncase \"$*\" in\n  *'get power'*) echo \"power:$(cat power)\" ;;\n  *'set power 0'*) echo 0 > power ;;\n  \
         *'set power 1'*) echo 1 > power ;;\n  *'set shutdown'*) {soft} ;;\nesac\n",
        directory.path().display()
    );
    for (name, text) in [
        ("lan", lan.as_str()),
        ("chassis", &chassis),
        ("power", "1"),
        ("emu", CONTROLLER),
    ] {
        std::fs::write(at(name), text).expect("a file");
    }
    std::fs::set_permissions(at("chassis"), std::fs::Permissions::from_mode(0o755)).expect("its mode");
    std::fs::create_dir(at("state")).expect("a directory");
    let mut command = Command::new("ipmi_sim");
    command
        .arg("-c")
        .arg(at("lan"))
        .arg("-f")
        .arg(at("emu"))
        .arg("-s")
        .arg(at("state"))
        .arg("-n");
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    Some(Simulator {
        child,
        _directory: directory,
        port,
    })
}

impl Simulator {
    fn client(&self, password: &str, interface: Option<&str>) -> Ipmi {
        Ipmi::new(&BmcPlan {
            kind: BmcKind::Ipmi,
            address: format!("127.0.0.1:{}", self.port),
            user: "admin".into(),
            password_file: None,
            password: Secret(password.into()),
            certificate_file: None,
            certificate: None,
            system: interface.map(str::to_owned),
            rated_w: None,
            force_off: false,
        })
    }
}

#[test]
fn the_power_drawn_is_read_where_it_is_said() {
    let said = "\n    Instantaneous power reading:                   220 Watts\n    Minimum during sampling period:                 18 Watts\n";
    assert_eq!(drawn_of(said), Some(220.0));
    for said in [
        "",
        "    Instantaneous power reading:\n",
        "    Instantaneous power reading: many Watts",
    ] {
        assert_eq!(drawn_of(said), None);
    }
}

#[test]
fn a_host_that_obeys_goes_off_one_that_hangs_does_not_and_force_does() {
    for (obeys, interface) in [(true, Some("lan")), (false, None)] {
        let Some(simulator) = simulator(obeys) else { return };
        let mut ipmi = simulator.client("secret", interface);
        let until = Instant::now() + Duration::from_secs(20);
        // It takes a moment to listen.
        while ipmi.power().is_err() && Instant::now() < until {}
        assert_eq!(ipmi.power(), Ok(Power::On));
        assert_eq!(
            ipmi.names_no_suites,
            interface.is_none(),
            "this one does not say its suites, and is not asked again"
        );
        assert_eq!(ipmi.act(Act::Stop { button: true }), Ok(Done::Sent));
        let after = if obeys { Power::Off } else { Power::On };
        assert_eq!(ipmi.power(), Ok(after), "accepted is not done");
        assert_eq!(ipmi.act(Act::ForceOff), Ok(Done::Sent));
        assert_eq!(ipmi.power(), Ok(Power::Off));
        assert_eq!(ipmi.act(Act::Start), Ok(Done::Sent));
        assert_eq!(ipmi.power(), Ok(Power::On));
        assert!(simulator.client("wrong", interface).power().is_err());
    }
}
