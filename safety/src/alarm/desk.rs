//! What persons have put aside, and the first alarm of each group.

use points::Moment;
use points::alarm::{Alarm, AlarmDesk, AlarmSet, FirstOut, Group, HIDDEN_MAX, Hidden, Until};

/// Takes an entry off.
pub(super) fn bring_back(desk: &mut AlarmDesk, alarm: Alarm) {
    for place in &mut desk.hidden {
        if place.is_some_and(|hidden| hidden.alarm == alarm) {
            *place = None;
        }
    }
}

/// Puts an entry in the place of the same alarm, or in a free one. The caller has asked whether it [`has_place`].
pub(super) fn put_aside(desk: &mut AlarmDesk, entry: Hidden) {
    let own = desk
        .hidden
        .iter()
        .position(|place| place.is_some_and(|hidden| hidden.alarm == entry.alarm));
    let free = desk.hidden.iter().position(Option::is_none);
    if let Some(place) = own.or(free).and_then(|place| desk.hidden.get_mut(place)) {
        *place = Some(entry);
    }
}

/// Whether there is a place for the alarm.
pub(super) fn has_place(desk: &AlarmDesk, alarm: Alarm) -> bool {
    desk.hidden(alarm).is_some() || desk.hidden.iter().flatten().count() < HIDDEN_MAX
}

/// Shelved alarms whose time is over.
pub(super) fn over(desk: &AlarmDesk, now: Moment) -> AlarmSet {
    let mut set = AlarmSet::EMPTY;
    for hidden in desk.hidden.iter().flatten() {
        set.put(hidden.alarm, ends(hidden).is_some_and(|end| now >= end));
    }
    set
}

/// When the next shelf is over.
pub(super) fn due(desk: &AlarmDesk) -> Option<Moment> {
    desk.hidden.iter().flatten().filter_map(ends).min()
}

/// Whether the alarm is shelved until it is gone once.
pub(super) fn is_once(desk: &AlarmDesk, alarm: Alarm) -> bool {
    desk.hidden(alarm)
        .is_some_and(|hidden| matches!(hidden.until, Until::Gone(_)))
}

fn ends(hidden: &Hidden) -> Option<Moment> {
    match hidden.until {
        Until::Moment(end) | Until::Gone(end) => Some(end),
        Until::Person => None,
    }
}

/// The first of each group that is clear and acknowledged is forgotten; of those that came, each free group takes the
/// one with the lowest number.
pub(super) fn first_out(desk: &mut AlarmDesk, open: AlarmSet, told: AlarmSet, tick: u64, now: Moment) {
    for (group, first) in Group::ALL.into_iter().zip(&mut desk.first) {
        let members = AlarmSet::of_group(group);
        if first.is_some() && open.and(members).is_empty() {
            *first = None;
        }
        if first.is_none()
            && let Some(alarm) = told.and(members).iter().next()
        {
            *first = Some(FirstOut { alarm, tick, at: now });
        }
    }
}
