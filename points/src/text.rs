//! Short text of a fixed capacity, so that commands and records need no heap.

use core::fmt;

/// UTF-8 text of at most `N` bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Text<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

/// Why a text was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// Longer than the capacity in bytes.
    TooLong {
        /// Bytes that fit.
        capacity: usize,
    },
    /// It holds a control character.
    Control,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextError::TooLong { capacity } => write!(f, "longer than {capacity} bytes"),
            TextError::Control => f.write_str("holds a control character"),
        }
    }
}

impl<const N: usize> Text<N> {
    /// Nothing.
    pub const EMPTY: Text<N> = Text {
        bytes: [0; N],
        len: 0,
    };

    /// The text, whole or not at all.
    ///
    /// # Errors
    /// When it does not fit or holds a control character.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let Some(len) = u8::try_from(text.len()).ok().filter(|len| usize::from(*len) <= N) else {
            return Err(TextError::TooLong { capacity: N.min(255) });
        };
        if text.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(text.as_bytes()) {
            *to = *from;
        }
        Ok(Text { bytes, len })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.bytes
            .get(..usize::from(self.len))
            .and_then(|b| core::str::from_utf8(b).ok())
            .unwrap_or("")
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<const N: usize> serde::Serialize for Text<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(feature = "serde")]
impl<'de, const N: usize> serde::Deserialize<'de> for Text<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const N: usize>;
        impl<const N: usize> serde::de::Visitor<'_> for Visitor<N> {
            type Value = Text<N>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "text of at most {N} bytes without control characters")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Text::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor::<N>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_fits_whole_or_not_at_all() {
        assert_eq!(Text::<4>::new("rack").map(|t| t.as_str() == "rack"), Ok(true));
        assert_eq!(Text::<4>::new("racks"), Err(TextError::TooLong { capacity: 4 }));
        assert_eq!(Text::<8>::new("a\nb"), Err(TextError::Control));
    }
}
