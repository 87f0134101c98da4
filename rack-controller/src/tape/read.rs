//! Reads a tape: frame by frame, each checked before anything in it is believed. No input makes it panic or take more
//! memory than one frame.

use std::io::{ErrorKind, Read};

use points::Moment;

use super::format::{CRC, Entry, FRAME_MAX, Header, MAGIC, TapeError, VERSION};

/// Reads a tape.
#[derive(Debug)]
pub struct Reader<R> {
    from: R,
    header: Header,
    /// Bytes read so far.
    at: u64,
    payload: Vec<u8>,
    used: usize,
    ticks: u64,
    ended: bool,
}

/// Fills a buffer; what is missing at the end of the file is said in the second place.
fn fill(from: &mut impl Read, to: &mut [u8]) -> Result<usize, TapeError> {
    let mut filled = 0;
    while let Some(rest) = to.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}

impl<R: Read> Reader<R> {
    /// Reads a tape's beginning.
    ///
    /// # Errors
    /// When it is no tape of this version.
    pub fn new(mut from: R) -> Result<Self, TapeError> {
        let mut begin = [0; MAGIC.len() + 2];
        let filled = fill(&mut from, &mut begin)?;
        let (magic, version) = begin.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(TapeError::Magic);
        }
        if filled < begin.len() {
            return Err(TapeError::Truncated { at: 8, ticks: 0 });
        }
        let version = version
            .iter()
            .rev()
            .fold(0, |all, byte| all << 8 | u16::from(*byte));
        if version != VERSION {
            return Err(TapeError::Version(version));
        }
        let nothing = Header {
            software: String::new(),
            map: 0,
            label: String::new(),
            site: String::new(),
        };
        let mut reader = Reader {
            from,
            header: nothing,
            at: begin.len() as u64,
            payload: Vec::new(),
            used: 0,
            ticks: 0,
            ended: false,
        };
        let at = reader.at;
        reader.frame()?;
        reader.header = postcard::from_bytes(&reader.payload)
            .map_err(|_| TapeError::Nonsense(at, "its header cannot be read"))?;
        reader.used = reader.payload.len();
        Ok(reader)
    }

    /// What was recorded, where and by whom.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The moment of the next tick; none after the last one of a tape that was ended in order.
    ///
    /// # Errors
    /// When the tape is cut short or damaged.
    pub fn next_tick(&mut self) -> Result<Option<Moment>, TapeError> {
        loop {
            match self.entry()? {
                Some(Entry::Tick(tick)) => return Ok(Some(tick.now)),
                Some(Entry::Start { .. } | Entry::Command { .. } | Entry::End { .. }) => {}
                None => return Ok(None),
            }
        }
    }

    /// The next entry; none after the last one of a tape that was ended in order.
    pub(super) fn entry(&mut self) -> Result<Option<Entry>, TapeError> {
        if self.ended {
            return Ok(None);
        }
        while self.used >= self.payload.len() {
            self.frame()?;
        }
        let rest = self.payload.get(self.used..).unwrap_or(&[]);
        let entry = postcard::take_from_bytes::<Entry>(rest);
        let Ok((entry, left)) = entry else {
            return Err(TapeError::Nonsense(self.at, "an entry cannot be read"));
        };
        self.used = self.payload.len() - left.len();
        match &entry {
            Entry::Tick(_) => self.ticks += 1,
            Entry::End { ticks } if *ticks == self.ticks => {
                self.ended = true;
                return Ok(None);
            }
            Entry::End { .. } => return Err(TapeError::Nonsense(self.at, "ticks are missing")),
            Entry::Start { .. } | Entry::Command { .. } => {}
        }
        Ok(Some(entry))
    }

    fn frame(&mut self) -> Result<(), TapeError> {
        let (at, ticks) = (self.at, self.ticks);
        let cut = TapeError::Truncated { at, ticks };
        let mut head = [0; 8];
        if fill(&mut self.from, &mut head)? < head.len() {
            return Err(cut);
        }
        let [a, b, c, d, rest @ ..] = head;
        let (length, crc) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes(rest));
        let size = usize::try_from(length).ok().filter(|size| *size <= FRAME_MAX);
        let size = size.ok_or(TapeError::TooLong { at, length })?;
        self.payload.clear();
        self.payload.resize(size, 0);
        if fill(&mut self.from, &mut self.payload)? < size {
            return Err(cut);
        }
        if CRC.checksum(&self.payload) != crc {
            return Err(TapeError::Checksum(at));
        }
        self.used = 0;
        self.at += 8 + u64::from(length);
        Ok(())
    }
}
