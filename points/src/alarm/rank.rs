//! How soon and how much: the words of the record, and the rule that makes a priority of them.

/// How soon and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Priority {
    /// Within the shift.
    Low = 1,
    /// Within the hour.
    Medium = 2,
    /// Within minutes.
    High = 3,
    /// At once.
    Critical = 4,
}

impl Priority {
    /// Every priority, the most urgent first.
    pub const ALL: [Priority; 4] = [
        Priority::Critical,
        Priority::High,
        Priority::Medium,
        Priority::Low,
    ];

    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Medium => "medium",
            Priority::High => "high",
            Priority::Critical => "critical",
        }
    }

    /// The rule: what is at stake against the time until a person has begun to act.
    ///
    /// ```text
    ///               5 min     1 h       8 h       later
    ///  Harm         critical  critical  high      high
    ///  Outage       critical  high      high      medium
    ///  Protection   high      high      medium    medium
    ///  Reserve      medium    medium    low       low
    ///  Upkeep       low       low       low       low
    /// ```
    pub const fn of(severity: Severity, respond_min: u32) -> Priority {
        use Priority::{Critical, High, Low, Medium};
        let columns = match severity {
            Severity::Harm => [Critical, Critical, High, High],
            Severity::Outage => [Critical, High, High, Medium],
            Severity::Protection => [High, High, Medium, Medium],
            Severity::Reserve => [Medium, Medium, Low, Low],
            Severity::Upkeep => [Low, Low, Low, Low],
        };
        columns[match respond_min {
            0..=5 => 0,
            6..=60 => 1,
            61..=480 => 2,
            481.. => 3,
        }]
    }
}

/// What is at stake if the alarm is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Records and comfort.
    Upkeep = 1,
    /// A spare or a margin; cooling and protection work.
    Reserve = 2,
    /// Protection, or the sight of it, is impaired.
    Protection = 3,
    /// Hosts go down or are damaged.
    Outage = 4,
    /// Fire or people.
    Harm = 5,
}

impl Severity {
    /// The words for it.
    pub const fn text(self) -> &'static str {
        match self {
            Severity::Upkeep => "records and comfort",
            Severity::Reserve => "a spare or a margin",
            Severity::Protection => "protection is impaired",
            Severity::Outage => "hosts go down or are damaged",
            Severity::Harm => "fire or people",
        }
    }
}

/// Alarms of one incident: of each group the first that came is told (first-out).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(u8)]
pub enum Group {
    /// Fire and its signs.
    Fire = 0,
    /// Blower, supply and the heat that follows.
    Cooling = 1,
    /// Stops and cuts, by hand or not obeyed.
    Stops = 2,
    /// Door, seal, leak, extinguishers.
    Enclosure = 3,
    /// Probes, loops, devices and buses.
    Sensors = 4,
    /// Filters.
    Filters = 5,
    /// The controller itself.
    Controller = 6,
}

impl Group {
    /// Every group, in the order of their numbers.
    pub const ALL: [Group; 7] = [
        Group::Fire,
        Group::Cooling,
        Group::Stops,
        Group::Enclosure,
        Group::Sensors,
        Group::Filters,
        Group::Controller,
    ];

    /// The word for it.
    pub const fn text(self) -> &'static str {
        match self {
            Group::Fire => "fire",
            Group::Cooling => "cooling",
            Group::Stops => "stops",
            Group::Enclosure => "enclosure",
            Group::Sensors => "sensors",
            Group::Filters => "filters",
            Group::Controller => "controller",
        }
    }
}

/// What a flood does to the alarm's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storm {
    /// It keeps its line.
    Stays,
    /// It is counted in its group's line.
    Folds,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_at_stake_or_less_time_is_never_less_urgent() {
        use Severity::{Harm, Outage, Protection, Reserve, Upkeep};
        let severities = [Upkeep, Reserve, Protection, Outage, Harm];
        for pair in severities.windows(2) {
            for minutes in [1, 5, 6, 60, 61, 480, 481, 100_000] {
                assert!(Priority::of(pair[1], minutes) >= Priority::of(pair[0], minutes));
                assert!(Priority::of(pair[1], minutes) >= Priority::of(pair[1], minutes + 1));
            }
        }
        assert!(
            Group::ALL
                .iter()
                .zip(0..)
                .all(|(group, place)| *group as u8 == place)
        );
    }
}
