//! What each act does to the rack: one arm an act.

use super::*;

impl Rack {
    pub(super) fn perform(&mut self, act: &Act) {
        match act {
            Act::Load { power_w } => self.load_held_w = *power_w,
            Act::Room { room_c } => self.room_held_c = *room_c,
            Act::Humidity { percent } => self.around.room_rh_percent = *percent,
            Act::Door { open } => {
                self.around.door_open = *open;
                self.lines.set(self.now_us, Input::Door, !open);
            }
            Act::FilterResistance { side, ratio } => {
                self.filter_medium(*side, ratio.min(1.0));
                self.plant.set_filter_ratio(side.place(), *ratio);
            }
            Act::FilterDust { side, dust_g } => self.plant.set_filter_dust_g(side.place(), *dust_g),
            Act::FilterMedium { side, ratio } => self.filter_medium(*side, *ratio),
            Act::NewFilter { side } => {
                self.filter_medium(*side, 1.0);
                self.plant.set_filter_dust_g(side.place(), 0.0);
            }
            Act::Dust { ug_m3 } => self.around.dust_ug_m3 = *ug_m3,
            Act::FilterPresent { side, present } => {
                match side {
                    Side::Left => self.around.filter_left_present = *present,
                    Side::Right => self.around.filter_right_present = *present,
                }
                self.lines.set(
                    self.now_us,
                    side.pick(Input::FilterLeft, Input::FilterRight),
                    *present,
                );
            }
            Act::Fire { power_w } => self.around.fire_w = *power_w,
            Act::FireGrows { class, ceiling_w } => self.plant.ignite(*class, *ceiling_w),
            Act::FireReplay { from_s } => self.start_replay(*from_s),
            Act::FireOut => {
                self.around.fire_w = 0.0;
                self.plant.put_out();
                self.plant.replay(None);
                self.replay_from = None;
            }
            Act::BlowerJammed { on } => self.around.blower_jammed = *on,
            Act::BlowerBJammed { on } => self.around.blower_b_jammed = *on,
            Act::TachBLost { on } => self.tach_b_lost = *on,
            Act::BlowerWear { blower, efficiency } => match blower {
                Side::Left => self.around.blower_efficiency = efficiency / 100.0,
                Side::Right => self.around.blower_b_efficiency = efficiency / 100.0,
            },
            Act::ChipsContact { percent } => self.around.chips_contact = percent / 100.0,
            Act::DischargeBlocked { percent } => self.around.discharge_obstruction = percent / 100.0,
            Act::PanelGap { area_cm2 } => self.around.panel_gap_m2 = area_cm2 / 10_000.0,
            Act::BrownOut { percent } => self.supply_voltage = percent / 100.0,
            Act::Smoke { channel, level } => {
                self.smoke_by_hand[channel.place()] = true;
                self.wiring.set_loop(FIRST_SMOKE_LOOP + channel.place(), *level);
            }
            Act::SmokeModelled { channel } => {
                self.smoke_by_hand[channel.place()] = false;
                self.show_smoke(channel.place(), self.contacts.smoke_closed[channel.place()]);
            }
            Act::BreakWire { side, level } => self.wiring.set_loop(side.place(), *level),
            Act::Thermistor { side, cable } => self.wiring.set_thermistor(side.place(), *cable),
            Act::NewExtinguisher { side } => self.new_extinguisher(*side),
            Act::CleanProbes => self.wiring.soil(false),
            Act::ExtinguisherHome { side, home } => {
                self.plant.set_extinguisher_home(side.place(), *home);
                self.lines
                    .set(self.now_us, side.pick(Input::HomeLeft, Input::HomeRight), *home);
            }
            Act::Line { line, high } => {
                if *line == Input::EmergencyOff && !high {
                    self.supply_dropped = true;
                }
                self.lines.set(self.now_us, *line, *high);
            }
            Act::ContactBounce { line, edges, over_us } => {
                self.lines
                    .trouble(*line, |trouble| trouble.bounce(*edges, *over_us));
            }
            Act::ContactStuck { line, on } => {
                let now_us = self.now_us;
                self.lines.trouble(*line, |trouble| trouble.stick(now_us, *on));
            }
            Act::ContactStorm { line, per_s } => {
                let now_us = self.now_us;
                self.lines.trouble(*line, |trouble| trouble.storm(now_us, *per_s));
            }
            Act::Relay { output, relay } => {
                self.lines.set_relay(self.now_us, *output, *relay);
                self.set_outputs(self.lines.outputs());
            }
            Act::FanContact { relay, honest } => {
                (self.contact.relay, self.contact.honest) = (*relay, *honest);
                self.set_outputs(self.lines.outputs());
            }
            Act::Fault {
                instrument,
                fault,
                amount,
            } => self.wiring.fault(self.now_us, *instrument, *fault, *amount),
            Act::Mend { instrument, fault } => self.wiring.mend(self.now_us, *instrument, *fault),
            Act::MendEverything => {
                self.wiring.mend_everything(self.now_us);
                self.lines.mend(self.now_us);
                (self.contact.relay, self.contact.honest) = (Relay::Well, true);
                self.set_outputs(self.lines.outputs());
                self.around.blower_jammed = false;
                self.around.blower_b_jammed = false;
                self.tach_b_lost = false;
            }
            Act::Swap { one, other, on } => self.wiring.faults.swap(*one, *other, *on),
            Act::BusStuck { bus, for_us } => {
                self.wiring
                    .hold(*bus, |faults| &mut faults.stuck_low_until, self.now_us, *for_us);
            }
            Act::ClockStuck { bus, for_us } => {
                self.wiring
                    .hold(*bus, |faults| &mut faults.clock_low_until, self.now_us, *for_us);
            }
            Act::ChannelStuck { channel, for_us } => {
                let channel = channel & 7;
                self.wiring.hold(
                    0,
                    |faults| &mut faults.channel_stuck_low_until[channel],
                    self.now_us,
                    *for_us,
                );
            }
            Act::FanChipPower { on: true } => {
                self.wiring
                    .mend(self.now_us, Instrument::Fan, Some(Fault::Unplugged));
            }
            Act::FanChipPower { on: false } => {
                self.wiring
                    .fault(self.now_us, Instrument::Fan, Fault::Unplugged, None);
            }
            Act::RestoreSupply => self.supply_dropped = !self.lines.input(Input::EmergencyOff),
            Act::StartHosts => self.hosts.start(Pick::All),
            Act::HostStart { host } => self.hosts.start(*host),
            Act::HostStop { host } => self.hosts.stop(*host),
            Act::HostHang { host, on } => self.hosts.hang(*host, *on),
            Act::HostHalt { host, on } => self.hosts.halt(*host, *on),
            Act::HostSays { host, claim } => self.hosts.claim(*host, *claim),
            Act::HostSlow { host, times } => self.hosts.slow(*host, *times),
            Act::HostCap { host, percent } => self.hosts.cap(*host, percent.map(|percent| percent / 100.0)),
            Act::OutletStuck { outlet, on } => self.outlets.stick(*outlet, *on, self.wiring.wired.told()),
            Act::OutletLate { outlet, for_us } => {
                self.outlets.delay(*outlet, *for_us, self.wiring.wired.told());
            }
            Act::PduSilent { on } => self.outlets.silent = *on,
            Act::OutletSwitch { outlet, on } => {
                self.switch_outlet(*outlet, *on);
                self.outlets.by_hand(*outlet, *on);
            }
        }
        self.wiring.feed_contacts(self.lines.contacts());
    }

    /// Starts the recording so that its moment `from_s`, or its ignition, is now.
    #[expect(clippy::cast_precision_loss, reason = "2^53 us is 285 years")]
    fn start_replay(&mut self, from_s: Option<f64>) {
        let now_s = (self.stepped_us - START_US) as f64 / 1e6;
        let fire = self.config.recorded_fire.as_ref();
        self.replay_from = fire.map(|fire| from_s.unwrap_or(fire.ignition_s()) - now_s);
    }

    fn new_extinguisher(&mut self, side: Side) {
        self.plant.replace_extinguisher(side.place());
        self.contacts.fired[side.place()] = false;
        self.wiring.set_loop(side.place(), LoopLevel::Normal);
        self.lines
            .set(self.now_us, side.pick(Input::HomeLeft, Input::HomeRight), true);
    }

    fn filter_medium(&mut self, side: Side, ratio: f64) {
        match side {
            Side::Left => self.around.filter_left_resistance = ratio,
            Side::Right => self.around.filter_right_resistance = ratio,
        }
    }
}
