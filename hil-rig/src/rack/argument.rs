//! What an act takes: words, or a number in a unit. One description serves scenarios, the page and the socket.

/// Numbers an argument may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Unit as it is written and shown; empty for a bare ratio or count.
    pub unit: &'static str,
    /// Lowest number, in that unit.
    pub low: f64,
    /// Highest number.
    pub high: f64,
}

/// What a parameter may be behind the arguments before it; none where those do not go together.
pub type Given = fn(&[Value]) -> Option<Parameter>;

/// One argument of an act: one of some words, or a number where a span is given.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// What it says, in a word.
    pub name: &'static str,
    /// Words it may be, in the order of [`Value::Word`].
    pub words: &'static [&'static str],
    /// Numbers it may be.
    pub number: Option<Span>,
    /// It may be left out at the end and is its first word then.
    pub omissible: bool,
    /// It depends on the arguments before it: ask [`Parameter::behind`].
    pub given: Option<Given>,
}

impl Parameter {
    /// One of some words.
    #[must_use]
    pub const fn words(name: &'static str, words: &'static [&'static str]) -> Self {
        Self {
            name,
            words,
            number: None,
            omissible: false,
            given: None,
        }
    }

    /// A number in a unit.
    #[must_use]
    pub const fn number(name: &'static str, unit: &'static str, low: f64, high: f64) -> Self {
        Self {
            name,
            words: &[],
            number: Some(Span { unit, low, high }),
            omissible: false,
            given: None,
        }
    }

    /// The same, or one of some words instead of a number.
    #[must_use]
    pub const fn or(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    /// The same, but it may be left out at the end.
    #[must_use]
    pub const fn omissible(mut self) -> Self {
        self.omissible = true;
        self
    }

    /// The same, but what it may be depends on the arguments before it.
    #[must_use]
    pub const fn given(mut self, given: Given) -> Self {
        self.given = Some(given);
        self
    }

    /// What it may be behind these arguments; none where those do not go together.
    #[must_use]
    pub fn behind(&self, before: &[Value]) -> Option<Parameter> {
        let Some(given) = self.given else {
            return Some(*self);
        };
        let omissible = self.omissible;
        given(before).map(|own| Parameter { omissible, ..own })
    }

    /// Whether a value is one of those it may be.
    #[must_use]
    pub fn takes(&self, value: Value) -> bool {
        match value {
            Value::Word(place) => place < self.words.len(),
            Value::Number(number) => self
                .number
                .is_some_and(|span| (span.low..=span.high).contains(&number)),
        }
    }
}

/// What stands for an argument.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// The word of this place.
    Word(usize),
    /// A number in the parameter's unit.
    Number(f64),
}

impl Value {
    /// As it is written for this parameter.
    #[must_use]
    pub fn text(self, parameter: &Parameter) -> String {
        match (self, parameter.number) {
            (Value::Word(place), _) => parameter.words.get(place).copied().unwrap_or("?").to_owned(),
            (Value::Number(number), Some(span)) if !span.unit.is_empty() => format!("{number} {}", span.unit),
            (Value::Number(number), _) => number.to_string(),
        }
    }
}

/// A field of an act and the value that stands for it.
pub trait Field: Copy {
    /// The field of a value; none for a value of the wrong sort.
    fn take(value: Value) -> Option<Self>;

    /// The value of the field.
    fn value(self) -> Value;
}

/// The first of two words is "yes".
impl Field for bool {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(place) => Some(place == 0),
            Value::Number(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Word(usize::from(!self))
    }
}

impl Field for f64 {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) => Some(number),
            Value::Word(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Number(self)
    }
}

/// The only word is "none".
impl Field for Option<f64> {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) => Some(Some(number)),
            Value::Word(_) => Some(None),
        }
    }

    fn value(self) -> Value {
        self.map_or(Value::Word(0), Value::Number)
    }
}

/// Microseconds, written in seconds.
impl Field for u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a parameter's span keeps it at zero to days"
    )]
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Number(seconds) if seconds >= 0.0 => Some((seconds * 1e6).round() as u64),
            Value::Number(_) | Value::Word(_) => None,
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "days in microseconds are far below 2^53"
    )]
    fn value(self) -> Value {
        Value::Number(self as f64 / 1e6)
    }
}

/// A whole number.
impl Field for u16 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only whole numbers of its range pass"
    )]
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) if number.fract() == 0.0 && (0.0..=65_535.0).contains(&number) => {
                Some(number as u16)
            }
            Value::Number(_) | Value::Word(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Number(f64::from(self))
    }
}

/// One of some words by its place.
impl Field for usize {
    fn take(value: Value) -> Option<Self> {
        match value {
            Value::Word(place) => Some(place),
            Value::Number(_) => None,
        }
    }

    fn value(self) -> Value {
        Value::Word(self)
    }
}
