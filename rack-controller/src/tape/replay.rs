//! Plays a tape to a machine again and compares its pictures with the recorded ones.

use std::io::{Read, Write};
use std::path::Path;

use points::{Absent, Moment, Snapshot, point};
use safety::exit;
use sensors::driver::Raw;

use super::format::{self, Entry, Standing, TapeError, Tick};
use super::read::Reader;
use super::record::same;
use crate::config::Config;
use crate::core::digest::Digest;
use crate::core::frame::Frame;
use crate::site::Site;
use crate::tick::{Found, Machine};
use crate::transition::{Change, changes};

/// A moment later than this, 9,000 years, is on no tape of ours.
const LATEST: Moment = Moment(1 << 58);

/// The first that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Number of the tick on the tape, from 1.
    pub tick: u64,
    /// Its moment.
    pub at: Moment,
    /// What differs, with both values.
    pub what: String,
}

/// What came of a replay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replayed {
    /// Ticks played.
    pub ticks: u64,
    /// Starts of a core.
    pub starts: u64,
    /// Commands given.
    pub commands: u64,
    /// Moment of the first start.
    pub began: Moment,
    /// Moment of the last tick.
    pub last: Moment,
    /// The first difference; nothing is played after it.
    pub differs: Option<Difference>,
}

/// A core on the tape.
struct Core {
    machine: Machine,
    frame: Frame,
    points: [Result<f64, Absent>; point::COUNT],
    standing: Standing,
    before: Snapshot,
}

/// Plays a tape; `tell` hears of every change of state.
///
/// # Errors
/// When the tape cannot be read to its end; what was played before is in the second place.
pub fn replay<R: Read>(
    mut reader: Reader<R>,
    tell: &mut dyn FnMut(Moment, &Change),
) -> Result<Replayed, (TapeError, Replayed)> {
    let mut done = Replayed::default();
    let told = play(&mut reader, &mut done, tell);
    match told {
        Ok(()) => Ok(done),
        Err(error) => Err((error, done)),
    }
}

fn play<R: Read>(
    reader: &mut Reader<R>,
    done: &mut Replayed,
    tell: &mut dyn FnMut(Moment, &Change),
) -> Result<(), TapeError> {
    let text = &reader.header().site;
    let site = Site::build(&Config::parse(text)?, Some(text))?;
    let mut core: Option<Core> = None;
    while let Some(entry) = reader.entry()? {
        match (entry, &mut core) {
            (
                Entry::Start {
                    now,
                    found,
                    units,
                    self_test,
                    commissioning,
                    hosts,
                    stops,
                    parity,
                    contact_open,
                    devices,
                },
                _,
            ) => {
                if now > LATEST || usize::from(devices) != site.devices.len() {
                    return Err(TapeError::Nonsense(0, "a start that does not fit its site"));
                }
                let found = Found {
                    latches: found.restored()?,
                    units: units.as_deref().map(format::units).transpose()?,
                    self_test: self_test.as_deref().map(format::self_test).transpose()?,
                    commissioning: commissioning.as_deref().map(format::commissioning).transpose()?,
                    hosts: hosts.as_deref().map(format::hosts).transpose()?,
                    stops: stops.as_deref().map(format::stops).transpose()?,
                    parity: parity.as_deref().map(format::parity).transpose()?,
                };
                let machine = Machine::new(&site, &found, exit(&found.latches, contact_open), now);
                done.began = if done.starts == 0 { now } else { done.began };
                done.starts += 1;
                core = Some(Core {
                    frame: Frame::starting(site.devices.len()),
                    points: [Err(Absent::NotFitted); point::COUNT],
                    standing: Standing::default(),
                    before: machine.picture().clone(),
                    machine,
                });
            }
            (_, None) => {
                return Err(TapeError::Nonsense(
                    0,
                    "it does not begin with the start of a core",
                ));
            }
            (
                Entry::Command {
                    now,
                    command,
                    by,
                    answer,
                },
                Some(core),
            ) => {
                done.commands += 1;
                let got = core.machine.command(now, &command, by);
                if got != answer {
                    let what = format!("the answer to {command:?}: recorded {answer:?}, replayed {got:?}");
                    done.differs = Some(Difference {
                        tick: done.ticks,
                        at: now,
                        what,
                    });
                    return Ok(());
                }
            }
            (Entry::Tick(tick), Some(core)) => {
                if tick.now > LATEST || tick.now < core.before.now {
                    return Err(TapeError::Nonsense(0, "time goes backwards"));
                }
                done.ticks += 1;
                done.last = tick.now;
                done.differs = core.tick(&tick, done.ticks)?;
                if done.differs.is_some() {
                    return Ok(());
                }
                let (now, picture) = (tick.now, core.machine.picture());
                changes(&core.before, picture, |change| tell(now, &change));
                core.before.clone_from(picture);
            }
            (Entry::End { .. }, Some(_)) => {}
        }
    }
    Ok(())
}

