//! What is said of one host after a rehearsal, and whether it is ready: pure.

use std::time::Duration;

use points::Span;
use points::host::Observation;

use super::facts::AgentSaid;
use crate::hosts::bmc::Able;
use crate::hosts::nut::HostFigures;
use crate::hosts::plan::{TargetPlan, TierPlan};

/// The verdict on a host that would not be stopped, or not be proven off.
pub(super) const NOT_READY: &str = "not ready";

/// What is said of one host.
#[derive(Default)]
pub(super) struct Remarks {
    pub(super) texts: Vec<String>,
    /// Something keeps it from being stopped or proven off.
    fatal: bool,
    /// Something is not as it should be.
    remarkable: bool,
}

impl Remarks {
    fn info(&mut self, text: String) {
        self.texts.push(text);
    }

    fn remark(&mut self, text: String) {
        self.remarkable = true;
        self.texts.push(text);
    }

    fn fatal(&mut self, text: String) {
        self.fatal = true;
        self.texts.push(text);
    }

    /// In words.
    pub(super) const fn verdict(&self) -> &'static str {
        match (self.fatal, self.remarkable) {
            (true, _) => NOT_READY,
            (false, true) => "ready with remarks",
            (false, false) => "ready",
        }
    }
}

/// What is known of a host besides what is seen of it.
#[derive(Default)]
pub(super) struct Known {
    /// By NUT.
    pub(super) nut: HostFigures,
    /// What its management controller could do, where it was asked.
    pub(super) able: Option<Result<Able, String>>,
    /// The longest stop limit of its units, as its agent has said.
    pub(super) unit_stop: Option<Duration>,
    /// Its agent may connect.
    pub(super) enrolled: bool,
    /// What came of asking its agent.
    pub(super) agent: Option<AgentSaid>,
    /// What came of calling its webhook.
    pub(super) webhook: Option<Result<(), String>>,
    /// What is to be said of certificates that its channels need.
    pub(super) certificates: Vec<String>,
    /// The length of its tier's stage.
    pub(super) stage: Option<Span>,
}

fn s(span: Duration) -> String {
    format!("{:.1} s", span.as_secs_f64())
}

/// What is to be said of a host: what can stop it, what proves it off, and whether its times fit its tier's.
pub(super) fn judged(
    target: &TargetPlan,
    tier: Option<&TierPlan>,
    known: &Known,
    up: impl Fn(Observation) -> bool,
) -> Remarks {
    let mut remarks = Remarks::default();
    let agent = up(Observation::Agent);
    let controller = matches!(&known.able, Some(Ok(able)) if able.stops);
    let webhook = target
        .webhook
        .as_ref()
        .is_some_and(|webhook| !webhook.rehearse || known.webhook == Some(Ok(())));
    let stops = known.nut.polls || agent || webhook || controller;
    if !stops {
        remarks.fatal("Nothing that could stop it is there: no upsmon of it asks, no agent speaks, no management controller stops it, no webhook takes calls.".into());
    }
    match target.off_by {
        None => remarks.remark(
            "It can never be proven off: name two observations (off_by). Its tier waits for its whole stage."
                .into(),
        ),
        Some(ways) => {
            for way in ways.into_iter().filter(|way| !up(*way)) {
                remarks.fatal(format!(
                    "{} does not see it run: its stop could not be proven.",
                    way.text()
                ));
            }
        }
    }
    if let Some(doubt) = target.doubt() {
        remarks.remark(format!("Its proof is weak: {doubt}."));
    }
    if !target.addresses.is_empty() {
        by_nut(&mut remarks, tier, &known.nut);
    }
    match (known.unit_stop, tier) {
        (Some(unit), Some(tier)) if Duration::from_micros(tier.stop.as_us()) < unit => {
            remarks.remark(format!(
                "Deadline shorter than the worst case: a unit of it may take {} to stop, its tier has {}.",
                s(unit),
                s(Duration::from_micros(tier.stop.as_us()))
            ))
        }
        _ if agent && known.agent.is_none() => remarks.info("Its agent speaks.".into()),
        _ => {}
    }
    by_agent(&mut remarks, known);
    match (&target.bmc, &known.able) {
        (None, _) => {}
        (Some(_), None) => remarks.remark("Its management controller has not answered in time.".into()),
        (Some(_), Some(Err(error))) => remarks.remark(format!("Its management controller: {error}.")),
        (Some(_), Some(Ok(able))) => {
            match able.stops {
                true => remarks.info("Its management controller answers and can let it shut down.".into()),
                false => remarks.remark(
                    "Its management controller cannot let it shut down in good order (no GracefulShutdown)."
                        .into(),
                ),
            }
            if !able.caps {
                remarks.info("Its management controller caps no power.".into());
            }
        }
    }
    by_webhook(&mut remarks, target, known);
    for left_out in &target.left_out {
        let rest = left_out.strip_prefix("its ").unwrap_or(left_out);
        remarks.remark(format!("Its {rest}."));
    }
    for certificate in &known.certificates {
        remarks.remark(certificate.clone());
    }
    remarks
}

