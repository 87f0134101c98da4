//! What people do and what breaks, by name: one table for scenarios, the rig's page and socket, and tests.
//!
//! A row is its text, the variant, and for each field the words or numbers it may be. `Act` is generated from it, and so
//! are reading and writing an act as text; nothing is listed twice.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::argument::{Field, Parameter, Value};
use super::fault::{AMOUNT, Fault};
use super::hosts::{Claim, HOSTS_MAX, Pick};
use super::instrument::Instrument;
use super::level::{Cable, LoopLevel, Side};
use super::lines::{INPUTS, Input, OUTPUTS, Output};
use super::outlets::OUTLETS;
use super::relay::Relay;
use super::trouble::{BOUNCE_EDGES_MAX, STORM_HZ_MAX};
use super::wiring::BUSES;
use crate::plant::FireClass;

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct ActRow {
    /// Its name: one word or two.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// What it takes, in order.
    pub parameters: &'static [Parameter],
}

impl ActRow {
    /// These arguments with what was left out, each one of those it may be.
    fn complete(&self, values: &[Value]) -> Option<Vec<Value>> {
        let mut whole = Vec::with_capacity(self.parameters.len());
        for (place, parameter) in self.parameters.iter().enumerate() {
            let left_out = parameter.omissible.then_some(Value::Word(0));
            let value = values.get(place).copied().or(left_out)?;
            if !parameter.behind(&whole)?.takes(value) {
                return None;
            }
            whole.push(value);
        }
        (values.len() <= whole.len()).then_some(whole)
    }
}

macro_rules! acts {
    ($($(#[doc = $doc:literal])+ $name:literal => $variant:ident $({ $($(#[doc = $fdoc:literal])+ $field:ident: $type:ty = $parameter:expr;)+ })?)+) => {
        /// One act.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Act { $($(#[doc = $doc])+ $variant $({ $($(#[doc = $fdoc])+ $field: $type,)+ })?,)+ }

        /// The table, in the order of [`Act`].
        pub const ACTS: &[ActRow] = &[$(ActRow {
            name: $name,
            about: concat!($($doc),+),
            parameters: &[$($($parameter),+)?],
        }),+];

        impl Act {
            /// The act of a row with these arguments; none where they are not those the row takes, or do not go
            /// together.
            #[must_use]
            pub fn new(row: &ActRow, values: &[Value]) -> Option<Act> {
                #[allow(unused_mut, unused_variables, reason = "an act without arguments takes none")]
                let mut values = row.complete(values)?.into_iter();
                $(if row.name == $name {
                    return Some(Act::$variant $({ $($field: Field::take(values.next()?)?,)+ })?);
                })+
                None
            }

            /// Its row.
            #[must_use]
            pub fn row(&self) -> &'static ActRow {
                let name = match self { $(Act::$variant { .. } => $name,)+ };
                ACTS.iter().find(|row| row.name == name).unwrap_or(&ACTS[0])
            }

            /// Its arguments.
            #[must_use]
            pub fn values(&self) -> Vec<Value> {
                match self { $(Act::$variant $({ $($field,)+ })? => vec![$($($field.value(),)+)?],)+ }
            }
        }
    };
}

impl Act {
    /// Whether its arguments are those its row takes and go together; an act that came as bytes or JSON may have others.
    #[must_use]
    pub fn fits(&self) -> bool {
        Act::new(self.row(), &self.values()).is_some()
    }
}

/// As it stands in a scenario.
impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.row().name)?;
        let values = self.values();
        for (place, (value, parameter)) in values.iter().zip(self.row().parameters).enumerate() {
            if parameter.omissible && *value == Value::Word(0) {
                continue;
            }
            let parameter = parameter.behind(&values[..place]).unwrap_or(*parameter);
            write!(f, " {}", value.text(&parameter))?;
        }
        Ok(())
    }
}

const SIDES: Parameter = Parameter::words("side", &["left", "right"]);
const CHANNELS: Parameter = Parameter::words("channel", &["a", "b"]);
const SWITCH: Parameter = Parameter::words("state", &["on", "off"]);
const HOST: Parameter = Parameter::number("host", "", 1.0, HOSTS_MAX as f64).or(&["all"]);
const OUTLET: Parameter = Parameter::number("outlet", "", 1.0, OUTLETS as f64);
const LOOP: Parameter = Parameter::number("level", "ohm", 0.0, 1e6).or(&["normal", "alarm", "open", "short"]);

/// A switch behind two instruments of one kind.
fn alike(before: &[Value]) -> Option<Parameter> {
    let [one, other] = before else { return None };
    let (one, other) = (Instrument::take(*one)?, Instrument::take(*other)?);
    (one != other && one.kind() == other.kind() && one.kind().is_probe()).then_some(SWITCH)
}

