//! The lines before the first step: what the scenario shows, on which rack and site.

use points::hazard::{HAZARDS, Hazard};
use points::interlock::Cause;
use points::{Span, setting};

use super::line::Line;
use super::measure;
use super::parse::normalised;
use super::problem::{Problem, hint, suggested};
use super::step;
use super::{Outlets, Scenario, SiteChange};

/// What the rack and the controller are at when a hazard strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Situation {
    /// Everything is normal.
    Idle,
    /// The rack is hot: a warning or a trip stands, or cooling is reduced.
    Hot,
    /// A shutdown or fire sequence is running.
    Sequence,
    /// A person is on the way back: latches stand, cause gone, soak or reset under way.
    Reset,
}

/// Every situation with its word, in the order of the coverage matrix.
pub const SITUATIONS: [(Situation, &str); 4] = [
    (Situation::Idle, "idle"),
    (Situation::Hot, "hot"),
    (Situation::Sequence, "sequence"),
    (Situation::Reset, "reset"),
];

/// A cell of the coverage matrix that a scenario claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Covers {
    /// Line of the claim.
    pub line: usize,
    /// Column of the cause.
    pub column: usize,
    /// The hazard.
    pub hazard: &'static Hazard,
    /// The situation.
    pub situation: Situation,
    /// The cause of the matrix that answers it.
    pub cause: Cause,
}

/// Recordings that a scenario may replay, each with what it is.
pub const RECORDINGS: &[(&str, &str)] = &[
    (
        "cluster-day",
        "a cluster's processor load as the rack's power, a weather year as its room",
    ),
    (
        "cabinet-fire-closed",
        "gas of a fire in a closed steel cabinet, 27 kW and more, for `fire replay`",
    ),
    (
        "cabinet-fire-open",
        "gas of a fire in a cabinet with its door open, 40 kW and more, for `fire replay`",
    ),
];

/// Words that begin a line of the header.
pub const HEADER: &[&str] = &["title", "covers", "seed", "tick", "rack", "site", "needs", "over"];

/// Reads one line of the header.
pub(super) fn header(line: &mut Line<'_>, scenario: &mut Scenario) -> Result<(), Problem> {
    let word = line.need("a header")?;
    match word.text {
        "title" if !scenario.title.is_empty() => Err(line.at(
            word,
            "the scenario has a title already; one sentence says what it shows",
        )),
        "title" => {
            line.rest().clone_into(&mut scenario.title);
            if scenario.title.is_empty() {
                Err(line.ends("what the scenario shows"))
            } else {
                Ok(())
            }
        }
        "covers" => covers(line, scenario),
        "seed" => {
            let word = line.need("a whole number")?;
            let seed = word.text.parse();
            scenario.seed = seed.map_err(|_| {
                line.at(
                    word,
                    format!("`{}` is no seed; write a whole number such as 7", word.text),
                )
            })?;
            Ok(())
        }
        "tick" => {
            let column = line.peek();
            let seconds = measure::number(line, "the tick", "s")?;
            let span = Span::from_s(seconds).filter(|span| (Span::ms(10)..=Span::ms(200)).contains(span));
            scenario.tick = span.ok_or_else(|| match column {
                Some(word) => line.at(word, "a tick is 10 to 200 ms"),
                None => line.here("a tick is 10 to 200 ms"),
            })?;
            Ok(())
        }
        "rack" if line.takes("with") => {
            let parts = [
                "second-blower",
                "inlet-sensitive-hosts",
                "agents",
                "uncapped-hosts",
                "management-controllers",
                "outlets",
                "pdu",
            ];
            match line.one_of("part that a rack may have", &parts)? {
                0 => scenario.second_blower = true,
                1 => scenario.inlet_sensitive = true,
                2 => scenario.agents = true,
                3 => scenario.uncapped = true,
                4 => (scenario.agents, scenario.controllers) = (true, true),
                5 => scenario.outlets = Some(Outlets::OwnLine),
                _ => scenario.outlets = Some(Outlets::Pdu),
            }
            Ok(())
        }
        "rack" => step::act(line).map(|act| scenario.before.push(act)),
        "site" => site(line, scenario),
        "needs" => {
            let names: Vec<&str> = RECORDINGS.iter().map(|(name, _)| *name).collect();
            let place = line.one_of("recording", &names)?;
            scenario.needs.push(names[place].to_owned());
            Ok(())
        }
        "over" => {
            let word = line.need("`rig`")?;
            if word.text != "rig" {
                return Err(line.at(
                    word,
                    "write `over rig`: the scenario also runs over the rig's socket",
                ));
            }
            scenario.over_rig = true;
            Ok(())
        }
        other => Err(line.at(
            word,
            format!("`{other}` is no header; {}", hint(other, HEADER.iter().copied())),
        )),
    }
}

