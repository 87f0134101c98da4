//! The report of a full drill: as it travels to the front, and as it is kept and read.

use points::command::{Name, Reason};
use points::host::Observation;
use points::{DrillResult, Span};
use safety::hosts::{DrillReport, Drilled};
use serde::{Deserialize, Serialize};
use web::api;

use super::plan::{Plan, TargetPlan};

/// A drill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Drill {
    /// Its number.
    pub number: u32,
    /// How it ended; `None` while it runs.
    pub result: DrillResult,
    /// Who started it, and why.
    by: Option<(Name, Reason)>,
    rehearsal: bool,
    hosts: Vec<Host>,
}

/// One host of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Host {
    place: usize,
    told: bool,
    passed: bool,
    begun: Option<Span>,
    off: bool,
    stopped: Option<Span>,
    lacks: Vec<Observation>,
    stays: bool,
    back: Option<Span>,
}

impl Host {
    fn new(place: usize, one: &Drilled) -> Self {
        Host {
            place,
            told: one.told,
            passed: one.passed(),
            begun: one.begun,
            off: one.off,
            stopped: one.stopped,
            lacks: one.lacks().collect(),
            stays: one.stays,
            back: one.back,
        }
    }

    /// What was found, in sentences.
    fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        let mut say = |text: &str| remarks.push(text.to_owned());
        if !self.told {
            say("The drill ended before its turn.");
            return remarks;
        }
        if !self.off {
            let ways: Vec<&str> = self.lacks.iter().map(|way| way.text()).collect();
            match ways.as_slice() {
                [] => say("Not proven off before the drill ended."),
                ways => say(&format!(
                    "Not proven off within its stage: {} did not say off.",
                    ways.join(" and ")
                )),
            }
            if self.stays {
                say(
                    "It hears the order and stays. If it monitors another UPS too, set its MINSUPPLIES so that it needs both.",
                );
            } else if self.begun.is_none() {
                say("Nothing was seen of its beginning to stop: does it hear the order? Look at its log-in.");
            }
            if !self.lacks.is_empty() {
                say("No alarm is raised for it: in an incident it would be host.not_down.");
            }
        } else if self.stopped.is_none() {
            say(
                "Its time was not measured: the controller was started anew in between, or the host was not seen to run.",
            );
        }
        if self.back.is_none() {
            say("It had not answered when the drill ended.");
        }
        remarks
    }

    fn report(&self, plan: &Plan) -> api::DrilledHost {
        let target = plan.targets.get(self.place);
        let tier = target.and_then(|target| plan.tiers.get(target.tier));
        let by = |target: &TargetPlan| target.off_by.filter(|_| self.off);
        let proven_by = target.and_then(by);
        // Tenths, rounded up as what was learned is.
        let tenths = |span: Span| u32::try_from(span.as_us().div_ceil(100_000)).unwrap_or(u32::MAX);
        let seconds = |span: Option<Span>| span.map(|span| f64::from(tenths(span)) / 10.0);
        api::DrilledHost {
            name: target.map_or_else(
                || format!("host {}", self.place + 1),
                |target| target.name.clone(),
            ),
            tier: tier.map(|tier| tier.name.clone()),
            result: match (self.passed, self.told) {
                (true, _) => "passed",
                (false, true) => "failed",
                (false, false) => "not told",
            }
            .into(),
            begun_s: seconds(self.begun),
            stopped_s: seconds(self.stopped),
            proven_by: proven_by
                .iter()
                .flatten()
                .map(|way| way.text().to_owned())
                .collect(),
            // One that never went has not come back.
            back_s: seconds(self.back.filter(|_| self.off)),
            remarks: self.remarks(),
        }
    }
}

