//! Relays that do not follow their coils.

use serde::{Deserialize, Serialize};

use super::argument::{Field, Value};

/// What a relay's contact does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relay {
    /// It follows its coil.
    #[default]
    Well,
    /// It stays closed: welded. A latching one stays closed once it is.
    Welded,
    /// It never pulls: coil or driver broken. A latching one stays open once it is.
    Dead,
}

impl Relay {
    /// Their names, in order.
    pub(super) const NAMES: &'static [&'static str] = &["well", "welded", "dead"];
}

impl Field for Relay {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(0) => Some(Relay::Well),
            Value::Word(1) => Some(Relay::Welded),
            Value::Word(2) => Some(Relay::Dead),
            Value::Word(_) | Value::Number(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Word(match self {
            Relay::Well => 0,
            Relay::Welded => 1,
            Relay::Dead => 2,
        })
    }
}

/// The bistable contact in the blower's supply with its auxiliary contact: it keeps its place without power.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bistable {
    closed: bool,
    /// Where its coils have last told it to go.
    told_closed: bool,
    pub(super) relay: Relay,
    /// The auxiliary contact shows the contact; otherwise it shows what was told.
    pub(super) honest: bool,
}

impl Bistable {
    /// Closed and well.
    pub(super) const CLOSED: Self = Bistable {
        closed: true,
        told_closed: true,
        relay: Relay::Well,
        honest: true,
    };

    /// Whether the contact is closed.
    pub(super) fn closed(&self) -> bool {
        self.closed
    }

    /// What the auxiliary contact shows.
    pub(super) fn auxiliary(&self) -> bool {
        if self.honest {
            self.closed
        } else {
            self.told_closed
        }
    }

    /// Its two coils as they are driven; both at once move nothing.
    pub(super) fn drive(&mut self, opens: bool, closes: bool) {
        if opens == closes {
            return;
        }
        self.told_closed = closes;
        self.closed = match self.relay {
            Relay::Well => closes,
            Relay::Welded => self.closed || closes,
            Relay::Dead => self.closed && closes,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bistable_contact_and_its_auxiliary_each_fail_alone() {
        for (relay, honest, drives, closed, auxiliary) in [
            (Relay::Well, true, (true, false), false, false),
            (Relay::Well, true, (true, true), true, true),
            (Relay::Welded, true, (true, false), true, true),
            (Relay::Welded, false, (true, false), true, false),
            (Relay::Dead, true, (true, false), false, false),
        ] {
            let mut contact = Bistable {
                relay,
                honest,
                ..Bistable::CLOSED
            };
            contact.drive(drives.0, drives.1);
            assert_eq!(
                (contact.closed(), contact.auxiliary()),
                (closed, auxiliary),
                "{relay:?} {honest}"
            );
        }
        let mut open = Bistable::CLOSED;
        open.drive(true, false);
        for (relay, honest, closed, auxiliary) in [
            (Relay::Dead, true, false, false),
            (Relay::Dead, false, false, true),
            (Relay::Welded, true, true, true),
        ] {
            let mut contact = Bistable {
                relay,
                honest,
                ..open
            };
            contact.drive(false, true);
            assert_eq!(
                (contact.closed(), contact.auxiliary()),
                (closed, auxiliary),
                "{relay:?} {honest}"
            );
        }
    }
}
