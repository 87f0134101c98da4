//! Who is enrolled, with role and key: a small file that only the core's user can read, replaced whole or not at all.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use points::command::Name;
use points::setting::Role;
use serde::{Deserialize, Serialize};

use super::Key;

/// Directory of keys and socket in the data directory: the core's own.
pub const DIRECTORY: &str = "persons";
/// The file in it.
const FILE: &str = "persons.toml";
/// Persons at most; a further one is not enrolled.
pub const PERSONS_MAX: usize = 64;

/// A person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person {
    /// The name on commands.
    pub name: Name,
    /// What the person may do.
    pub role: Role,
    /// The key of the person's device.
    pub key: Key,
}

/// Why the book cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// The file.
    #[error("{path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// What.
        error: io::Error,
    },
    /// What stands in it.
    #[error("{path}: {what}; nobody is enrolled until it is mended or removed")]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The name is taken.
    #[error("{0} is enrolled already; remove the person first to give a new key")]
    Known(Name),
    /// Nobody has this name.
    #[error("nobody is enrolled as {0}")]
    Unknown(String),
    /// The book is full.
    #[error("{PERSONS_MAX} persons are enrolled; remove one first")]
    Full,
}

/// The persons.
#[derive(Debug)]
pub struct Book {
    path: PathBuf,
    persons: Vec<Person>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    person: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    name: String,
    role: String,
    key: String,
}

/// The role of this name.
pub fn role(name: &str) -> Option<Role> {
    [Role::Viewer, Role::Operator, Role::Engineer]
        .into_iter()
        .find(|role| role.text() == name)
}

impl Book {
    /// Opens the book of a data directory; one that is not there is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read: it is left as it is.
    pub fn open(data: &Path) -> Result<Book, BookError> {
        let directory = data.join(DIRECTORY);
        let path = directory.join(FILE);
        let fail = |path: &Path, error| BookError::File {
            path: path.to_owned(),
            error,
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(|error| fail(&directory, error))?;
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(fail(&path, error)),
        };
        let content = |what: String| BookError::Content {
            path: path.clone(),
            what,
        };
        let written: Written = toml::from_str(&text).map_err(|error| content(error.message().to_owned()))?;
        let mut persons = Vec::new();
        for line in written.person {
            let person = Person {
                name: Name::new(&line.name).map_err(|error| content(format!("name: {error}")))?,
                role: role(&line.role).ok_or_else(|| content(format!("{:?} is no role", line.role)))?,
                key: Key::from_hex(&line.key)
                    .ok_or_else(|| content("a key has 64 hexadecimal digits".into()))?,
            };
            if find(&persons, person.name.as_str()).is_some() {
                return Err(content(format!("{} stands in it twice", person.name)));
            }
            persons.push(person);
        }
        Ok(Book { path, persons })
    }

    /// Everybody.
    pub fn persons(&self) -> &[Person] {
        &self.persons
    }

    /// The person of this name. Capitals make no difference: two persons never differ by them alone.
    pub fn find(&self, name: &str) -> Option<&Person> {
        find(&self.persons, name)
    }

    /// Enrols a person.
    ///
    /// # Errors
    /// When the name is taken, the book is full or cannot be written.
    pub fn enrol(&mut self, person: Person) -> Result<(), BookError> {
        if let Some(known) = self.find(person.name.as_str()) {
            return Err(BookError::Known(known.name));
        }
        if self.persons.len() >= PERSONS_MAX {
            return Err(BookError::Full);
        }
        let mut persons = self.persons.clone();
        persons.push(person);
        self.write(persons)
    }

    /// Removes a person.
    ///
    /// # Errors
    /// When nobody has this name, or the book cannot be written.
    pub fn remove(&mut self, name: &str) -> Result<(), BookError> {
        let unknown = || BookError::Unknown(name.to_owned());
        let known = self.find(name).ok_or_else(unknown)?.name;
        let mut persons = self.persons.clone();
        persons.retain(|person| person.name != known);
        self.write(persons)
    }

    fn write(&mut self, persons: Vec<Person>) -> Result<(), BookError> {
        let line = |person: &Person| Line {
            name: person.name.as_str().to_owned(),
            role: person.role.text().to_owned(),
            key: person.key.to_hex(),
        };
        let written = Written {
            person: persons.iter().map(line).collect(),
        };
        let text = toml::to_string(&written).map_err(|error| BookError::Content {
            path: self.path.clone(),
            what: error.to_string(),
        })?;
        replace(&self.path, &text).map_err(|error| BookError::File {
            path: self.path.clone(),
            error,
        })?;
        self.persons = persons;
        Ok(())
    }
}

fn find<'a>(persons: &'a [Person], name: &str) -> Option<&'a Person> {
    let lower = name.to_lowercase();
    persons
        .iter()
        .find(|person| person.name.as_str().to_lowercase() == lower)
}

/// Writes beside the file and renames: a cut in between leaves the old one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&new, path)?;
    if let Some(directory) = path.parent() {
        File::open(directory)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    fn person(name: &str) -> Person {
        Person {
            name: Name::new(name).expect("a name"),
            role: Role::Engineer,
            key: Key([7; 32]),
        }
    }

    #[test]
    fn who_is_enrolled_is_found_again_and_nobody_else_can_read_the_keys() {
        let data = tempfile::tempdir().expect("a directory");
        let mut book = Book::open(data.path()).expect("an empty book");
        book.enrol(person("Mara")).expect("she is new");
        assert!(matches!(book.enrol(person("mara")), Err(BookError::Known(_))));
        book.enrol(person("ivo \"the\" second")).expect("he is new");
        let again = Book::open(data.path()).expect("it is whole");
        assert_eq!(again.persons(), book.persons());
        let mode = |path: &Path| std::fs::metadata(path).map(|found| found.permissions().mode() & 0o777);
        assert_eq!(mode(&data.path().join(DIRECTORY)).expect("it is there"), 0o700);
        assert_eq!(mode(&book.path).expect("it is there"), 0o600);
        book.remove("MARA").expect("she was enrolled");
        assert!(matches!(book.remove("mara"), Err(BookError::Unknown(_))));
        assert_eq!(Book::open(data.path()).expect("it is whole").persons().len(), 1);
    }

    #[test]
    fn a_broken_book_is_told_and_left_as_it_is() {
        let data = tempfile::tempdir().expect("a directory");
        let mut book = Book::open(data.path()).expect("an empty book");
        book.enrol(person("mara")).expect("she is new");
        let good = std::fs::read_to_string(&book.path).expect("it is there");
        for broken in [
            "[[person]]\nname = \"x\"".to_owned(),
            good.replace("engineer", "king"),
            good.replace("07", "xx"),
            format!("{good}{good}"),
            "\u{0}".to_owned(),
        ] {
            std::fs::write(&book.path, &broken).expect("it is written");
            let error = Book::open(data.path()).expect_err("it is broken");
            assert!(error.to_string().contains("persons.toml"), "{error}");
            assert_eq!(std::fs::read_to_string(&book.path).expect("it is there"), broken);
        }
    }

    #[test]
    fn a_full_book_takes_nobody_more() {
        let data = tempfile::tempdir().expect("a directory");
        let mut book = Book::open(data.path()).expect("an empty book");
        for number in 0..PERSONS_MAX {
            book.persons.push(person(&format!("p{number}")));
        }
        assert!(matches!(book.enrol(person("one more")), Err(BookError::Full)));
    }
}
