//! Read device identification, function code 2B/0E: every level, object by object, in pages.

use super::Identity;
use super::pdu::Exception;

/// Most bytes of one object, so that it fits an answer alone; the rest of a longer text is cut off.
const OBJECT_MAX: usize = PDU_MAX - HEAD - 2;
/// Most bytes of an answer.
const PDU_MAX: usize = 253;
/// Bytes before the first object: 2B, 0E, level, conformity, more, next, count.
const HEAD: usize = 7;
/// Extended identification, as a stream and object by object.
const CONFORMITY: u8 = 0x83;
/// First object that only the extended level gives.
const EXTENDED: u8 = 0x80;

/// The objects as they go over the wire: printable ASCII, each short enough.
#[derive(Clone, Debug)]
pub(super) struct Identification {
    objects: Vec<(u8, Vec<u8>)>,
}

impl Identification {
    pub(super) fn new(identity: &Identity) -> Self {
        let map = format!(
            "map {}, {} points, {} alarms",
            points::point::MAP_VERSION,
            points::point::COUNT,
            points::alarm::COUNT
        );
        let texts = [
            (0, &identity.vendor),
            (1, &identity.product),
            (2, &identity.version),
            (3, &identity.url),
            (4, &identity.product),
            (5, &identity.model),
            (6, &identity.name),
            (EXTENDED, &map),
        ];
        Identification {
            objects: texts.into_iter().map(|(id, text)| (id, ascii(text))).collect(),
        }
    }

    /// Appends the answer to a whole request PDU.
    pub(super) fn answer(&self, request: &[u8], out: &mut Vec<u8>) -> Result<(), Exception> {
        match request.get(1) {
            Some(0x0E) => {}
            Some(_) => return Err(Exception::Function),
            None => return Err(Exception::Value),
        }
        let &[_, _, level, object] = request else {
            return Err(Exception::Value);
        };
        let last = match level {
            1 => 2,
            2 => EXTENDED - 1,
            3 => u8::MAX,
            4 => return self.one(object, out),
            _ => return Err(Exception::Value),
        };
        self.stream(level, object, last, out);
        Ok(())
    }

    /// One object by its number.
    fn one(&self, object: u8, out: &mut Vec<u8>) -> Result<(), Exception> {
        let (id, text) = self
            .objects
            .iter()
            .find(|(id, _)| *id == object)
            .ok_or(Exception::Address)?;
        out.extend_from_slice(&[0x2B, 0x0E, 4, CONFORMITY, 0, 0, 1]);
        put(*id, text, out);
        Ok(())
    }

    /// The objects up to `last` from `object` on, as many as fit; from the first when there is no such object.
    fn stream(&self, level: u8, object: u8, last: u8, out: &mut Vec<u8>) {
        let all = self.objects.partition_point(|(id, _)| *id <= last);
        let known = self.objects[..all].iter().position(|(id, _)| *id == object);
        let rest = &self.objects[known.unwrap_or(0)..all];
        let (mut room, mut fit) = (PDU_MAX - HEAD, 0u8);
        let mut next = None;
        for (id, text) in rest {
            let Some(left) = room.checked_sub(2 + text.len()) else {
                next = Some(*id);
                break;
            };
            room = left;
            fit = fit.saturating_add(1);
        }
        let more = if next.is_some() { 0xFF } else { 0 };
        out.extend_from_slice(&[0x2B, 0x0E, level, CONFORMITY, more, next.unwrap_or(0), fit]);
        for (id, text) in rest.iter().take(usize::from(fit)) {
            put(*id, text, out);
        }
    }
}

fn put(id: u8, text: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    out.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
    out.extend_from_slice(text);
}

/// The text as the protocol wants it; what is not printable ASCII becomes a question mark.
fn ascii(text: &str) -> Vec<u8> {
    text.chars()
        .take(OBJECT_MAX)
        .map(|c| match u8::try_from(c) {
            Ok(byte) if byte == b' ' || byte.is_ascii_graphic() => byte,
            Ok(_) | Err(_) => b'?',
        })
        .collect()
}
