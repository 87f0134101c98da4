//! What a scenario may expect: conditions over the controller's picture and the rack's truth.
//!
//! ```text
//!   condition := term { "and" term }
//!   term      := [ "no" | "only" ] SET KEY...       effect, cause, latch, alarm
//!              | POINT "is" [ "not" ] STATE          a state, `read`, or a reason for absence
//!              | POINT RELATION VALUE [ "±" NUMBER ] the controller's reading
//!              | "age" POINT RELATION VALUE          how old the reading is
//!              | "truth" NAME RELATION VALUE ...     what is really so in the rack
//!              | "drive" RELATION VALUE              what the controller commands of the fan
//!              | "contact" ( "open" | "closed" )     what it commands of the fan's supply contact
//!              | "normal"                            automatic control, no effect, latch or alarm
//!   VALUE     := NUMBER UNIT | NOTE [ ( "+" | "-" ) NUMBER UNIT ]
//! ```

use points::alarm::{Alarm, AlarmSet};
use points::interlock::{Cause, CauseSet, Effect, EffectSet, Latch, LatchSet};
use points::{Absent, Regime, Snapshot};

use super::problem::hyphened;
use crate::rack::{Report, TruthRow};

/// What is looked at: the controller's picture and the rack's truth of one moment.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// The controller's picture.
    pub picture: &'a Snapshot,
    /// The rack's truth.
    pub report: &'a Report,
    /// Numbers that the scenario has noted, in the order of their notes.
    pub notes: &'a [Option<f64>],
}

/// How a set has to stand to the listed items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// All of them are in it.
    All,
    /// None of them is in it.
    None,
    /// Exactly they are in it.
    Only,
}

/// How a number has to stand to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// Below.
    Less,
    /// Below or equal.
    AtMost,
    /// Above.
    Greater,
    /// Above or equal.
    AtLeast,
    /// Equal within a tolerance.
    Near,
}

/// The other number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Against {
    /// A number, in the unit of what is compared.
    Number(f64),
    /// A note by its place, and what is added to it.
    Note(usize, f64),
}

/// Where a number comes from.
#[derive(Clone, Copy, Debug)]
pub enum Source {
    /// A point of the picture, by its place.
    Point(usize),
    /// Time since a point of the picture was read, s; a point that was never read has none.
    Age(usize),
    /// A quantity of the rack's truth.
    Truth(&'static TruthRow),
    /// Drive commanded of the fan, %.
    Drive,
}

/// What a point has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Being {
    /// A value, whichever.
    Read,
    /// A state by its number.
    State(f64),
    /// Absent, for any reason.
    Absent,
    /// Absent for this reason.
    Reason(Absent),
}

/// One term.
#[derive(Clone, Debug)]
pub enum Term {
    /// Effects in force.
    Effects(Member, EffectSet),
    /// Causes that stand.
    Causes(Member, CauseSet),
    /// Latches set.
    Latches(Member, LatchSet),
    /// Alarms whose condition or latch stands.
    Alarms(Member, AlarmSet),
    /// A point is, or is not, something.
    Is {
        /// The point's place.
        point: usize,
        /// It must not be.
        not: bool,
        /// What.
        being: Being,
    },
    /// A number compared.
    Compared {
        /// What is compared.
        source: Source,
        /// How.
        relation: Relation,
        /// With what.
        against: Against,
        /// Allowed difference for [`Relation::Near`].
        tolerance: f64,
    },
    /// The fan's supply contact is commanded open.
    ContactOpen(bool),
    /// Automatic control; no effect, latch or alarm.
    Normal,
}

/// All terms have to hold at once.
#[derive(Clone, Debug)]
pub struct Condition {
    /// The terms.
    pub terms: Vec<Term>,
    /// As it is written.
    pub text: String,
}

impl Condition {
    /// Whether it holds.
    #[must_use]
    pub fn holds(&self, look: &Look<'_>) -> bool {
        self.terms.iter().all(|term| term.holds(look))
    }

