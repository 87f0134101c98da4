//! Switched outlets and PDUs of a site.

use std::net::SocketAddr;

use points::Span;
use points::host::{OUTLETS, TierSet};
use points::point::hosts::outlets;
use safety::hosts::outlets::{Fed, Switchable};

use super::build::Builder;
use super::{DevicePlan, Feeds, Site};
use crate::config::{Keeps, Outlet, Pdu, PduKind, ReadBack, Step, nearest};
use crate::hosts::outlets::plan::{OutletPlan, PDUS, PduPlan, Reach, RedfishReach, Registers, Wire};
use crate::hosts::plan::{Plan, TargetPlan};

/// A relay board that switches outlets is looked at this often at least: a relay that did not follow is told so again then.
const BOARD_PERIOD: Span = Span::s(1);
/// Longest text that says what an outlet feeds, in characters.
const LABEL_MAX: usize = 64;
/// Watts that one count of a power register may be.
const SCALES_W: std::ops::RangeInclusive<f64> = 1e-3..=1e3;

impl Builder<'_> {
    /// Outlets and PDUs, into the plan whose targets are known.
    pub(super) fn outlets(&mut self, plan: &mut Plan, devices: &[DevicePlan]) {
        let config = self.config;
        plan.pdus = self.pdus();
        for (place, outlet) in config.outlet.iter().enumerate() {
            let at = |key| [Step::Key("outlet"), Step::At(place), Step::Key(key)];
            let number = usize::from(outlet.number);
            if !(1..=OUTLETS).contains(&number) {
                self.add(&at("number"), format!("outlets are 1 to {OUTLETS}"));
                continue;
            }
            if config
                .outlet
                .iter()
                .take(place)
                .any(|other| other.number == outlet.number)
            {
                self.add(
                    &at("number"),
                    format!("outlet {number} is listed twice; join the two"),
                );
            }
            self.purpose(place, outlet);
            let feeds = self.fed(place, outlet, &plan.targets);
            let wire = self.wire(place, outlet, plan.pdus.len(), devices);
            let own = OutletPlan {
                place: number - 1,
                label: label(outlet, &feeds, &plan.targets),
                feeds,
                keeps: outlet.keeps,
                wire,
            };
            let twice = plan
                .outlets
                .iter()
                .any(|other| same_place(&own.wire, &other.wire));
            if twice {
                self.add(
                    &at("pdu"),
                    format!("outlet {number} is another one's on the same PDU; give it its own"),
                );
            }
            plan.outlets.push(own);
        }
    }

    fn pdus(&mut self) -> Vec<PduPlan> {
        let config = self.config;
        if config.pdu.len() > PDUS {
            self.add(&[Step::Key("pdu")], format!("more than {PDUS} PDUs"));
        }
        let mut plans = Vec::new();
        for (place, pdu) in config.pdu.iter().enumerate() {
            let at = |key| [Step::Key("pdu"), Step::At(place), Step::Key(key)];
            let named = |other: &Pdu| other.name == pdu.name;
            if pdu.name.is_empty() || config.pdu.iter().take(place).any(named) {
                self.add(
                    &at("name"),
                    format!("a PDU needs a name of its own; `{}` is none", pdu.name),
                );
            }
            let reach = match pdu.kind {
                PduKind::Redfish => self.redfish(place, pdu),
                PduKind::Modbus => self.modbus(place, pdu),
            };
            plans.push(PduPlan {
                name: pdu.name.clone(),
                reach,
                left_out: false,
            });
        }
        plans
    }

    fn redfish(&mut self, place: usize, pdu: &Pdu) -> Reach {
        let at = |key| [Step::Key("pdu"), Step::At(place), Step::Key(key)];
        self.web_address(&at("address"), &pdu.address, pdu.certificate_file.is_some());
        if pdu.unit.is_some() {
            self.add(&at("unit"), "a unit is of Modbus; leave it out".into());
        }
        if pdu.user.is_none() {
            self.add(&at("kind"), "Redfish needs `user` and `password_file`".into());
        }
        Reach::Redfish(RedfishReach {
            address: pdu.address.clone(),
            user: pdu.user.clone().unwrap_or_default(),
            password_file: pdu.password_file.clone(),
            certificate_file: pdu.certificate_file.clone(),
            ..RedfishReach::default()
        })
    }

    fn modbus(&mut self, place: usize, pdu: &Pdu) -> Reach {
        let at = |key| [Step::Key("pdu"), Step::At(place), Step::Key(key)];
        for (key, there) in [
            ("user", pdu.user.is_some()),
            ("password_file", pdu.password_file.is_some()),
            ("certificate_file", pdu.certificate_file.is_some()),
        ] {
            if there {
                self.add(
                    &at(key),
                    format!(
                        "Modbus knows no `{key}`; leave it out, and keep the PDU on a network of its own"
                    ),
                );
            }
        }
        let socket = pdu.address.parse::<SocketAddr>();
        if socket.is_err() {
            let text = format!(
                "`{}` is no address and port; give one such as `192.0.2.121:502`",
                pdu.address
            );
            self.add(&at("address"), text);
        }
        Reach::Modbus {
            at: socket.unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0))),
            unit: pdu.unit.unwrap_or(0xFF),
        }
    }

    /// It feeds what may lose its power, or keeps what must not, and never both.
    fn purpose(&mut self, place: usize, outlet: &Outlet) {
        let at = |key| [Step::Key("outlet"), Step::At(place), Step::Key(key)];
        let gives = !outlet.feeds.is_empty() || outlet.load.is_some();
        match outlet.keeps {
            Some(keeps) if gives => self.add(
                &at("keeps"),
                format!(
                    "outlet {} keeps the {} and feeds what is switched off: what loses its power with the hosts needs another \
                     outlet; take `feeds` and `load` out, or `keeps`",
                    outlet.number,
                    keeps.word()
                ),
            ),
            None if !gives => self.add(
                &at("number"),
                format!(
                    "outlet {} says nothing of what it feeds; give `feeds = [\"...\"]`, `load = \"...\"`, or `keeps`",
                    outlet.number
                ),
            ),
            Some(_) | None => {}
        }
        let load = outlet.load.as_deref().unwrap_or("-");
        if load.is_empty() || load.chars().count() > LABEL_MAX || load.chars().any(char::is_control) {
            self.add(&at("load"), format!("say it in 1 to {LABEL_MAX} characters"));
        }
    }

    fn fed(&mut self, place: usize, outlet: &Outlet, targets: &[TargetPlan]) -> Vec<usize> {
        let mut feeds = Vec::new();
        for (number, name) in outlet.feeds.iter().enumerate() {
            let path = [
                Step::Key("outlet"),
                Step::At(place),
                Step::Key("feeds"),
                Step::At(number),
            ];
            match targets.iter().position(|target| target.name == *name) {
                Some(target) if feeds.contains(&target) => {
                    self.add(&path, format!("`{name}` stands here twice"));
                }
                Some(target) => feeds.push(target),
                None => {
                    let near = nearest(name, targets.iter().map(|target| target.name.as_str()));
                    let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
                    self.add(
                        &path,
                        format!("no host is named `{name}`{near}; what is no host is a `load`"),
                    );
                }
            }
        }
        // A host that names this outlet as its own is fed by it, whatever else it feeds.
        let named = targets.iter().enumerate();
        for (target, _) in named.filter(|(_, target)| target.outlet == Some(usize::from(outlet.number) - 1)) {
            if !feeds.contains(&target) && outlet.keeps.is_none() {
                feeds.push(target);
            }
        }
        feeds
    }

    fn wire(&mut self, place: usize, outlet: &Outlet, pdus: usize, devices: &[DevicePlan]) -> Wire {
        let at = |key| [Step::Key("outlet"), Step::At(place), Step::Key(key)];
        let number = usize::from(outlet.number);
        let tag = outlets::ON.at(number - 1).index();
        let board = devices
            .iter()
            .find(|device| device.feeds.indices().contains(&tag));
        let Some(name) = &outlet.pdu else {
            self.foreign(place, outlet, None);
            self.board(place, outlet, board);
            return Wire::Own;
        };
        if let Some(board) = board {
            let text = format!(
                "device `{}` feeds `outlet.{number}.on` already; take `pdu` out, or that relay",
                board.name
            );
            self.add(&at("pdu"), text);
        }
        let config = self.config;
        let found = config.pdu.iter().take(pdus).position(|pdu| pdu.name == *name);
        let Some(pdu) = found else {
            let near = nearest(name, config.pdu.iter().map(|pdu| pdu.name.as_str()));
            let near = near.map_or(String::new(), |near| format!("; did you mean `{near}`?"));
            self.add(&at("pdu"), format!("no PDU is named `{name}`{near}"));
            return Wire::Own;
        };
        let kind = config.pdu.get(pdu).map(|pdu| pdu.kind);
        self.foreign(place, outlet, kind);
        match kind {
            Some(PduKind::Redfish) => {
                if outlet.id.as_deref().is_none_or(str::is_empty) {
                    self.add(&at("pdu"), "give `id`: the outlet's `Id` on this PDU".into());
                }
                let id = outlet.id.clone().unwrap_or_default();
                Wire::Redfish { pdu, id }
            }
            Some(PduKind::Modbus) | None => {
                if outlet.coil.is_none() {
                    self.add(&at("pdu"), "give `coil`: what switches this outlet".into());
                }
                if outlet
                    .power
                    .is_some_and(|power| !SCALES_W.contains(&power.scale_w))
                {
                    let text = format!(
                        "`scale_w` is the watts of one count, {} to {}",
                        SCALES_W.start(),
                        SCALES_W.end()
                    );
                    self.add(&at("power"), text);
                }
                let coil = outlet.coil.unwrap_or_default();
                Wire::Modbus {
                    pdu,
                    registers: Registers {
                        coil,
                        read_back: outlet.read_back.unwrap_or(ReadBack::Coil(coil)),
                        normally_closed: outlet.normally_closed.unwrap_or(false),
                        power: outlet.power,
                    },
                }
            }
        }
    }

    /// An outlet without a PDU is a relay of a board of the core's own.
    fn board(&mut self, place: usize, outlet: &Outlet, board: Option<&DevicePlan>) {
        let path = [Step::Key("outlet"), Step::At(place), Step::Key("number")];
        let relays = board.filter(|board| matches!(board.feeds, Feeds::Outlets { .. }));
        let Some(board) = relays else {
            if outlet.keeps.is_none() {
                let text = format!(
                    "nothing switches outlet {0}: name its `pdu`, or let a relay board feed `outlet.{0}.on`",
                    outlet.number
                );
                self.add(&path, text);
            }
            return;
        };
        if outlet.keeps.is_none() && board.period > BOARD_PERIOD {
            let text = format!(
                "`{}` switches outlets and is looked at only each {} ms; set its `period_ms` to {} at most",
                board.name,
                board.period.as_ms(),
                BOARD_PERIOD.as_ms()
            );
            self.add(&path, text);
        }
    }

    /// Keys that belong to another way of reaching an outlet.
    fn foreign(&mut self, place: usize, outlet: &Outlet, kind: Option<PduKind>) {
        let modbus = kind == Some(PduKind::Modbus);
        let keys = [
            (
                "id",
                outlet.id.is_some(),
                kind == Some(PduKind::Redfish),
                "redfish",
            ),
            ("coil", outlet.coil.is_some(), modbus, "modbus"),
            ("read_back", outlet.read_back.is_some(), modbus, "modbus"),
            (
                "normally_closed",
                outlet.normally_closed.is_some(),
                modbus,
                "modbus",
            ),
            ("power", outlet.power.is_some(), modbus, "modbus"),
        ];
        for (key, there, fits, of) in keys {
            if there && !fits {
                let path = [Step::Key("outlet"), Step::At(place), Step::Key(key)];
                self.add(&path, format!("`{key}` is of an outlet on a PDU of kind `{of}`"));
            }
        }
    }
}

