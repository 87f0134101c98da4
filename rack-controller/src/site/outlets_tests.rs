//! Outlets of the site's file: what may be switched, and what is refused with line and fix.

use super::*;
use crate::config::{Config, builtin, commented};

const HOSTS: &str = "
[[tier]]
name = \"compute\"
[[tier]]
name = \"storage\"
[[host]]
name = \"web-1\"
tier = \"compute\"
outlet = 1
[[host]]
name = \"db-1\"
tier = \"storage\"
[[pdu]]
name = \"left\"
kind = \"redfish\"
address = \"https://192.0.2.120\"
user = \"rack\"
certificate_file = \"/etc/pdu.pem\"
[[pdu]]
name = \"right\"
kind = \"modbus\"
address = \"192.0.2.121:502\"
";

/// The built-in rack whose second board is gone, so that PDUs may feed outlets 9 to 16.
fn build(outlets: &str) -> (String, Result<Site, crate::config::ConfigError>) {
    let mut rack = builtin();
    rack.device
        .retain(|device| !device.points.values().any(|point| point == "outlet.9.on"));
    let text = format!("{}{HOSTS}{outlets}", commented(&rack));
    let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let site = Site::build(&config, Some(&text));
    (text, site)
}

#[test]
fn outlets_know_their_tiers_and_what_keeps_something_is_not_switched() {
    let (_, site) = build(
        "[[outlet]]\nnumber = 1\nfeeds = []\nload = \"lamp\"\n\
         [[outlet]]\nnumber = 2\nfeeds = [\"web-1\", \"db-1\"]\n\
         [[outlet]]\nnumber = 3\nload = \"screen\"\n\
         [[outlet]]\nnumber = 4\nkeeps = \"network\"\n\
         [[outlet]]\nnumber = 9\nfeeds = [\"db-1\"]\npdu = \"left\"\nid = \"A3\"\n\
         [[outlet]]\nnumber = 10\nload = \"shelf\"\npdu = \"right\"\ncoil = 3\nread_back = { discrete_input = 7 }\n\
         power = { input_register = 100, scale_w = 0.1 }\n\
         [[outlet]]\nnumber = 16\nkeeps = \"controller\"\npdu = \"left\"\nid = \"A9\"\n",
    );
    let site = site.unwrap_or_else(|error| panic!("{error}"));
    let all = site.switchable();
    let tiers = |place: usize| all[place].map(|fed| (fed.tiers.0, fed.own));
    assert_eq!(tiers(0), Some((0b01, true)), "its host names it");
    assert_eq!(tiers(1), Some((0b11, true)));
    assert_eq!(tiers(2), Some((0b00, true)));
    assert_eq!(tiers(8), Some((0b10, false)));
    assert_eq!(tiers(9), Some((0b00, false)));
    assert_eq!(all.iter().flatten().count(), 5, "and nothing else");
    let labels: Vec<&str> = site.hosts.outlets.iter().map(|one| one.label.as_str()).collect();
    assert_eq!(
        labels,
        [
            "web-1, lamp",
            "web-1, db-1",
            "screen",
            "network",
            "db-1",
            "shelf",
            "controller"
        ]
    );
}

#[test]
fn what_is_wrong_with_an_outlet_is_said_with_its_line_and_the_fix() {
    for (outlet, expected) in [
        ("number = 17\nload = \"x\"", "outlets are 1 to 16"),
        ("number = 5", "says nothing of what it feeds"),
        ("number = 5\nload = \"x\"\nkeeps = \"blower\"", "keeps the blower"),
        (
            "number = 5\nfeeds = [\"web-1\"]\nkeeps = \"network\"",
            "needs another outlet",
        ),
        ("number = 5\nfeeds = [\"web\"]", "did you mean `web-1`?"),
        ("number = 9\nload = \"x\"", "nothing switches outlet 9"),
        (
            "number = 5\nload = \"x\"\npdu = \"left\"\nid = \"A\"",
            "feeds `outlet.5.on` already",
        ),
        (
            "number = 9\nload = \"x\"\npdu = \"lefd\"\nid = \"A\"",
            "did you mean `left`?",
        ),
        ("number = 9\nload = \"x\"\npdu = \"left\"", "give `id`"),
        ("number = 9\nload = \"x\"\npdu = \"right\"", "give `coil`"),
        (
            "number = 9\nload = \"x\"\npdu = \"left\"\nid = \"A\"\ncoil = 1",
            "of kind `modbus`",
        ),
        ("number = 5\nload = \"x\"\nid = \"A\"", "of kind `redfish`"),
        (
            "number = 9\nload = \"x\"\npdu = \"right\"\ncoil = 1\npower = { input_register = 1, scale_w = 0.0 }",
            "watts of one count",
        ),
        ("number = 5\nload = \"\"", "1 to 64 characters"),
        (
            "number = 5\nload = \"x\"\n[[outlet]]\nnumber = 5\nload = \"y\"",
            "listed twice",
        ),
        (
            "number = 9\nload = \"x\"\npdu = \"left\"\nid = \"A\"\n[[outlet]]\nnumber = 10\nload = \"y\"\npdu = \"left\"\nid = \"A\"",
            "on the same PDU",
        ),
        (
            "number = 5\nload = \"x\"\n[[pdu]]\nname = \"left\"\nkind = \"modbus\"\naddress = \"192.0.2.1:502\"",
            "a name of its own",
        ),
        (
            "number = 5\nload = \"x\"\n[[pdu]]\nname = \"p\"\nkind = \"modbus\"\naddress = \"pdu\"\nuser = \"u\"",
            "no address and port",
        ),
        (
            "number = 5\nload = \"x\"\n[[pdu]]\nname = \"p\"\nkind = \"redfish\"\naddress = \"https://192.0.2.1\"",
            "certificate_file",
        ),
    ] {
        let (text, site) = build(&format!("[[outlet]]\n{outlet}\n"));
        let error = site.expect_err(outlet);
        let first = text.lines().count() - outlet.lines().count();
        let found = error.problems.iter().find(|one| one.message.contains(expected));
        let found = found.unwrap_or_else(|| panic!("{outlet}: {error}"));
        assert!(found.line.is_some_and(|line| line >= first), "{outlet}: {error}");
    }
}

#[test]
fn a_board_that_switches_is_looked_at_each_second() {
    let mut rack = builtin();
    for device in &mut rack.device {
        if device.points.values().any(|point| point == "outlet.1.on") {
            device.period_ms = Some(5_000);
        }
    }
    assert!(
        Site::build(&rack, None).is_ok(),
        "one that only shows may take its time"
    );
    rack.outlet = vec![Outlet {
        number: 1,
        load: Some("lamp".into()),
        ..Outlet::default()
    }];
    let error = Site::build(&rack, None).expect_err("it is refused").to_string();
    assert!(error.contains("`period_ms` to 1000 at most"), "{error}");
}
