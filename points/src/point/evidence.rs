//! What each way of looking says of the hosts.

/// What it says.
pub mod says {
    use crate::point::{ahead, numbers, points};
    use crate::quantity::Count;

    points! {
        block "evidence of hosts", registers 1600..=1669, after ahead::END;
        /// What counts of a host's evidence, three bits for each way of looking: bits 0 to 2 agent, 3 to 5 TCP port, 6 to 8 ICMP echo, 9 to 11 management controller, 12 to 14 power; each 0 nothing (or too old, or of another incident), 1 it runs, 2 it has begun to stop, 3 off, 4 forced off.
        EVIDENCE[numbers(32)]: Count = "host.{}.evidence", 0.0..32767.0, decimals 0, register 1602;
    }
}

/// How old that is.
pub mod ages {
    use super::says;
    use crate::point::{numbers, points};
    use crate::quantity::Second;

    points! {
        block "age of evidence", registers 1670..=1739, after says::END;
        /// Age of the older one of the two observations that prove a host off; without a value while one of them has said nothing yet. Above 15 s it proves nothing.
        AGE[numbers(32)]: Second = "host.{}.evidence_age", 0.0..65000.0, decimals 0, register 1672;
    }
}