    /// Whether it asks anything of the controller, not only of the rack.
    #[must_use]
    pub fn needs_picture(&self) -> bool {
        let truth = |term: &Term| {
            matches!(
                term,
                Term::Compared {
                    source: Source::Truth(_),
                    against: Against::Number(_),
                    ..
                }
            )
        };
        !self.terms.iter().all(truth)
    }

    /// What was found where it does not hold, term by term.
    #[must_use]
    pub fn found(&self, look: &Look<'_>) -> String {
        let broken = self.terms.iter().filter(|term| !term.holds(look));
        broken.map(|term| term.found(look)).collect::<Vec<_>>().join("; ")
    }
}

impl Source {
    /// The number now, or why there is none.
    ///
    /// # Errors
    /// Why the point has no value.
    pub fn number(&self, look: &Look<'_>) -> Result<f64, Absent> {
        match self {
            Source::Point(point) => look
                .picture
                .cells
                .get(*point)
                .map_or(Err(Absent::NotFitted), |cell| cell.value),
            Source::Age(point) => look
                .picture
                .cells
                .get(*point)
                .map_or(Err(Absent::NotFitted), |cell| {
                    cell.value.map(|_| look.picture.now.since(cell.at).as_s())
                }),
            Source::Truth(row) => Ok((row.of)(look.report)),
            Source::Drive => Ok(look.picture.fan.drive.get()),
        }
    }

    /// Its unit.
    #[must_use]
    pub fn unit(&self) -> &'static str {
        match self {
            Source::Point(point) => points::point::all()
                .nth(*point)
                .map_or("", |point| point.row.kind.unit),
            Source::Age(_) => "s",
            Source::Truth(row) => row.unit,
            Source::Drive => "%",
        }
    }
}

impl Against {
    fn number(self, look: &Look<'_>) -> Option<f64> {
        match self {
            Against::Number(number) => Some(number),
            Against::Note(place, plus) => look
                .notes
                .get(place)
                .copied()
                .flatten()
                .map(|number| number + plus),
        }
    }
}

fn member<T: PartialEq + Copy>(how: Member, have: T, want: T, both: T, none: T) -> bool {
    match how {
        Member::All => both == want,
        Member::None => both == none,
        Member::Only => have == want,
    }
}

impl Term {
    fn holds(&self, look: &Look<'_>) -> bool {
        let picture = look.picture;
        match self {
            Term::Effects(how, want) => member(
                *how,
                picture.effects,
                *want,
                picture.effects.and(*want),
                EffectSet::EMPTY,
            ),
            Term::Causes(how, want) => member(
                *how,
                picture.causes,
                *want,
                picture.causes.and(*want),
                CauseSet::EMPTY,
            ),
            Term::Latches(how, want) => member(
                *how,
                picture.latches,
                *want,
                picture.latches.and(*want),
                LatchSet::EMPTY,
            ),
            Term::Alarms(how, want) => {
                let raised = picture.alarms.standing();
                member(*how, raised.0, want.0, raised.0 & want.0, 0)
            }
            Term::Is { point, not, being } => *not != self.is(*point, *being, picture),
            Term::Compared {
                source,
                relation,
                against,
                tolerance,
            } => {
                let (Ok(number), Some(other)) = (source.number(look), against.number(look)) else {
                    return false;
                };
                match relation {
                    Relation::Less => number < other,
                    Relation::AtMost => number <= other,
                    Relation::Greater => number > other,
                    Relation::AtLeast => number >= other,
                    Relation::Near => (number - other).abs() <= *tolerance,
                }
            }
            Term::ContactOpen(open) => picture.fan.contact_open == *open,
            Term::Normal => {
                picture.latches.is_empty()
                    && picture.effects.is_empty()
                    && picture.alarms.standing().is_empty()
                    && regime(picture) == Some(Regime::Normal)
            }
        }
    }

