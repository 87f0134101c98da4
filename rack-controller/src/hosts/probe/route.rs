//! Whether this machine's own link to an address is down: by the kernel's tables of routes and the link's carrier.
//!
//! A route stays where its cable is pulled or its switch has failed; whoever connects then waits as long as for a host that is
//! off. The kernel shows both to everybody: `/proc/net/route` and `/proc/net/ipv6_route` (proc(5)), `/sys/class/net/*/carrier`.

use std::net::IpAddr;

/// Longest table that is looked at, in bytes; a router with more routes is not a rack's controller.
const TABLE_MAX: usize = 1 << 20;
/// Flags of a route (route.h): it is up; it refuses.
const UP: u32 = 0x1;
const REJECT: u32 = 0x200;

/// The link to this address, where it has no carrier; none where it has one or nobody knows.
pub(super) fn dead_link(at: IpAddr) -> Option<String> {
    let at = at.to_canonical();
    if at.is_loopback() {
        return None;
    }
    let table = match at {
        IpAddr::V4(_) => "/proc/net/route",
        IpAddr::V6(_) => "/proc/net/ipv6_route",
    };
    let table = std::fs::read_to_string(table).ok()?;
    let link = link_to(at, table.get(..TABLE_MAX.min(table.len()))?)?;
    let carrier = std::fs::read_to_string(format!("/sys/class/net/{link}/carrier")).ok()?;
    (carrier.trim() == "0").then_some(link)
}

/// The link of the narrowest route to this address, and of those of the least metric.
fn link_to(at: IpAddr, table: &str) -> Option<String> {
    let routes = table.lines().filter_map(|line| match at {
        IpAddr::V4(own) => ipv4(own.to_bits(), line),
        IpAddr::V6(own) => ipv6(own.to_bits(), line),
    });
    let best = routes.max_by_key(|(width, metric, _)| (*width, std::cmp::Reverse(*metric)));
    let (.., link) = best?;
    // A name of a link, and no way out of its folder.
    let plain = link != "lo" && !link.contains('/') && !link.starts_with('.');
    plain.then(|| link.to_owned())
}

/// Width and metric of a route of `/proc/net/route`, and its link, where it leads to this address.
fn ipv4(at: u32, line: &str) -> Option<(u32, u32, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |place: usize| words.get(place).copied();
    // Addresses are as they lie in memory: in the network's order of bytes.
    let number = |place: usize| u32::from_str_radix(word(place)?, 16).ok();
    let (to, mask) = (number(1)?.to_le_bytes(), number(7)?.to_le_bytes());
    let (to, mask) = (u32::from_be_bytes(to), u32::from_be_bytes(mask));
    let fits = number(3)? & (UP | REJECT) == UP && at & mask == to & mask;
    fits.then_some((mask.count_ones(), word(6)?.parse().ok()?, word(0)?))
}

/// The same of `/proc/net/ipv6_route`.
fn ipv6(at: u128, line: &str) -> Option<(u32, u32, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |place: usize| words.get(place).copied();
    let to = u128::from_str_radix(word(0)?, 16).ok()?;
    let width = u32::from_str_radix(word(1)?, 16).ok()?;
    let mask = u128::MAX.checked_shl(128_u32.checked_sub(width)?).unwrap_or(0);
    let flags = u32::from_str_radix(word(8)?, 16).ok()?;
    let fits = flags & (UP | REJECT) == UP && at & mask == to & mask;
    fits.then_some((width, u32::from_str_radix(word(5)?, 16).ok()?, word(9)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: &str = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth1\t006433C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth2\t006433C6\t00000000\t0001\t0\t0\t50\t00FFFFFF\t0\t0\t0
eth3\t056433C6\t00000000\t0200\t0\t0\t0\tFFFFFFFF\t0\t0\t0
";
    const V6: &str = "\
20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth1
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000003 00000000 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
";

    #[test]
    fn an_address_goes_by_the_narrowest_route_that_is_up() {
        let v4 = |at: [u8; 4]| link_to(at.into(), V4);
        assert_eq!(
            v4([198, 51, 100, 5]).as_deref(),
            Some("eth1"),
            "the other has a greater metric"
        );
        assert_eq!(v4([203, 0, 113, 1]).as_deref(), Some("eth0"));
        let v6 = |at: [u16; 8]| link_to(at.into(), V6);
        assert_eq!(v6([0x2001, 0xdb8, 0, 0, 1, 2, 3, 4]).as_deref(), Some("eth1"));
        assert_eq!(v6([0x2001, 0xdb8, 0, 1, 1, 2, 3, 4]).as_deref(), Some("eth0"));
        for broken in ["", "eth0", "eth0 x x x x x x x", &"f ".repeat(9)] {
            assert_eq!(link_to([192, 0, 2, 1].into(), broken), None, "{broken}");
            assert_eq!(link_to([1, 0, 0, 0, 0, 0, 0, 0].into(), broken), None, "{broken}");
        }
    }

    #[test]
    fn nobody_is_accused_whose_link_is_up_or_not_known() {
        assert_eq!(dead_link([127, 0, 0, 1].into()), None);
        let nowhere = std::net::Ipv6Addr::LOCALHOST;
        assert_eq!(dead_link(nowhere.into()), None);
    }
}
