//! What is really so in the rack at this moment. Only the rig may look; the controller sees it through chips.

/// The rack's true state after a step. Pressures are relative to the room unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Truth {
    /// Simulated time since the start, s.
    pub time_s: f64,
    /// Blower speed, share of full speed.
    pub speed_fraction: f64,
    /// Blower speed, rpm.
    pub rpm: f64,
    /// Electrical power of the blower (A, where there are two) with its drive, W.
    pub blower_power_w: f64,
    /// Speed of blower B, share of full speed; like all of blower B zero where none is fitted.
    pub blower_b_speed_fraction: f64,
    /// Speed of blower B, rpm.
    pub blower_b_rpm: f64,
    /// Electrical power of blower B with its drive, W.
    pub blower_b_power_w: f64,
    /// Flow of blower B, m3/s; nothing flows back through its flap.
    pub blower_b_flow_m3_s: f64,
    /// Flow of all blowers, m3/s. It takes room air and never passes the rack.
    pub primary_flow_m3_s: f64,
    /// Flow the jet draws out of the rack, m3/s.
    pub extracted_flow_m3_s: f64,
    /// Flow through the left filter, m3/s.
    pub filter_left_flow_m3_s: f64,
    /// Flow through the right filter, m3/s.
    pub filter_right_flow_m3_s: f64,
    /// Flow through the gaps of the closed rack, m3/s.
    pub leak_flow_m3_s: f64,
    /// Flow through the open door, m3/s.
    pub door_flow_m3_s: f64,
    /// The part of the extracted flow that touches the chips, m3/s.
    pub core_flow_m3_s: f64,
    /// Rack inside minus room, Pa; negative while the jet entrains.
    pub draft_pa: f64,
    /// Across the left filter, room minus behind it, Pa.
    pub filter_left_pa: f64,
    /// Across the right filter, room minus behind it, Pa.
    pub filter_right_pa: f64,
    /// Suction chamber, Pa; negative while the jet entrains, positive when it blows back.
    pub suction_chamber_pa: f64,
    /// Pipe between blower and nozzle, Pa.
    pub blower_pipe_pa: f64,
    /// Share of the suction the pressure loop could not place, Pa. Zero but for rounding, unless the jet moves
    /// less than natural draught does.
    pub loop_residual_pa: f64,
    /// Mixed air in the rack, deg C.
    pub air_c: f64,
    /// Extracted air, deg C; cooler than the mixed air by what an open door lets slip past.
    pub exhaust_c: f64,
    /// Chips with their heat sinks, deg C.
    pub chips_c: f64,
    /// Chassis, boards and drives, deg C.
    pub chassis_c: f64,
    /// Steel wall, deg C.
    pub wall_c: f64,
    /// Molten share of the wall's coat, 0..1.
    pub coat_molten: f64,
    /// Air the hosts breathe on the left, deg C.
    pub inlet_left_c: f64,
    /// Air the hosts breathe on the right, deg C.
    pub inlet_right_c: f64,
    /// Air at the eight boards, deg C; the first four stand left, low to high, the others right.
    pub boards_c: [f64; 8],
    /// Air under the ceiling, deg C.
    pub ceiling_c: f64,
    /// Relative humidity under the ceiling, %.
    pub ceiling_rh_percent: f64,
    /// Bottles of the two ceiling extinguishers, left and right, deg C.
    pub extinguisher_c: [f64; 2],
    /// Air of the room, deg C.
    pub room_c: f64,
    /// Relative humidity of the room, %.
    pub room_rh_percent: f64,
    /// Heat the extracted air carries out, W.
    pub heat_by_air_w: f64,
    /// Heat that leaves through the walls, W.
    pub heat_by_wall_w: f64,
    /// Heat stored in chips, chassis, wall, coat and air, above all of them solid at 0 deg C, J.
    pub stored_j: f64,
}

impl Truth {
    /// Dew point of the room's air, deg C: water condenses on what is colder.
    #[must_use]
    pub fn room_dew_point_c(&self) -> f64 {
        super::places::dew_point_c(self.room_rh_percent, self.room_c)
    }
}