fn by_webhook(remarks: &mut Remarks, target: &TargetPlan, known: &Known) {
    match (&target.webhook, &known.webhook) {
        (None, _) => {}
        (Some(webhook), _) if !webhook.rehearse => {
            remarks.info("Its webhook was not tried (rehearse is off).".into());
        }
        (Some(_), None) => remarks.remark("Its webhook has not answered in time.".into()),
        (Some(_), Some(Ok(()))) => remarks.info("Its webhook takes calls.".into()),
        (Some(_), Some(Err(error))) => remarks.remark(format!("Its webhook: {error}.")),
    }
}

fn by_agent(remarks: &mut Remarks, known: &Known) {
    let would = match &known.agent {
        None if known.enrolled => {
            return remarks.fatal(
                "Its agent is enrolled and does not speak: start rack-agent on it, or take it off the list (rack-controller agent-remove)."
                    .into(),
            );
        }
        None => return,
        Some(AgentSaid::TooOld) => {
            return remarks.remark(
                "Its agent knows no rehearsals, so it was asked nothing: update rack-agent on it.".into(),
            );
        }
        Some(AgentSaid::Asked) => {
            return remarks.fatal("Its agent did not answer what it would do.".into());
        }
        Some(AgentSaid::Would(would)) => would,
    };
    let stop = Duration::from_millis(would.stop_ms);
    remarks.info(format!(
        "Its agent, told to shut down: {}; down in {} by its own estimate.",
        would.does.join("; "),
        s(stop)
    ));
    for lack in &would.lacks {
        remarks.remark(format!("Its agent: {lack}."));
    }
    if let Some(stage) = known.stage
        && stop > Duration::from_micros(stage.as_us())
    {
        remarks.remark(format!(
            "By its own estimate it is down in {}, its tier's stage has {}: set stop_s higher, or what it needs lower.",
            s(stop),
            s(Duration::from_micros(stage.as_us()))
        ));
    }
}

