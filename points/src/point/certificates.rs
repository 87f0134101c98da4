//! Certificates that the channels to the hosts need.

use super::{drill, points};
use crate::quantity::Day;

points! {
    block "certificates", registers 1550..=1559, after drill::END;
    /// Days until the first of the certificates ends that the channels to the hosts need; 0 on its last day and when it has ended, 3650 is that or more.
    DAYS_LEFT: Day = "certificate.days_left", 0.0..3650.0, decimals 0, register 1552;
}
