//! The stand in this process: the machine and a rack in virtual time, one look a tick.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use hil_rig::rack::{Act, Listen, PLANT_STEP_US, Rack, Report, Watch};
use hil_rig::scenario::{Outlets, Scenario, SiteChange, Stand, StandError, Upset};
use points::command::{Command, Refusal};
use points::{Moment, Snapshot, Span};

use super::recording;
use crate::config::{
    Config, builtin, with_agents, with_management_controllers, with_one_wire_board, with_outlets,
    with_second_blower,
};
use crate::core::inline::Inline;
use crate::site::Site;
use crate::tape::Recorder;

/// The controller beside its rack.
enum Core {
    Alive(Box<Inline>),
    /// Ended; what it left on disk and the last that was seen of it.
    Dead(Box<Inline>),
    /// Between the two, for no longer than a start takes.
    Starting,
}

/// Machine and rack in this process.
pub struct InlineStand {
    core: Core,
    rack: Rc<RefCell<Rack>>,
    picture: Snapshot,
    report: Report,
    start: Moment,
}

/// The site a scenario runs on: the built-in one with the scenario's changes.
pub fn site(scenario: &Scenario) -> Config {
    let mut config = builtin();
    config.core.tick_ms = scenario.tick.as_ms();
    if scenario.agents {
        with_agents(&mut config);
    }
    if scenario.controllers {
        with_management_controllers(&mut config);
    }
    if let Some(outlets) = scenario.outlets {
        with_outlets(&mut config, outlets.first(), outlets == Outlets::Pdu);
    }
    for change in &scenario.site {
        match change {
            SiteChange::WithoutFanContact => config.fan_contact = None,
            SiteChange::OneWireBoard => with_one_wire_board(&mut config),
            SiteChange::SecondBlower => with_second_blower(&mut config),
            SiteChange::Setting(name, value) => {
                config.setting.insert(name.clone(), *value);
            }
        }
    }
    config
}

impl InlineStand {
    /// A machine on its first start beside the scenario's rack.
    ///
    /// # Errors
    /// When a recording or the site is not to be had.
    pub fn new(scenario: &Scenario, seed: u64) -> Result<Self, StandError> {
        let site = Site::build(&site(scenario), None).map_err(|error| StandError(error.to_string()))?;
        let mut rack = recording::rack(scenario, seed)?;
        let report = rack.report();
        let inline = Inline::new(site, rack).map_err(StandError)?;
        Ok(InlineStand {
            rack: inline.rack(),
            picture: inline.picture().clone(),
            start: inline.now(),
            core: Core::Alive(Box::new(inline)),
            report,
        })
    }

    /// Every change of state since the start, with its moment.
    pub fn history(&self) -> &[(Moment, crate::transition::Change)] {
        match &self.core {
            Core::Alive(inline) | Core::Dead(inline) => &inline.history,
            Core::Starting => &[],
        }
    }

    /// Somebody hears every transfer, line and act from now on.
    pub fn listen(&mut self, listener: Arc<Mutex<dyn Listen>>) {
        self.rack.borrow_mut().listen(listener);
    }

    /// Everything that ticks see goes to a recorder; before the first of them.
    ///
    /// # Errors
    /// When no core lives.
    pub fn record_to(&mut self, recorder: Recorder) -> Result<(), StandError> {
        self.inline().map(|inline| inline.record_to(recorder))
    }

    /// Ends the recording, where there is one.
    ///
    /// # Errors
    /// When not all of it is where it belongs.
    pub fn end_record(&mut self) -> Result<(), StandError> {
        let ended = match &mut self.core {
            Core::Alive(inline) | Core::Dead(inline) => inline.end_record(),
            Core::Starting => None,
        };
        match ended {
            Some(Err(error)) => Err(StandError(format!("recording: {error}"))),
            Some(Ok(_)) | None => Ok(()),
        }
    }

    fn inline(&mut self) -> Result<&mut Inline, StandError> {
        match &mut self.core {
            Core::Alive(inline) => Ok(inline),
            Core::Dead(_) | Core::Starting => {
                Err(StandError("the core is dead; `core starts` comes first".into()))
            }
        }
    }

    fn see(&mut self) {
        if let Core::Alive(inline) = &self.core {
            self.picture.clone_from(inline.picture());
        }
        self.report = self.rack.borrow_mut().report();
    }
}

impl Stand for InlineStand {
    fn start(&self) -> Moment {
        self.start
    }

    fn now(&self) -> Moment {
        match &self.core {
            Core::Alive(inline) => inline.now(),
            Core::Dead(_) | Core::Starting => Moment(self.rack.borrow().now_us()),
        }
    }

    fn picture(&self) -> &Snapshot {
        &self.picture
    }

    fn report(&self) -> &Report {
        &self.report
    }

    fn is_fresh(&self) -> bool {
        matches!(self.core, Core::Alive(_))
    }

    fn lag(&self) -> Span {
        Span::ZERO
    }

    fn step(&mut self, until: Moment) -> Result<(), StandError> {
        match &mut self.core {
            Core::Alive(inline) => {
                inline.tick();
            }
            Core::Dead(_) | Core::Starting => {
                let mut rack = self.rack.borrow_mut();
                let to = until.as_us().min(rack.now_us() + PLANT_STEP_US);
                rack.advance(to);
            }
        }
        self.see();
        Ok(())
    }

    fn plan(&mut self, at: Moment, act: &Act) -> Result<(), StandError> {
        let planned = self.rack.borrow_mut().schedule(at.as_us(), *act);
        planned.map_err(|error| StandError(error.to_string()))
    }

    /// At once, and yet through the rack's own agenda: a contact that moves wakes the machine as it wakes the core.
    fn act(&mut self, act: &Act) -> Result<(), StandError> {
        let now = Moment(self.rack.borrow().now_us());
        self.plan(now, act)
    }

    fn when(&mut self, watch: &Watch, act: &Act) -> Result<(), StandError> {
        let mut rack = self.rack.borrow_mut();
        rack.when(*watch, *act)
            .map_err(|error| StandError(error.to_string()))
    }

    fn command(&mut self, command: &Command) -> Result<Result<(), Refusal>, StandError> {
        self.inline().map(|inline| inline.command(command))
    }

    fn upset(&mut self, _: Upset) -> Result<(), StandError> {
        Err(StandError(
            "only shipped processes suffer this; run it with --over-rig".into(),
        ))
    }

    fn core_dies(&mut self) -> Result<(), StandError> {
        match std::mem::replace(&mut self.core, Core::Starting) {
            Core::Alive(mut inline) => {
                inline.die(0.0);
                self.core = Core::Dead(inline);
                Ok(())
            }
            dead @ (Core::Dead(_) | Core::Starting) => {
                self.core = dead;
                Err(StandError("the core is dead already".into()))
            }
        }
    }

    fn core_starts(&mut self) -> Result<(), StandError> {
        match std::mem::replace(&mut self.core, Core::Starting) {
            Core::Dead(inline) => {
                self.core = Core::Alive(Box::new(inline.succeed().map_err(StandError)?));
                Ok(())
            }
            alive @ (Core::Alive(_) | Core::Starting) => {
                self.core = alive;
                Err(StandError("the core is alive; `core dies` comes first".into()))
            }
        }
    }
}