impl Core {
    fn tick(&mut self, tick: &Tick, number: u64) -> Result<Option<Difference>, TapeError> {
        for change in &tick.devices {
            let device = self.frame.devices.get_mut(usize::from(change.place));
            let device = device.ok_or(TapeError::Nonsense(0, "a device that the site has not"))?;
            device.result = match &change.result {
                Ok(bytes) => Ok(Raw::new(bytes)),
                Err(reason) => Err(*reason),
            };
            device.at = Moment(tick.now.as_us().wrapping_sub(change.age_us)).min(LATEST);
            device.count = change.count;
        }
        if let Some(lines) = tick.lines {
            self.frame.lines = lines;
        }
        if let Some(health) = tick.health {
            self.frame.health = health;
        }
        if let Some(hosts) = &tick.hosts {
            self.frame.hosts = **hosts;
        }
        for (place, value) in &tick.points {
            let point = self.points.get_mut(usize::from(*place));
            *point.ok_or(TapeError::Nonsense(0, "a point that there is not"))? = *value;
        }
        if let Some(standing) = tick.standing {
            self.standing = standing;
        }
        self.machine.tick(tick.now, &self.frame);
        let mut digest = Digest::default();
        digest.picture(self.machine.picture());
        Ok((digest.value() != tick.digest).then(|| Difference {
            tick: number,
            at: tick.now,
            what: self.difference(),
        }))
    }

    /// The first thing in the picture that is not as it was recorded.
    fn difference(&self) -> String {
        let picture = self.machine.picture();
        let cells = point::all().zip(self.points.iter().zip(&picture.cells));
        for (point, (recorded, cell)) in cells {
            if !same(*recorded, cell.value) {
                let told = |value: Result<f64, Absent>| match value {
                    Ok(number) => format!("{number} {}", point.row.kind.unit).trim_end().to_owned(),
                    Err(reason) => reason.text().to_owned(),
                };
                return format!(
                    "{point}: recorded {}, replayed {}",
                    told(*recorded),
                    told(cell.value)
                );
            }
        }
        match self.standing.difference(&Standing::of(picture)) {
            Some(what) => what.to_owned(),
            None => "the age of a point, an alarm or a hold; every value is as recorded".to_owned(),
        }
    }
}

/// Replays a file and prints what happened; whether all of it was as recorded.
///
/// # Errors
/// When standard output is gone.
pub fn run(path: &Path, out: &mut dyn Write) -> std::io::Result<bool> {
    let opened = std::fs::File::open(path).map_err(TapeError::from);
    let opened = opened.and_then(|file| Reader::new(std::io::BufReader::new(file)));
    let reader = match opened {
        Ok(reader) => reader,
        Err(error) => {
            writeln!(out, "{}: {error}", path.display())?;
            return Ok(false);
        }
    };
    let header = reader.header();
    writeln!(out, "{}, recorded by {}", header.label, header.software)?;
    let own = super::software();
    if header.software != own {
        writeln!(out, "this is {own}: what has changed since may differ")?;
    }
    let mut lost = None;
    let mut began = None;
    let replayed = replay(reader, &mut |at, change| {
        let began = *began.get_or_insert(at);
        let line = writeln!(out, "{:>12.3} s  {change}", at.since(began).as_s());
        lost = lost.take().or(line.err());
    });
    if let Some(error) = lost {
        return Err(error);
    }
    let (done, error) = match replayed {
        Ok(done) => (done, None),
        Err((error, done)) => (done, Some(error)),
    };
    writeln!(
        out,
        "{} ticks, {} starts, {} commands, {:.1} s",
        done.ticks,
        done.starts,
        done.commands,
        done.last.since(done.began).as_s()
    )?;
    if let Some(difference) = &done.differs {
        writeln!(
            out,
            "differs at tick {}, {:.3} s: {}",
            difference.tick,
            difference.at.since(done.began).as_s(),
            difference.what
        )?;
    } else if let Some(error) = &error {
        writeln!(out, "{error}")?;
    } else {
        writeln!(out, "every picture is as recorded, bit for bit")?;
    }
    Ok(done.differs.is_none() && error.is_none())
}