fn by_nut(remarks: &mut Remarks, tier: Option<&TierPlan>, nut: &HostFigures) {
    if !nut.polls {
        return remarks.remark("No upsmon asks from its address: it hears nothing by NUT.".into());
    }
    if nut.logged_in {
        let every = nut
            .gap
            .map_or_else(String::new, |gap| format!(", asks every {}", s(gap)));
        remarks.info(format!("It is logged in by NUT{every}."));
    } else {
        let why = match nut.denied {
            true => "its logins are refused: compare user, password and tiers",
            false => "it has not tried to: look at its MONITOR line",
        };
        remarks.remark(format!(
            "It asks by NUT without being logged in; {why}. It obeys, but nobody counts on it."
        ));
    }
    let signal = tier.map(|tier| Duration::from_micros(tier.signal.as_us()));
    if let (Some(gap), Some(signal)) = (nut.gap, signal)
        && gap > signal
    {
        remarks.remark(format!(
            "It may hear the order only after {}, and its tier's signal_s is {}: set POLLFREQ and POLLFREQALERT to 1, or signal_s higher.",
            s(gap),
            s(signal)
        ));
    }
    remarks.info("Whether this supply is enough to stop it (MINSUPPLIES) only a full drill shows.".into());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hosts::plan::Plan;
    use crate::hosts::webhook::WebhookPlan;
    use rack_agent::protocol::Would;

    const NUT: HostFigures = HostFigures {
        polls: true,
        logged_in: true,
        denied: false,
        gap: Some(Duration::from_millis(1_002)),
    };
    const ABLE: Able = Able {
        stops: true,
        caps: true,
    };

    fn target() -> TargetPlan {
        TargetPlan {
            name: "web-1".into(),
            addresses: vec![[192, 0, 2, 1].into()],
            off_by: Some([Observation::Tcp, Observation::Power]),
            ..TargetPlan::default()
        }
    }

    fn said(target: &TargetPlan, nut: HostFigures, unit_s: Option<u64>, up: bool) -> (&'static str, String) {
        let plan = Plan::default();
        let unit = unit_s.map(Duration::from_secs);
        let known = Known {
            nut,
            able: Some(Ok(ABLE)),
            unit_stop: unit,
            ..Known::default()
        };
        let remarks = judged(target, plan.tiers.first(), &known, |way| {
            up && way != Observation::Agent
        });
        (remarks.verdict(), remarks.texts.join(" "))
    }

    #[test]
    fn a_host_that_hears_and_is_seen_is_ready() {
        let (verdict, text) = said(&target(), NUT, None, true);
        assert_eq!(verdict, "ready", "{text}");
        assert!(
            text.contains("asks every 1.0 s") && text.contains("only a full drill"),
            "{text}"
        );
    }

    #[test]
    fn two_ways_through_one_network_are_a_remark_and_not_refused() {
        for (ways, weak) in [
            ([Observation::Agent, Observation::Tcp], true),
            ([Observation::Icmp, Observation::Agent], true),
            ([Observation::Agent, Observation::Bmc], false),
            ([Observation::Tcp, Observation::Power], false),
        ] {
            let host = TargetPlan {
                off_by: Some(ways),
                ..target()
            };
            let doubt = host.doubt();
            assert_eq!(doubt.is_some(), weak, "{ways:?}");
            let (_, text) = said(&host, NUT, None, true);
            assert_eq!(text.contains("name `bmc` or `power`"), weak, "{text}");
        }
    }

    #[test]
    fn a_wrong_password_a_slow_poll_and_a_long_unit_are_remarks() {
        let denied = HostFigures {
            logged_in: false,
            denied: true,
            ..NUT
        };
        let (verdict, text) = said(&target(), denied, None, true);
        assert!(
            verdict == "ready with remarks" && text.contains("refused"),
            "{text}"
        );
        let slow = HostFigures {
            gap: Some(Duration::from_secs(15)),
            ..NUT
        };
        let (verdict, text) = said(&target(), slow, None, true);
        assert!(
            verdict == "ready with remarks" && text.contains("signal_s is 10.0 s"),
            "{text}"
        );
        let (verdict, text) = said(&target(), NUT, Some(3_600), true);
        assert!(
            verdict == "ready with remarks" && text.contains("Deadline shorter"),
            "{text}"
        );
    }

    #[test]
    fn one_that_is_not_seen_or_that_nothing_stops_is_not_ready() {
        assert_eq!(said(&target(), NUT, None, false).0, NOT_READY);
        let deaf = TargetPlan {
            addresses: Vec::new(),
            ..target()
        };
        let plan = Plan::default();
        let remarks = judged(&deaf, plan.tiers.first(), &Known::default(), |way| {
            way != Observation::Agent
        });
        assert_eq!(remarks.verdict(), NOT_READY);
    }

    #[test]
    fn a_webhook_is_not_tried_takes_calls_or_does_not() {
        let plan = Plan::default();
        let said = |rehearse, webhook: Option<Result<(), String>>, polls| {
            let target = TargetPlan {
                webhook: Some(WebhookPlan {
                    rehearse,
                    ..WebhookPlan::default()
                }),
                ..target()
            };
            let nut = if polls { NUT } else { HostFigures::default() };
            let known = Known {
                nut,
                webhook,
                ..Known::default()
            };
            let remarks = judged(&target, plan.tiers.first(), &known, |way| {
                way != Observation::Agent
            });
            (remarks.verdict(), remarks.texts.join(" "))
        };
        let refusal = Some(Err("it answers 503: busy".to_owned()));
        for (rehearse, came, verdict, words) in [
            (false, None, "ready", "not tried (rehearse is off)"),
            (true, Some(Ok(())), "ready", "takes calls"),
            (true, refusal.clone(), "ready with remarks", "503: busy"),
            (true, None, "ready with remarks", "not answered in time"),
        ] {
            let (found, text) = said(rehearse, came, true);
            assert!(found == verdict && text.contains(words), "{found} {text}");
        }
        // It was the only way to stop it.
        assert_eq!(said(true, refusal, false).0, NOT_READY);
        assert_ne!(said(true, Some(Ok(())), false).0, NOT_READY);
    }

    #[test]
    fn a_channel_whose_file_cannot_be_read_is_a_remark() {
        let mut plan = Plan::default();
        plan.targets.push(TargetPlan {
            webhook: Some(WebhookPlan {
                secret_file: "/nonexistent/secret".into(),
                ..WebhookPlan::default()
            }),
            ..target()
        });
        plan.read();
        let known = Known {
            nut: NUT,
            ..Known::default()
        };
        let remarks = judged(&plan.targets[0], plan.tiers.first(), &known, |_| true);
        assert_eq!(remarks.verdict(), "ready with remarks");
        let said = remarks.texts.join(" ");
        assert!(
            said.contains("Its webhook is not called: `/nonexistent/secret` cannot be opened"),
            "{said}"
        );
    }

    #[test]
    fn a_certificate_that_ends_is_a_remark() {
        let plan = Plan::default();
        let known = Known {
            nut: NUT,
            certificates: vec!["It expires soon.".into()],
            ..Known::default()
        };
        let remarks = judged(&target(), plan.tiers.first(), &known, |_| true);
        assert_eq!(remarks.verdict(), "ready with remarks");
        assert!(remarks.texts.contains(&"It expires soon.".to_owned()));
    }

    #[test]
    fn an_agent_answers_lacks_something_is_too_old_or_says_nothing() {
        let plan = Plan::default();
        let told = |agent: Option<AgentSaid>, enrolled| {
            let known = Known {
                nut: NUT,
                able: Some(Ok(ABLE)),
                enrolled,
                agent,
                stage: Some(Span::s(100)),
                ..Known::default()
            };
            let remarks = judged(&target(), plan.tiers.first(), &known, |_| true);
            (remarks.verdict(), remarks.texts.join(" "))
        };
        let would = |stop_s: u64, lacks: &[&str]| {
            let lacks = lacks.iter().map(|lack| (*lack).to_owned()).collect();
            Some(AgentSaid::Would(Would {
                stop_ms: stop_s * 1_000,
                does: vec!["runs no hooks".into(), "asks logind to power off".into()],
                lacks,
            }))
        };
        let (verdict, text) = told(would(90, &[]), true);
        assert_eq!(verdict, "ready", "{text}");
        assert!(
            text.contains("runs no hooks; asks logind to power off; down in 90.0 s"),
            "{text}"
        );
        let with_remarks = "ready with remarks";
        for (agent, words) in [
            (
                would(90, &["hook 20-x is not executable"]),
                "20-x is not executable.",
            ),
            (would(101, &[]), "stage has 100.0 s"),
            (Some(AgentSaid::TooOld), "update rack-agent"),
        ] {
            let (verdict, text) = told(agent, true);
            assert!(verdict == with_remarks && text.contains(words), "{text}");
        }
        for agent in [Some(AgentSaid::Asked), None] {
            let (verdict, text) = told(agent, true);
            assert_eq!(verdict, NOT_READY, "{text}");
        }
        assert_eq!(told(None, false).0, "ready", "it has no agent and needs none");
    }
}