    fn is(&self, point: usize, being: Being, picture: &Snapshot) -> bool {
        let value = picture
            .cells
            .get(point)
            .map_or(Err(Absent::NotFitted), |cell| cell.value);
        match (being, value) {
            (Being::Read, value) => value.is_ok(),
            (Being::State(state), Ok(number)) => (number - state).abs() < 0.5,
            (Being::Absent, value) => value.is_err(),
            (Being::Reason(reason), Err(found)) => reason == found,
            (Being::State(_), Err(_)) | (Being::Reason(_), Ok(_)) => false,
        }
    }

    fn found(&self, look: &Look<'_>) -> String {
        let picture = look.picture;
        match self {
            Term::Effects(..) => list("effects", picture.effects.iter().map(Effect::key)),
            Term::Causes(..) => list("causes", picture.causes.iter().map(Cause::key)),
            Term::Latches(..) => list("latches", picture.latches.iter().map(Latch::key)),
            Term::Alarms(..) => alarms(picture),
            Term::Is { point, .. } => shown(&Source::Point(*point), look),
            Term::Compared {
                source,
                against: Against::Note(place, _),
                ..
            } => {
                let note = look.notes.get(*place).copied().flatten();
                let noted = note.map_or_else(
                    || "nothing was noted: there was no reading".to_owned(),
                    |note| format!("noted {}", with_unit(note, source)),
                );
                format!("{}, {noted}", shown(source, look))
            }
            Term::Compared { source, .. } => shown(source, look),
            Term::ContactOpen(_) => {
                format!(
                    "contact commanded {}",
                    if picture.fan.contact_open {
                        "open"
                    } else {
                        "closed"
                    }
                )
            }
            Term::Normal => format!(
                "{}, {}, {}, regime {}",
                list("effects", picture.effects.iter().map(Effect::key)),
                list("latches", picture.latches.iter().map(Latch::key)),
                alarms(picture),
                regime(picture).map_or("unknown", Regime::text)
            ),
        }
    }
}

fn regime(picture: &Snapshot) -> Option<Regime> {
    picture.get(points::point::controller::REGIME).ok()
}

fn alarms(picture: &Snapshot) -> String {
    list(
        "alarms",
        picture
            .alarms
            .standing()
            .iter()
            .map(|alarm: Alarm| alarm.row().name),
    )
}

fn list<'a>(what: &str, keys: impl Iterator<Item = &'a str>) -> String {
    let keys: Vec<&str> = keys.collect();
    if keys.is_empty() {
        format!("no {what}")
    } else {
        format!("{what} {}", keys.join(" "))
    }
}

fn with_unit(number: f64, source: &Source) -> String {
    format!("{number:.3} {}", source.unit()).trim_end().to_owned()
}

/// A source with its number or the reason for its absence.
fn shown(source: &Source, look: &Look<'_>) -> String {
    let name = |place: usize| {
        points::point::all()
            .nth(place)
            .map(|point| point.to_string())
            .unwrap_or_default()
    };
    let name = match source {
        Source::Point(place) => name(*place),
        Source::Age(place) => format!("age of {}", name(*place)),
        Source::Truth(row) => format!("truth {}", row.name),
        Source::Drive => "drive".to_owned(),
    };
    let states = match source {
        Source::Point(place) => points::point::all()
            .nth(*place)
            .map_or(&[][..], |point| point.row.kind.states),
        Source::Age(_) | Source::Truth(_) | Source::Drive => &[],
    };
    match source.number(look) {
        Ok(number) => {
            let state = (0u8..)
                .zip(states)
                .find(|(place, _)| (f64::from(*place) - number).abs() < 0.5);
            match state {
                Some((_, state)) => format!("{name} is {}", state.replace(' ', "-")),
                None => format!("{name} is {}", with_unit(number, source)),
            }
        }
        Err(reason) => format!("{name} is {} ({})", hyphened(reason.key()), reason.text()),
    }
}