impl Drill {
    /// As the plan has it.
    pub fn new(report: &DrillReport, by: Option<(Name, Reason)>) -> Self {
        let hosts = report.targets.iter().enumerate();
        let hosts = hosts.filter_map(|(place, one)| Some(Host::new(place, one.as_ref()?)));
        Drill {
            number: report.number,
            result: report.result,
            by,
            rehearsal: report.rehearsed.is_some(),
            hosts: hosts.collect(),
        }
    }

    /// No host does anything in it.
    pub const fn is_rehearsal(&self) -> bool {
        self.rehearsal
    }

    /// It has ended: it is to be kept.
    pub fn ended(&self) -> bool {
        self.result != DrillResult::None
    }

    /// As it is kept, by the site's names; `time_s` is its end, in Unix seconds.
    pub fn report(&self, plan: &Plan, time_s: f64) -> api::Drill {
        let hosts = self.hosts.iter().map(|host| host.report(plan)).collect();
        self.kept("drill", self.result, hosts, time_s)
    }

    /// A rehearsal as it is kept: what it has found of the hosts, and its end in Unix seconds.
    pub fn rehearsal(
        &self,
        hosts: Vec<api::DrilledHost>,
        stages: Vec<api::RehearsedStage>,
        passed: bool,
        time_s: f64,
    ) -> api::Drill {
        let result = if passed {
            DrillResult::Passed
        } else {
            DrillResult::Failed
        };
        api::Drill {
            stages,
            ..self.kept("rehearsal", result, hosts, time_s)
        }
    }

    fn kept(&self, kind: &str, result: DrillResult, hosts: Vec<api::DrilledHost>, time_s: f64) -> api::Drill {
        let why = self.by.as_ref().map(|(_, why)| why.as_str());
        api::Drill {
            kind: kind.into(),
            number: self.number,
            time: time_s,
            result: result.text().into(),
            by: self.by.as_ref().map(|(by, _)| by.as_str().to_owned()),
            reason: why.filter(|why| !why.is_empty()).map(str::to_owned),
            hosts,
            stages: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use points::host::TARGETS;

    #[test]
    fn a_report_says_what_was_missing() {
        let mut plan = Plan::default();
        for name in ["web-1", "web-2", "web-3"] {
            plan.targets.push(TargetPlan {
                name: name.into(),
                off_by: Some([Observation::Tcp, Observation::Bmc]),
                ..TargetPlan::default()
            });
        }
        let mut targets = [None; TARGETS];
        targets[0] = Some(Drilled {
            told: true,
            begun: Some(Span::ms(1_040)),
            off: true,
            stopped: Some(Span::ms(41_200)),
            back: Some(Span::s(80)),
            ..Drilled::default()
        });
        targets[1] = Some(Drilled {
            told: true,
            missing: 1 << Observation::Bmc.index(),
            stays: true,
            ..Drilled::default()
        });
        targets[2] = Some(Drilled::default());
        let report = DrillReport {
            number: 7,
            result: DrillResult::Stopped,
            targets,
            rehearsed: None,
        };
        let by = (Name::new("mara").ok()).zip(Reason::new("yearly drill").ok());
        let kept = Drill::new(&report, by).report(&plan, 5.0);
        let results: Vec<&str> = kept.hosts.iter().map(|host| host.result.as_str()).collect();
        assert_eq!(results, ["passed", "failed", "not told"]);
        assert_eq!(
            (kept.by.as_deref(), kept.result.as_str()),
            (Some("mara"), "ended by a person")
        );
        assert_eq!(
            (kept.hosts[0].begun_s, kept.hosts[0].stopped_s),
            (Some(1.1), Some(41.2))
        );
        assert!(kept.hosts[0].remarks.is_empty());
        assert_eq!(kept.hosts[0].proven_by, ["tcp", "bmc"]);
        let said = kept.hosts[1].remarks.join(" ");
        assert!(
            said.contains("bmc did not say off") && said.contains("MINSUPPLIES"),
            "{said}"
        );
        assert!(said.contains("host.not_down") && kept.hosts[1].proven_by.is_empty());
    }
}
