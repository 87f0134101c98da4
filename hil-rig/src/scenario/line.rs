//! A line as words with their columns, taken one after the other.

use super::problem::{Problem, hint};

/// A word and where it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'a> {
    /// The word.
    pub text: &'a str,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// One line's words, read from the front.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    number: usize,
    words: Vec<Word<'a>>,
    next: usize,
    end: usize,
    source: &'a str,
}

impl<'a> Line<'a> {
    /// The words of a line; what follows a `#` that begins a word is a comment.
    #[must_use]
    pub fn new(number: usize, source: &'a str) -> Self {
        let mut words: Vec<Word<'a>> = Vec::new();
        let mut begin = None;
        let mut source_end = source.len();
        for (column, (offset, letter)) in (1..).zip(source.char_indices()) {
            if letter.is_whitespace() {
                if let Some((from, at)) = begin.take() {
                    words.push(Word {
                        text: &source[from..offset],
                        column: at,
                    });
                }
            } else if begin.is_none() {
                if letter == '#' {
                    source_end = offset;
                    break;
                }
                begin = Some((offset, column));
            }
        }
        if let Some((from, column)) = begin {
            words.push(Word {
                text: &source[from..source_end],
                column,
            });
        }
        let end = words
            .last()
            .map_or(1, |word| word.column + word.text.chars().count());
        Self {
            number,
            words,
            next: 0,
            end,
            source: source[..source_end].trim(),
        }
    }

    /// Its number, counted from 1.
    #[must_use]
    pub fn number(&self) -> usize {
        self.number
    }

    /// The whole line without comment and surrounding space.
    #[must_use]
    pub fn source(&self) -> &'a str {
        self.source
    }

    /// What stands from a word up to the one that comes next, as it is written but for spaces.
    #[must_use]
    pub fn written(&self, from: Word<'_>) -> String {
        let taken = self.words.iter().take(self.next);
        let words = taken.filter(|word| word.column >= from.column);
        words.map(|word| word.text).collect::<Vec<_>>().join(" ")
    }

    /// The line's last word, taken or not.
    #[must_use]
    pub fn last(&self) -> Option<Word<'a>> {
        self.words.last().copied()
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.next >= self.words.len()
    }

    /// The next word, left in its place.
    #[must_use]
    pub fn peek(&self) -> Option<Word<'a>> {
        self.words.get(self.next).copied()
    }

    /// Takes the next word.
    pub fn take(&mut self) -> Option<Word<'a>> {
        let word = self.peek();
        self.next += usize::from(word.is_some());
        word
    }

    /// Takes the next word if it is this one.
    pub fn takes(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|word| word.text == text);
        self.next += usize::from(found);
        found
    }

    /// Takes a word that has to be there.
    ///
    /// # Errors
    /// When the line ends here.
    pub fn need(&mut self, what: &str) -> Result<Word<'a>, Problem> {
        self.take().ok_or_else(|| self.ends(what))
    }

    /// Takes one of some words; gives its place among them.
    ///
    /// # Errors
    /// When the line ends here or the word is another one.
    pub fn one_of(&mut self, what: &str, words: &[&str]) -> Result<usize, Problem> {
        let word = self.need(what)?;
        let found = words.iter().position(|known| *known == word.text);
        found.ok_or_else(|| {
            let hint = hint(word.text, words.iter().copied());
            self.at(word, format!("`{}` is no {what}; {hint}", word.text))
        })
    }

    /// A problem at a word.
    #[must_use]
    pub fn at(&self, word: Word<'_>, message: impl Into<String>) -> Problem {
        Problem {
            line: self.number,
            column: word.column,
            message: message.into(),
        }
    }

    /// A problem at the next word, or at the line's end.
    #[must_use]
    pub fn here(&self, message: impl Into<String>) -> Problem {
        let column = self.peek().map_or(self.end, |word| word.column);
        Problem {
            line: self.number,
            column,
            message: message.into(),
        }
    }

    /// A problem at the line's first word.
    #[must_use]
    pub fn whole(&self, message: impl Into<String>) -> Problem {
        let column = self.words.first().map_or(1, |word| word.column);
        Problem {
            line: self.number,
            column,
            message: message.into(),
        }
    }

    /// The line ends where something is missing.
    #[must_use]
    pub fn ends(&self, what: &str) -> Problem {
        self.here(format!("the line ends here; write {what}"))
    }

    /// The rest of the line as it stands.
    pub fn rest(&mut self) -> &'a str {
        let Some(word) = self.peek() else { return "" };
        self.next = self.words.len();
        let from = word.text.as_ptr() as usize;
        let begin = from.saturating_sub(self.source.as_ptr() as usize);
        self.source.get(begin..).unwrap_or("")
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// When a word follows.
    pub fn done(&self) -> Result<(), Problem> {
        match self.peek() {
            None => Ok(()),
            Some(word) => Err(self.at(
                word,
                format!("`{}` is too much here; end the line before it", word.text),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_columns_in_characters_and_comments_are_none() {
        let line = Line::new(3, "  within 5 s  room > 20 °C ± 1 K # warm");
        let words: Vec<_> = line.words.iter().map(|word| (word.text, word.column)).collect();
        assert_eq!(words[0], ("within", 3));
        assert_eq!(words[6], ("°C", 25));
        assert_eq!(words[7], ("±", 28));
        assert_eq!(words.len(), 10);
        assert_eq!(line.source(), "within 5 s  room > 20 °C ± 1 K");
        assert_eq!(Line::new(1, "a#b").words.len(), 1);
        assert!(Line::new(1, "   # nothing").is_done());
    }

    #[test]
    fn the_rest_is_the_text_as_it_stands() {
        let mut line = Line::new(1, "title  Fire:  two signs # x");
        assert!(line.takes("title"));
        assert_eq!(line.rest(), "Fire:  two signs");
        assert!(line.is_done());
    }

    #[test]
    fn an_end_is_told_behind_the_last_word() {
        let mut line = Line::new(7, "wait");
        assert!(line.takes("wait"));
        let problem = line.need("a time").expect_err("nothing is left");
        assert_eq!((problem.line, problem.column), (7, 5));
    }
}