/// Two outlets that are one.
fn same_place(one: &Wire, other: &Wire) -> bool {
    match (one, other) {
        (Wire::Redfish { pdu, id }, Wire::Redfish { pdu: its, id: own }) => pdu == its && id == own,
        (
            Wire::Modbus { pdu, registers },
            Wire::Modbus {
                pdu: its,
                registers: own,
            },
        ) => pdu == its && registers.coil == own.coil,
        (Wire::Own | Wire::Redfish { .. } | Wire::Modbus { .. }, _) => false,
    }
}

/// What an outlet feeds, in words.
fn label(outlet: &Outlet, feeds: &[usize], targets: &[TargetPlan]) -> String {
    let names = feeds.iter().filter_map(|place| targets.get(*place));
    let names = names.map(|target| target.name.as_str());
    let all: Vec<&str> = names
        .chain(outlet.load.as_deref())
        .chain(outlet.keeps.map(Keeps::word))
        .collect();
    all.join(", ")
}

impl Site {
    /// The outlets that may be switched, as the plan of them takes them.
    pub fn switchable(&self) -> Switchable {
        let mut all = [None; OUTLETS];
        for outlet in self.hosts.outlets.iter().filter(|outlet| outlet.is_switchable()) {
            let targets = outlet
                .feeds
                .iter()
                .filter_map(|place| self.hosts.targets.get(*place));
            let tiers = targets.fold(TierSet::EMPTY, |set, target| set.with(target.tier));
            if let Some(own) = all.get_mut(outlet.place) {
                *own = Some(Fed {
                    tiers,
                    own: outlet.wire == Wire::Own,
                });
            }
        }
        all
    }
}

#[cfg(test)]
#[path = "outlets_tests.rs"]
mod tests;
