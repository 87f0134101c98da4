//! Hosts, their shutdown tiers and switched outlets.

/// States of tiers and hosts.
pub mod states {
    use crate::point::{numbers, output, points};
    use crate::state::{HostState, ShutdownStage};

    points! {
        block "tiers and hosts", registers 700..=799, after output::END;
        /// Shutdown stage of a tier.
        TIER[numbers(8)]: ShutdownStage = "tier.{}.stage", 0.0..15.0, decimals 0, register 702;
        /// State of a host as its evidence shows it.
        HOST[numbers(32)]: HostState = "host.{}.state", 0.0..15.0, decimals 0, register 718;
    }
}

/// Chip temperatures that hosts report.
pub mod temperatures {
    use super::states;
    use crate::point::{numbers, points};
    use crate::quantity::Celsius;

    points! {
        block "host temperatures", registers 800..=899, after states::END;
        /// Hottest chip of a host: its agent, from the sensors of its processors.
        CHIP[numbers(32)]: Celsius = "host.{}.chip.temperature", -40.0..150.0, decimals 1, register 802;
    }
}

/// Power that hosts report.
pub mod powers {
    use super::temperatures;
    use crate::point::{numbers, points};
    use crate::quantity::Watt;

    points! {
        block "host power", registers 1200..=1299, after temperatures::END;
        /// Power of a host: its management controller.
        POWER[numbers(32)]: Watt = "host.{}.power", 0.0..20000.0, decimals 0, register 1202;
    }
}

/// Switched outlets.
pub mod outlets {
    use super::powers;
    use crate::point::{numbers, points};
    use crate::quantity::Watt;
    use crate::state::Flag;

    points! {
        block "outlets", registers 1300..=1399, after powers::END;
        /// An outlet is on, read back.
        ON[numbers(16)]: Flag = "outlet.{}.on", 0.0..1.0, decimals 0, register 1302;
        /// Power of an outlet.
        POWER[numbers(16)]: Watt = "outlet.{}.power", 0.0..20000.0, decimals 0, register 1334;
    }
}
