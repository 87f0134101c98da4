use super::*;

const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));
const CAPS: Caps = Caps { most: 3, per_peer: 2 };

#[test]
fn at_a_cap_the_longest_silent_goes_but_never_one_that_is_logged_in() {
    let (watched, now) = (Watched::default(), Instant::now());
    let enter = |peer, at| watched.enter(peer, None, CAPS, at);
    let (one, two) = (enter(A, now).unwrap(), enter(A, now).unwrap());
    assert!(enter(A, now).is_none(), "the address has two");
    let three = enter(B, now).unwrap();
    assert!(enter(B, now).is_none(), "there are three");
    one.heard(Some(0), None, now);
    for _ in 0..3 {
        two.heard(None, Some((1, HostWord::Run)), now);
    }
    assert_eq!((watched.clients(0), watched.clients(1)), (vec![A], vec![]));
    assert_eq!((watched.unmanaged(0), watched.unmanaged(1)), (vec![], vec![A]));
    let later = now + YIELDS_AFTER + Duration::from_millis(1);
    three.heard(None, None, later);
    let four = enter(B, later).expect("the second of the first address gives way");
    assert!(
        enter(A, later).is_none(),
        "what is left is logged in or not silent"
    );
    let figures = watched.figures();
    assert_eq!(
        (figures.connections, figures.logins, figures.polling_without_login),
        (3, 1, 0)
    );
    assert_eq!((figures.refused, figures.displaced), (3, 1));
    // The displaced one's end takes nobody's place away.
    drop(two);
    assert_eq!(watched.figures().connections, 3);
    drop((one, three, four));
    assert_eq!(watched.figures().connections, 0);
}

#[test]
fn strangers_keep_no_host_of_the_site_out() {
    let (watched, now) = (Watched::default(), Instant::now());
    let address = |last| IpAddr::from([10, 0, 1, last]);
    let strangers: Vec<Place> = (0..3)
        .map(|last| watched.enter(address(last), None, CAPS, now).unwrap())
        .collect();
    strangers[0].heard(Some(0), None, now);
    assert!(watched.enter(address(9), None, CAPS, now).is_none());
    let hosts = [A, A].map(|host| watched.enter(host, Some(0), CAPS, now));
    assert!(hosts.iter().all(Option::is_some));
    // What is left is logged in, or a host itself.
    assert!(watched.enter(B, Some(0), CAPS, now).is_none());
    assert_eq!(watched.figures().displaced, 2);
}

#[test]
fn who_was_told_and_goes_on_asking_is_named() {
    let (watched, began) = (Watched::default(), Instant::now());
    let enter = |peer| {
        watched
            .enter(peer, (peer == A).then_some(3), CAPS, began)
            .unwrap()
    };
    let (host, monitor) = (enter(A), enter(B));
    let at = |seconds| began + Duration::from_secs(seconds);
    let told = std::cell::RefCell::new(Vec::new());
    let poll = |word, seconds| {
        let stays = host.heard(Some(1), Some((1, word)), at(seconds));
        told.borrow_mut().extend(stays.map(|tier| (tier, seconds)));
        monitor.heard(None, Some((1, word)), at(seconds));
        watched.heard_but_stays(1)
    };
    assert!(poll(HostWord::Run, 0).is_empty());
    assert!(poll(HostWord::ShutDown, 5).is_empty());
    assert!(poll(HostWord::ShutDown, 20).is_empty());
    assert_eq!(poll(HostWord::ShutDown, 21), [A], "who only looks may stay");
    assert_eq!(poll(HostWord::ShutDown, 22), [A]);
    assert_eq!(*told.borrow(), [(1, 21)], "it is told once");
    assert!(watched.heard_but_stays(0).is_empty());
    assert_eq!(
        watched.stays(),
        TargetSet::EMPTY.with(3),
        "its address says who it is"
    );
    let figures = watched.tiers()[1];
    assert_eq!(
        (
            figures.logins,
            figures.polling_without_login,
            figures.heard_but_stays
        ),
        (1, 1, 1)
    );
    // Another incident begins anew.
    assert!(poll(HostWord::Run, 30).is_empty());
    assert!(watched.stays().is_empty());
    assert!(poll(HostWord::ShutDown, 40).is_empty());
    assert_eq!(host.leaves(), Some(1), "it leaves knowing");
    assert_eq!((host.leaves(), monitor.leaves()), (None, None));
    assert_eq!(watched.figures().logins, 0);
}

#[test]
fn who_leaves_without_having_heard_it_says_nothing() {
    let (watched, now) = (Watched::default(), Instant::now());
    let host = watched.enter(A, Some(0), CAPS, now).unwrap();
    host.heard(Some(0), Some((1, HostWord::ShutDown)), now);
    assert_eq!(host.leaves(), None, "it is another tier that goes down");
    host.heard(Some(0), Some((0, HostWord::ShutDown)), now);
    host.heard(Some(0), Some((0, HostWord::Run)), now);
    assert_eq!(host.leaves(), None, "it was taken back");
}

#[test]
fn trouble_is_told_once_until_it_is_over() {
    let watched = Watched::default();
    let place = watched.enter(A, None, CAPS, Instant::now()).unwrap();
    assert!(!place.mended(Trouble::Denied));
    assert!(place.trouble(Trouble::Denied) && !place.trouble(Trouble::Denied));
    assert!(place.trouble(Trouble::Handshake));
    assert!(place.mended(Trouble::Denied) && place.trouble(Trouble::Denied));
    let figures = watched.figures();
    assert_eq!((figures.denied, figures.handshakes_failed), (3, 1));
    // However many there are, what is remembered of them is not more.
    let caps = Caps {
        most: 1000,
        per_peer: 1,
    };
    let told = (0..200u8).filter(|last| {
        let peer = IpAddr::from([10, 1, 0, *last]);
        let place = watched.enter(peer, None, caps, Instant::now()).unwrap();
        place.trouble(Trouble::Denied)
    });
    assert_eq!(told.count(), TROUBLED_MAX - 2);
}

#[test]
fn who_has_no_name_and_who_is_not_logged_in_is_told_by_address_each_once_and_not_too_many() {
    let (watched, now) = (Watched::default(), Instant::now());
    let caps = Caps {
        most: 64,
        per_peer: 64,
    };
    let address = |last| IpAddr::from([10, 0, 1, last]);
    let host = watched.enter(A, Some(3), caps, now).unwrap();
    host.heard(Some(1), None, now);
    let mut places = Vec::new();
    for last in (0..10).chain([9, 9]) {
        let stranger = watched.enter(address(last), None, caps, now).unwrap();
        stranger.heard(Some(1), None, now);
        places.push(stranger);
    }
    let asks = watched.enter(B, None, caps, now).unwrap();
    for _ in 0..POLLS {
        asks.heard(None, Some((1, HostWord::Run)), now);
    }
    let clients = watched.tier_clients();
    assert_eq!(clients[0], TierClients::default());
    assert_eq!(
        (clients[1].figures.logins, clients[1].figures.strangers),
        (13, 12)
    );
    assert_eq!(clients[1].strangers, (0..8).map(address).collect::<Vec<_>>());
    assert_eq!(clients[1].polling_without_login, [B]);
}
