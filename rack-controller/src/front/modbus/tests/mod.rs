//! What the server promises, tried without the rest of the controller.

mod image;
mod pdu;
mod sockets;

use std::time::Duration;

use points::Snapshot;

use super::Identity;
use super::frame::{self, Taken};
use super::identification::Identification;
use super::image::Image;
use super::pdu::View;

fn identity() -> Identity {
    Identity {
        vendor: "Vendor".into(),
        product: "Rack".into(),
        version: "0.1.0".into(),
        url: "http://rack.example".into(),
        model: "One".into(),
        name: "Küche".into(),
    }
}

/// A picture in which tick 7 was an hour and a half a second after the clock's zero.
fn picture() -> Snapshot {
    Snapshot {
        tick: 7,
        now: points::Moment(3_600_500_000),
        ..Snapshot::default()
    }
}

/// The answers to a run of bytes, from a picture of this age.
fn answers_at(bytes: &[u8], snapshot: &Snapshot, age: Duration) -> (Vec<u8>, Taken) {
    let (image, identification) = (Image::new(snapshot, age, None), Identification::new(&identity()));
    let view = View {
        image: &image,
        age_tenths: u16::try_from(age.as_millis() / 100).unwrap_or(u16::MAX),
        identification: &identification,
    };
    let mut out = Vec::new();
    let taken = frame::take(bytes, &view, &mut out, |_| {});
    (out, taken)
}

/// One request PDU of unit 1 as a frame.
fn framed(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let mut frame = transaction.to_be_bytes().to_vec();
    frame.extend([0, 0]);
    frame.extend(u16::try_from(pdu.len() + 1).expect("short").to_be_bytes());
    frame.push(unit);
    frame.extend(pdu);
    frame
}

/// The answer PDU to a request PDU of unit 1.
fn ask(pdu: &[u8], snapshot: &Snapshot, age: Duration) -> Vec<u8> {
    let (out, taken) = answers_at(&framed(9, 1, pdu), snapshot, age);
    assert!(!taken.broken && out[..4] == [0, 9, 0, 0] && out[6] == 1);
    assert_eq!(usize::from(u16::from_be_bytes([out[4], out[5]])), out.len() - 6);
    out[7..].to_vec()
}

/// The words of a read.
fn words(first: u16, count: u16, snapshot: &Snapshot, age: Duration) -> Vec<u16> {
    let [a, b] = first.to_be_bytes();
    let [c, d] = count.to_be_bytes();
    let answer = ask(&[4, a, b, c, d], snapshot, age);
    assert_eq!(answer[0], 4, "{first}+{count}: {answer:?}");
    assert_eq!(
        ask(&[3, a, b, c, d], snapshot, age)[1..],
        answer[1..],
        "one image"
    );
    let pairs = answer[2..].chunks_exact(2);
    pairs.map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}