acts! {
    /// Hold the load at a power, or give it back to its profile.
    "load" => Load {
        /// The power, W; none for the profile.
        power_w: Option<f64> = Parameter::number("power", "W", 0.0, 60_000.0).or(&["profile"]);
    }
    /// Hold the room at a temperature, or give it back to its profile.
    "room" => Room {
        /// The temperature, deg C; none for the profile.
        room_c: Option<f64> = Parameter::number("temperature", "°C", -20.0, 70.0).or(&["profile"]);
    }
    /// Relative humidity of the room.
    "humidity" => Humidity {
        /// It, %.
        percent: f64 = Parameter::number("humidity", "%", 0.0, 100.0);
    }
    /// Open or close the door.
    "door" => Door {
        /// It is open.
        open: bool = Parameter::words("state", &["open", "closed"]);
    }
    /// Load a filter with the dust that makes it resist so much; below 1 its medium is torn.
    "filter resistance" => FilterResistance {
        /// Which.
        side: Side = SIDES;
        /// Resistance over clean.
        ratio: f64 = Parameter::number("ratio", "", 0.1, 1_000.0);
    }
    /// Put dust on a filter.
    "filter dust" => FilterDust {
        /// Which.
        side: Side = SIDES;
        /// Dust on it, g.
        dust_g: f64 = Parameter::number("mass", "g", 0.0, 1_000.0);
    }
    /// Age a filter's medium; the dust on it stays.
    "filter medium" => FilterMedium {
        /// Which.
        side: Side = SIDES;
        /// Resistance of the medium over new.
        ratio: f64 = Parameter::number("ratio", "", 0.1, 1_000.0);
    }
    /// Put a new filter in the place of the old one.
    "new filter" => NewFilter {
        /// Which.
        side: Side = SIDES;
    }
    /// Dust in the room's air, by which filters age.
    "dust" => Dust {
        /// Concentration, ug/m3.
        ug_m3: f64 = Parameter::number("concentration", "µg/m³", 0.0, 1e9);
    }
    /// Take a filter out or put it in.
    "filter" => FilterPresent {
        /// Which.
        side: Side = SIDES;
        /// It is in.
        present: bool = Parameter::words("state", &["in", "out"]);
    }
    /// Burn with a steady heat.
    "fire" => Fire {
        /// Heat released into the rack's air, W.
        power_w: f64 = Parameter::number("power", "W", 0.0, 500_000.0);
    }
    /// Light a fire that grows by the square of time until its fuel, its air or the powder ends that.
    "fire grows" => FireGrows {
        /// How fast.
        class: FireClass = Parameter::words("class", FireClass::NAMES);
        /// Its ceiling, W; none for that of the rack's load.
        ceiling_w: Option<f64> = Parameter::number("ceiling", "W", 0.0, 500_000.0).or(&["load"]);
    }
    /// Replay the recorded fire that the rack was made with, from a moment of the recording; without one, nothing.
    "fire replay" => FireReplay {
        /// The moment, s; none for its ignition.
        from_s: Option<f64> = Parameter::number("from", "s", 0.0, 86_400.0).or(&["ignition"]);
    }
    /// End every fire: steady, growing and replayed.
    "fire out" => FireOut
    /// Hold the blower's wheel.
    "blower jammed" => BlowerJammed {
        /// It is held.
        on: bool = SWITCH;
    }
    /// Hold the wheel of blower B, where one is fitted.
    "blower-b jammed" => BlowerBJammed {
        /// It is held.
        on: bool = SWITCH;
    }
    /// Wear a blower's bearings: it takes more power, coasts shorter, and at last runs slower.
    "blower wear" => BlowerWear {
        /// Which.
        blower: Side = CHANNELS;
        /// Efficiency over that of a new one.
        efficiency: f64 = Parameter::number("efficiency", "%", 5.0, 150.0);
    }
    /// Dry the thermal paste and foul the heat sinks.
    "chips contact" => ChipsContact {
        /// How well they give off their heat over new ones.
        percent: f64 = Parameter::number("contact", "%", 5.0, 100.0);
    }
    /// Block a share of the discharge holes: the wheel turns and hardly any air leaves.
    "discharge blocked" => DischargeBlocked {
        /// Share of the holes.
        percent: f64 = Parameter::number("share", "%", 0.0, 98.0);
    }
    /// Leave a gap so wide at a side panel: air comes in beside the filters.
    "panel gap" => PanelGap {
        /// Area of the gap.
        area_cm2: f64 = Parameter::number("area", "cm²", 0.0, 5_000.0);
    }
    /// Voltage of the blowers' supply.
    "brown-out" => BrownOut {
        /// Voltage over nominal.
        percent: f64 = Parameter::number("voltage", "%", 0.0, 120.0);
    }
    /// Cut the wire of blower B's tachometer.
    "tach-b lost" => TachBLost {
        /// It is cut.
        on: bool = SWITCH;
    }
    /// A smoke detector's loop; from then on the fires of the model do not move it.
    "smoke" => Smoke {
        /// Which channel.
        channel: Side = CHANNELS;
        /// What it shows.
        level: LoopLevel = LOOP;
    }
    /// Let the fires of the model move a smoke detector's loop again.
    "smoke modelled" => SmokeModelled {
        /// Which channel.
        channel: Side = CHANNELS;
    }
    /// An extinguisher's break-wire.
    "break-wire" => BreakWire {
        /// Which.
        side: Side = SIDES;
        /// What it shows.
        level: LoopLevel = LOOP;
    }
    /// The cable of the thermistor on an extinguisher.
    "thermistor" => Thermistor {
        /// Which.
        side: Side = SIDES;
        /// What it is like.
        cable: Cable = Parameter::words("cable", &["whole", "open", "short"]);
    }
    /// Take an extinguisher out of its holder or lock it home.
    "extinguisher" => ExtinguisherHome {
        /// Which.
        side: Side = SIDES;
        /// It is fully home.
        home: bool = Parameter::words("state", &["home", "out"]);
    }
    /// Hang a full extinguisher in place of the old one, home and with a whole break-wire.
    "new extinguisher" => NewExtinguisher {
        /// Which.
        side: Side = SIDES;
    }
    /// Clean the air probes of powder.
    "clean probes" => CleanProbes
    /// Move a contact that nothing else moves.
    "contact" => Line {
        /// Which.
        line: Input = Parameter::words("contact", Input::NAMES);
        /// Its level.
        high: bool = Parameter::words("level", &["high", "low"]);
    }
    /// Let a contact bounce at every change: so many edges, the change among them, within a time.
    "contact bounce" => ContactBounce {
        /// Which.
        line: Input = Parameter::words("contact", Input::NAMES);
        /// Edges; fewer than two mend it, and of an even number one more is meant.
        edges: u16 = Parameter::number("edges", "", 0.0, BOUNCE_EDGES_MAX as f64);
        /// The time, us.
        over_us: u64 = Parameter::number("time", "s", 0.0, 10.0);
    }
    /// Let a contact stay as it shows now.
    "contact stuck" => ContactStuck {
        /// Which.
        line: Input = Parameter::words("contact", Input::NAMES);
        /// It is stuck.
        on: bool = SWITCH;
    }
    /// Let a contact chatter, whatever it really is.
    "contact storm" => ContactStorm {
        /// Which.
        line: Input = Parameter::words("contact", Input::NAMES);
        /// Edges a second; none end it.
        per_s: f64 = Parameter::number("rate", "Hz", 0.0, STORM_HZ_MAX);
    }
    /// Let an output's relay not follow its coil; its read-back shows where it really is.
    "relay" => Relay {
        /// Whose.
        output: Output = Parameter::words("output", Output::NAMES);
        /// What it does.
        relay: Relay = Parameter::words("state", Relay::NAMES);
    }
    /// Let the latching contact in the blower's supply not open (welded) or not close (dead).
    "fan contact" => FanContact {
        /// What it does.
        relay: Relay = Parameter::words("state", Relay::NAMES);
        /// Its auxiliary contact shows where it really is, and not where it was told to go.
        honest: bool = Parameter::words("auxiliary", &["honest", "lying"]).omissible();
    }
    /// Break an instrument.
    "fault" => Fault {
        /// Which.
        instrument: Instrument = Parameter::words("instrument", Instrument::NAMES);
        /// How.
        fault: Fault = Parameter::words("fault", Fault::NAMES);
        /// How much; none for the usual amount.
        amount: Option<f64> = AMOUNT.omissible();
    }
    /// Mend an instrument.
    "mend" => Mend {
        /// Which.
        instrument: Instrument = Parameter::words("instrument", Instrument::NAMES);
        /// Of what; none for everything.
        fault: Option<Fault> = Parameter::words("fault", Fault::NAMES_OR_ALL);
    }
    /// Mend every instrument, bus, contact and relay.
    "mend everything" => MendEverything
    /// Exchange what two instruments of one kind measure, as a mix-up of their places does.
    "swap" => Swap {
        /// One.
        one: Instrument = Parameter::words("instrument", Instrument::NAMES);
        /// The other.
        other: Instrument = Parameter::words("instrument", Instrument::NAMES);
        /// They are exchanged.
        on: bool = SWITCH.given(alike);
    }
    /// Hold a bus's data line low.
    "bus stuck" => BusStuck {
        /// Number in the order of [`BUSES`].
        bus: usize = Parameter::words("bus", &BUSES);
        /// For how long, us.
        for_us: u64 = Parameter::number("time", "s", 0.0, 86_400.0);
    }
    /// Hold a bus's clock line low.
    "clock stuck" => ClockStuck {
        /// Number in the order of [`BUSES`].
        bus: usize = Parameter::words("bus", &BUSES);
        /// For how long, us.
        for_us: u64 = Parameter::number("time", "s", 0.0, 86_400.0);
    }
    /// Hold the data line of a channel behind the multiplexer low: everyone suffers while it is joined.
    "channel stuck" => ChannelStuck {
        /// Which.
        channel: usize = Parameter::words("channel", &["0", "1", "2", "3", "4", "5", "6", "7"]);
        /// For how long, us.
        for_us: u64 = Parameter::number("time", "s", 0.0, 86_400.0);
    }
    /// The fan chip's supply.
    "fan chip power" => FanChipPower {
        /// It is on.
        on: bool = SWITCH;
    }
    /// Close the supply that an emergency stop has dropped, once it is released.
    "restore supply" => RestoreSupply
    /// Switch the hosts on again.
    "start hosts" => StartHosts
    /// Switch a host on.
    "host start" => HostStart {
        /// Which.
        host: Pick = HOST;
    }
    /// Tell a host to shut down, apart from the rack's contact.
    "host stop" => HostStop {
        /// Which.
        host: Pick = HOST;
    }
    /// A host that hangs neither begins nor ends a shutdown.
    "host hangs" => HostHang {
        /// Which.
        host: Pick = HOST;
        /// It hangs.
        on: bool = SWITCH;
    }
    /// A host that halts at the end of its shutdown and does not switch itself off: its software is gone, its power is not.
    "host halts" => HostHalt {
        /// Which.
        host: Pick = HOST;
        /// It halts.
        on: bool = SWITCH;
    }
    /// A host whose shutdowns take so many times as long as usual.
    "host slow" => HostSlow {
        /// Which.
        host: Pick = HOST;
        /// Times; 1 as usual.
        times: f64 = Parameter::number("times", "", 1.0, 20.0);
    }
    /// Cap a host's power, or lift its cap; it obeys after a delay.
    "host cap" => HostCap {
        /// Which.
        host: Pick = HOST;
        /// Cap, share of its peak in %; none for no cap.
        percent: Option<f64> = Parameter::number("cap", "%", 0.0, 100.0).or(&["none"]);
    }
    /// Let a host's management controller say of its power what is so, that it is off or on whatever is so, or nothing.
    "host says" => HostSays {
        /// Which.
        host: Pick = HOST;
        /// What it says.
        claim: Claim = Parameter::words("power", &["truth", "off", "on", "nothing"]);
    }
    /// Let an outlet stay as it is, whatever its relay is told: a welded contact, a PDU that obeys nobody.
    "outlet stuck" => OutletStuck {
        /// Which.
        outlet: u16 = OUTLET;
        /// It is stuck.
        on: bool = SWITCH;
    }
    /// Let an outlet follow its relay so much later.
    "outlet late" => OutletLate {
        /// Which.
        outlet: u16 = OUTLET;
        /// How much later, us.
        for_us: u64 = Parameter::number("time", "s", 0.0, 600.0);
    }
    /// Let networked PDUs not answer: they are neither read nor told anything.
    "pdu silent" => PduSilent {
        /// They are silent.
        on: bool = SWITCH;
    }
    /// Switch an outlet at its board or PDU: by hand, by a rule of its own, by whoever else reaches it.
    "outlet switch" => OutletSwitch {
        /// Which.
        outlet: u16 = OUTLET;
        /// It is switched on.
        on: bool = SWITCH;
    }
}

impl Field for Output {
    fn take(value: Value) -> Option<Self> {
        OUTPUTS.get(usize::take(value)?).map(|(line, _)| *line)
    }

    fn value(self) -> Value {
        Value::Word(self as usize)
    }
}

impl Field for Input {
    fn take(value: Value) -> Option<Self> {
        INPUTS.get(usize::take(value)?).map(|(line, _)| *line)
    }

    fn value(self) -> Value {
        Value::Word(self as usize)
    }
}

impl Field for Instrument {
    fn take(value: Value) -> Option<Self> {
        Instrument::ALL.get(usize::take(value)?).copied()
    }

    fn value(self) -> Value {
        Value::Word(self as usize)
    }
}

impl Field for FireClass {
    fn take(value: Value) -> Option<Self> {
        FireClass::ALL.get(usize::take(value)?).copied()
    }

    fn value(self) -> Value {
        Value::Word(self as usize)
    }
}

#[cfg(test)]
#[path = "act_tests.rs"]
mod tests;
