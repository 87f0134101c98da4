//! What can go wrong with the rack, by number: the hazards that the interlocks answer and the scenarios cover.
//!
//! The numbers are those of the hazard analysis and never change their meaning. Which cause of the matrix answers a
//! hazard is not written here: a scenario claims it and a run proves it.

/// One hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hazard {
    /// Its number, from 1.
    pub number: u8,
    /// Its key: `H` and two digits.
    pub key: &'static str,
    /// Its title for people.
    pub title: &'static str,
    /// What happens, in a sentence.
    pub about: &'static str,
    /// Severity before any measure: 1 a nuisance, 2 wear, 3 loss of service, 4 loss of hosts or data, 5 fire or people.
    pub severity: u8,
}

const fn row(
    number: u8,
    key: &'static str,
    title: &'static str,
    about: &'static str,
    severity: u8,
) -> Hazard {
    Hazard {
        number,
        key,
        title,
        about,
        severity,
    }
}

/// Every hazard, in the order of the numbers.
pub const HAZARDS: [Hazard; 48] = [
    row(
        1,
        "H01",
        "Blower stands",
        "The wheel does not turn: bearing, drive or supply",
        4,
    ),
    row(
        2,
        "H02",
        "Blower slow",
        "The blower turns slower than its drive asks",
        3,
    ),
    row(
        3,
        "H03",
        "Blower turns, no air flows",
        "Pipe off, exhaust or discharge holes blocked",
        4,
    ),
    row(
        4,
        "H04",
        "Filter clogged",
        "One filter or both resist more than they may",
        3,
    ),
    row(
        5,
        "H05",
        "Filter or side panel missing",
        "Unfiltered air enters",
        2,
    ),
    row(
        6,
        "H06",
        "Door open",
        "Air takes a short way; extinguishers are impaired",
        3,
    ),
    row(
        7,
        "H07",
        "Door contact stuck",
        "The contact says closed while the door is open, or never moves",
        3,
    ),
    row(
        8,
        "H08",
        "Temperature probe open, short or out of range",
        "A probe that gives no reading or none that can be",
        3,
    ),
    row(
        9,
        "H09",
        "Temperature probe stuck",
        "A reading that no longer moves",
        4,
    ),
    row(
        10,
        "H10",
        "Temperature probe drifts",
        "A reading that lies by an offset or a drift",
        4,
    ),
    row(
        11,
        "H11",
        "Two probes wrong the same way",
        "A common cause outvotes the good probe",
        5,
    ),
    row(
        12,
        "H12",
        "Sensor bus dead",
        "A bus held low or without answers",
        4,
    ),
    row(
        13,
        "H13",
        "Coating hides heat",
        "The walls' coating melts and holds a temperature while heat rises",
        4,
    ),
    row(
        14,
        "H14",
        "Over-temperature",
        "Exhaust air passes warning, high, trip or damage limit",
        4,
    ),
    row(15, "H15", "Smouldering", "Smoke without heat", 5),
    row(
        16,
        "H16",
        "Fire",
        "Two classes of evidence, or one that stands for itself",
        5,
    ),
    row(
        17,
        "H17",
        "Extinguisher fired",
        "A passive extinguisher has discharged",
        5,
    ),
    row(
        18,
        "H18",
        "Extinguisher's wire broken",
        "A break-wire fault that looks like a discharge",
        3,
    ),
    row(
        19,
        "H19",
        "Extinguisher absent or unlocked",
        "Nothing would put a fire out",
        4,
    ),
    row(
        20,
        "H20",
        "Fan feeds a fire",
        "The fan is driven while it has to stand",
        5,
    ),
    row(
        21,
        "H21",
        "Fan stop not obeyed",
        "A welded contact keeps the blower turning",
        5,
    ),
    row(
        22,
        "H22",
        "Power cut not obeyed",
        "The hosts' power flows after the cut",
        5,
    ),
    row(
        23,
        "H23",
        "Host hangs in its shutdown",
        "A host that was told does not go down",
        4,
    ),
    row(
        24,
        "H24",
        "Host says it is down and runs",
        "An acknowledgement without the act",
        4,
    ),
    row(
        25,
        "H25",
        "Host starts by itself in a fire",
        "Power returns to a host that was down",
        5,
    ),
    row(
        26,
        "H26",
        "Power cut too early",
        "Hosts lose data that they had time to save",
        4,
    ),
    row(
        27,
        "H27",
        "Front dies or hangs",
        "Network and history are down",
        3,
    ),
    row(28, "H28", "Core dies or hangs", "Nothing judges", 5),
    row(29, "H29", "Mains lost", "The rack runs on its reserve", 4),
    row(30, "H30", "Brown-out", "Supply voltage below what parts need", 3),
    row(
        31,
        "H31",
        "All exhaust probes lost",
        "The rack is cooled blindly",
        4,
    ),
    row(
        32,
        "H32",
        "Building management lost",
        "Nobody sees the rack from afar",
        2,
    ),
    row(
        33,
        "H33",
        "Peer's warning forged",
        "A warning from somebody else",
        3,
    ),
    row(
        34,
        "H34",
        "Wrong manual command",
        "A person slows the fan while the rack is hot",
        4,
    ),
    row(
        35,
        "H35",
        "Contradictory commands",
        "Two people or machines want different things",
        3,
    ),
    row(36, "H36", "Two controllers", "Both believe to be the master", 4),
    row(
        37,
        "H37",
        "Configuration wrong",
        "Limits that contradict each other, or no numbers",
        4,
    ),
    row(38, "H38", "Clock steps", "Wall time jumps forth or back", 3),
    row(39, "H39", "Disk full or corrupt", "Records cannot be written", 3),
    row(
        40,
        "H40",
        "Memory or connections exhausted",
        "More asked than there is",
        3,
    ),
    row(
        41,
        "H41",
        "Flood of alarms hides a fire",
        "The alarm that counts is one of many",
        4,
    ),
    row(
        42,
        "H42",
        "Malicious command",
        "A replayed command or a stolen session",
        5,
    ),
    row(
        43,
        "H43",
        "Module or seal changed",
        "A part is not the one that was commissioned",
        4,
    ),
    row(
        44,
        "H44",
        "Maintenance left in place",
        "An input stays bypassed after the work",
        4,
    ),
    row(
        45,
        "H45",
        "Sensors dirty after a discharge",
        "Powder or soot on what measures",
        2,
    ),
    row(46, "H46", "Output chatters", "Fan or relays switch to and fro", 2),
    row(47, "H47", "Condensation", "Humid air is drawn over cold walls", 2),
    row(
        48,
        "H48",
        "Injected faults on a real rack",
        "The rig's acts reach real outputs",
        5,
    ),
];

const _: () = {
    let mut place = 0;
    while place < HAZARDS.len() {
        let row = &HAZARDS[place];
        assert!(row.number as usize == place + 1, "numbers rise without a gap");
        assert!(row.severity >= 1 && row.severity <= 5, "severity is 1 to 5");
        let key = row.key.as_bytes();
        assert!(
            key.len() == 3 && key[0] == b'H' && (key[1] - b'0') * 10 + (key[2] - b'0') == row.number,
            "a key is H and the number"
        );
        place += 1;
    }
};

impl Hazard {
    /// The hazard with this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<&'static Hazard> {
        HAZARDS.iter().find(|row| row.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_hazard_is_found_by_its_key_and_has_a_title_of_its_own() {
        assert_eq!(Hazard::from_key("H16").map(|row| row.title), Some("Fire"));
        assert_eq!(Hazard::from_key("H49"), None);
        let titles: BTreeSet<&str> = HAZARDS.iter().map(|row| row.title).collect();
        assert_eq!(titles.len(), HAZARDS.len());
    }
}