/// `covers H16 idle C02`: hazard, situation, causes.
fn covers(line: &mut Line<'_>, scenario: &mut Scenario) -> Result<(), Problem> {
    let word = line.need("a hazard, H01 to H48")?;
    let hazard = Hazard::from_key(word.text).ok_or_else(|| {
        line.at(
            word,
            format!("`{}` is no hazard; write H01 to H{}", word.text, HAZARDS.len()),
        )
    })?;
    let words = SITUATIONS.map(|(_, word)| word);
    let situation = SITUATIONS[line.one_of("situation", &words)?].0;
    loop {
        let word = line.need("a cause of the matrix, such as C02")?;
        let wanted = normalised(word.text);
        let found = Cause::ALL
            .iter()
            .copied()
            .find(|cause| normalised(cause.key()) == wanted);
        let cause = found.ok_or_else(|| {
            line.at(
                word,
                format!(
                    "`{}` is no cause of the matrix; there are C01 to C{}: `hil-rig words causes` lists them",
                    word.text,
                    Cause::COUNT
                ),
            )
        })?;
        scenario.covers.push(Covers {
            line: line.number(),
            column: word.column,
            hazard,
            situation,
            cause,
        });
        if line.is_done() {
            return Ok(());
        }
    }
}

/// `site without fan-contact`, `site with one-wire-board`, `site setting NAME VALUE UNIT`.
fn site(line: &mut Line<'_>, scenario: &mut Scenario) -> Result<(), Problem> {
    match line.one_of("change of the site", &["without", "with", "setting"])? {
        0 => {
            line.one_of("part that a site may lack", &["fan-contact"])?;
            scenario.site.push(SiteChange::WithoutFanContact);
            Ok(())
        }
        1 => {
            let part = line.one_of("part that a site may have", &["one-wire-board", "second-blower"])?;
            scenario.site.push(if part == 0 {
                SiteChange::OneWireBoard
            } else {
                SiteChange::SecondBlower
            });
            Ok(())
        }
        _ => set_point(line, scenario),
    }
}

fn set_point(line: &mut Line<'_>, scenario: &mut Scenario) -> Result<(), Problem> {
    let word = line.need("the name of a set point")?;
    let Some(row) = setting::ROWS.iter().find(|row| row.name == word.text) else {
        let names: Vec<String> = setting::ROWS.iter().map(|row| row.name.to_owned()).collect();
        let fix =
            suggested(word.text, &names).unwrap_or_else(|| "`hil-rig words settings` lists them".to_owned());
        return Err(line.at(word, format!("no set point is named `{}`; {fix}", word.text)));
    };
    let place = line.peek();
    let value = measure::number(line, "the set point", row.kind.unit)?;
    if !(row.low..=row.high).contains(&value) {
        let unit = row.kind.unit;
        let (low, high) = (format!("{} {unit}", row.low), format!("{} {unit}", row.high));
        let message = format!("`{}` takes {} to {}", row.name, low.trim_end(), high.trim_end());
        return Err(match place {
            Some(word) => line.at(
                word,
                format!("`{}` is out of span: {message}", line.written(word)),
            ),
            None => line.here(message),
        });
    }
    scenario
        .site
        .push(SiteChange::Setting(row.name.to_owned(), value));
    Ok(())
}
