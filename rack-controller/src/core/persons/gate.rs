//! Who stands behind a command: challenges that were given, responses to them, and who has guessed too often.
//!
//! Pure: time and random numbers are arguments, the persons are handed in. A challenge lives 120 s, is for one command and
//! is used up by the responses that fit it, so a response is taken once (I23). Nothing here says which persons there are:
//! whoever is not enrolled is answered as whoever has guessed wrongly.

use points::command::{Authority, CHALLENGE_VALID_S, Command, Name, Proofs, Refusal, Response};
use points::{Moment, Span};

use super::book::{Book, Person};
use super::respond;

/// Challenges that wait for responses; with a further one the oldest is forgotten.
pub const CHALLENGES_MAX: usize = 16;
/// Wrong responses of one person after which none of that person is taken for [`LOCK`].
pub const WRONG_MAX: u32 = 5;
/// Time for which a person's responses are not taken after too many wrong ones, and after which wrong ones are forgotten.
pub const LOCK: Span = Span::s(15 * 60);

#[derive(Clone, Copy, Debug)]
struct Pending {
    challenge: u64,
    command: Command,
    until: Moment,
}

#[derive(Clone, Copy, Debug)]
struct Wrong {
    name: Name,
    count: u32,
    last: Moment,
}

/// Who stands behind commands.
#[derive(Debug, Default)]
pub struct Gate {
    pending: Vec<Pending>,
    wrong: Vec<Wrong>,
}

impl Gate {
    /// Takes in a challenge for a command.
    pub fn challenge(&mut self, now: Moment, command: &Command, challenge: u64) {
        self.pending.retain(|pending| now < pending.until);
        if self.pending.len() >= CHALLENGES_MAX {
            self.pending.remove(0);
        }
        self.pending.push(Pending {
            challenge,
            command: *command,
            until: now + Span::s(CHALLENGE_VALID_S),
        });
    }

    /// How many persons the responses prove. Every one of them has to be right.
    ///
    /// # Errors
    /// When one of them is not, or the person whose name is on the command is not among them.
    pub fn authority(
        &mut self,
        now: Moment,
        book: &Book,
        rack: &str,
        command: &Command,
        proofs: &Proofs,
    ) -> Result<Authority, Refusal> {
        let proven = self.proven(now, book, rack, command, proofs, None)?;
        if !proven
            .into_iter()
            .flatten()
            .any(|name| is_same(&name, command.by()))
        {
            return Err(Refusal::NotEntitled);
        }
        Ok(match proven {
            [Some(_), Some(_)] => Authority::TwoPersons,
            [Some(_), None] | [None, Some(_)] => Authority::OnePerson,
            [None, None] => Authority::Unproven,
        })
    }

    /// The same for a command that came through the local socket: there the person named on the command stands behind it
    /// already, and the responses are another person's.
    ///
    /// # Errors
    /// When that person is not enrolled for it, or a response is wrong.
    pub fn local_authority(
        &mut self,
        now: Moment,
        book: &Book,
        rack: &str,
        command: &Command,
        proofs: Option<&Proofs>,
    ) -> Result<Authority, Refusal> {
        let person = book.find(command.by().as_str());
        let person = person.filter(|person| is_entitled(person, command));
        let person = person.ok_or(Refusal::NotEntitled)?;
        let Some(proofs) = proofs else {
            return Ok(Authority::OnePerson);
        };
        let proven = self.proven(now, book, rack, command, proofs, Some(&person.name))?;
        Ok(if proven.iter().flatten().next().is_some() {
            Authority::TwoPersons
        } else {
            Authority::OnePerson
        })
    }

    /// The persons whose responses are right, no two of them and none of them `besides` the same.
    fn proven(
        &mut self,
        now: Moment,
        book: &Book,
        rack: &str,
        command: &Command,
        proofs: &Proofs,
        besides: Option<&Name>,
    ) -> Result<[Option<Name>; 2], Refusal> {
        let given = [&proofs.responses[0], &proofs.responses[1]];
        for response in given.into_iter().flatten() {
            if self.is_locked(now, &response.person) {
                return Err(Refusal::LockedOut);
            }
        }
        let place = self.pending.iter().position(|pending| {
            pending.challenge == proofs.challenge && now < pending.until && pending.command == *command
        });
        let place = place.ok_or(Refusal::BadResponse)?;
        let mut proven: [Option<Name>; 2] = [None, None];
        for (at, response) in given.into_iter().enumerate() {
            let Some(response) = response else { continue };
            let Some(person) = self.check(now, book, rack, command, proofs.challenge, response) else {
                return Err(Refusal::BadResponse);
            };
            let twice = proven.iter().flatten().chain(besides);
            if twice.into_iter().any(|other| is_same(other, &person.name)) {
                return Err(Refusal::SecondPerson);
            }
            if !is_entitled(&person, command) {
                return Err(Refusal::NotEntitled);
            }
            proven[at] = Some(person.name);
        }
        self.pending.remove(place);
        Ok(proven)
    }

    fn check(
        &mut self,
        now: Moment,
        book: &Book,
        rack: &str,
        command: &Command,
        challenge: u64,
        given: &Response,
    ) -> Option<Person> {
        let person = *book.find(given.person.as_str())?;
        let words = command.to_string();
        let expected = respond(&person.key, rack, &words, challenge, person.name.as_str());
        if expected == given.digits {
            self.wrong.retain(|wrong| wrong.name != person.name);
            return Some(person);
        }
        self.count(now, &person.name);
        None
    }

    fn is_locked(&self, now: Moment, name: &Name) -> bool {
        self.wrong.iter().any(|wrong| {
            is_same(&wrong.name, name) && wrong.count >= WRONG_MAX && now.since(wrong.last) < LOCK
        })
    }

    /// Counts a wrong response of somebody who is enrolled: as many are counted as may be enrolled.
    fn count(&mut self, now: Moment, name: &Name) {
        self.wrong.retain(|wrong| now.since(wrong.last) < LOCK);
        if let Some(wrong) = self.wrong.iter_mut().find(|wrong| is_same(&wrong.name, name)) {
            wrong.count += 1;
            wrong.last = now;
            return;
        }
        self.wrong.push(Wrong {
            name: *name,
            count: 1,
            last: now,
        });
    }
}

fn is_same(one: &Name, other: &Name) -> bool {
    one.as_str().to_lowercase() == other.as_str().to_lowercase()
}

fn is_entitled(person: &Person, command: &Command) -> bool {
    person.role >= command.row().role
}

#[cfg(test)]
mod tests {
    use super::super::Key;
    use super::*;
    use points::command::Reason;
    use points::input::Input;
    use points::interlock::{Latch, LatchSet};
    use points::setting::Role;
    use proptest::prelude::*;

    const RACK: &str = "rack 7";

    fn name(text: &str) -> Name {
        Name::new(text).expect("a name")
    }

    fn key(person: &str) -> Key {
        let mut key = [0; 32];
        key[..person.len()].copy_from_slice(person.as_bytes());
        Key(key)
    }

    /// Two engineers and an operator.
    fn book(data: &tempfile::TempDir) -> Book {
        let mut book = Book::open(data.path()).expect("an empty book");
        for (person, role) in [
            ("Mara", Role::Engineer),
            ("Ivo", Role::Engineer),
            ("Olga", Role::Operator),
        ] {
            let person = Person {
                name: name(person),
                role,
                key: key(person),
            };
            book.enrol(person).expect("somebody new");
        }
        book
    }

    fn reset(by: &str) -> Command {
        Command::Reset {
            latches: LatchSet::of(&[Latch::Fire]),
            by: name(by),
            inspected: true,
        }
    }

    fn respond_as(person: &str, command: &Command, challenge: u64) -> Response {
        Response {
            person: name(person),
            digits: respond(&key(person), RACK, &command.to_string(), challenge, person),
        }
    }

    fn proofs(challenge: u64, responses: [Option<Response>; 2]) -> Proofs {
        Proofs { challenge, responses }
    }

    #[test]
    fn two_persons_stand_behind_a_command_once() {
        let data = tempfile::tempdir().expect("a directory");
        let (book, mut gate) = (book(&data), Gate::default());
        let (command, now) = (reset("Mara"), Moment(5));
        gate.challenge(now, &command, 77);
        let both = proofs(
            77,
            [
                Some(respond_as("Ivo", &command, 77)),
                Some(respond_as("Mara", &command, 77)),
            ],
        );
        assert_eq!(
            gate.authority(now, &book, RACK, &command, &both),
            Ok(Authority::TwoPersons)
        );
        assert_eq!(
            gate.authority(now, &book, RACK, &command, &both),
            Err(Refusal::BadResponse),
            "a response is taken once"
        );
        gate.challenge(now, &command, 78);
        let one = proofs(78, [Some(respond_as("Mara", &command, 78)), None]);
        assert_eq!(
            gate.authority(now, &book, RACK, &command, &one),
            Ok(Authority::OnePerson)
        );
    }

    #[test]
    fn one_person_is_never_two_and_nobody_speaks_for_another() {
        let data = tempfile::tempdir().expect("a directory");
        let (book, mut gate) = (book(&data), Gate::default());
        let (command, now) = (reset("Mara"), Moment(5));
        let mut ask = |challenge, responses| {
            gate.challenge(now, &command, challenge);
            gate.authority(now, &book, RACK, &command, &proofs(challenge, responses))
        };
        let mara = respond_as("Mara", &command, 1);
        assert_eq!(ask(1, [Some(mara), Some(mara)]), Err(Refusal::SecondPerson));
        let ivo = respond_as("Ivo", &command, 2);
        assert_eq!(
            ask(2, [Some(ivo), None]),
            Err(Refusal::NotEntitled),
            "the name on it is Mara's"
        );
        let olga = respond_as("Olga", &command, 3);
        assert_eq!(
            ask(3, [Some(respond_as("Mara", &command, 3)), Some(olga)]),
            Err(Refusal::NotEntitled)
        );
        assert_eq!(ask(4, [None, None]), Err(Refusal::NotEntitled));
        let stranger = respond_as("Eve", &command, 5);
        assert_eq!(ask(5, [Some(stranger), None]), Err(Refusal::BadResponse));
    }

    #[test]
    fn a_response_is_for_one_command_one_challenge_one_rack_and_two_minutes() {
        let data = tempfile::tempdir().expect("a directory");
        let (book, mut gate) = (book(&data), Gate::default());
        let (command, now) = (reset("Mara"), Moment(5));
        gate.challenge(now, &command, 9);
        let good = proofs(9, [Some(respond_as("Mara", &command, 9)), None]);
        let mut ask =
            |rack, command: &Command, proofs: &Proofs, now| gate.authority(now, &book, rack, command, proofs);
        let other = Command::Override {
            input: Input::Door,
            by: name("Mara"),
            reason: Reason::new("x").expect("it fits"),
            minutes: 5,
        };
        assert_eq!(ask(RACK, &other, &good, now), Err(Refusal::BadResponse));
        assert_eq!(ask("rack 8", &command, &good, now), Err(Refusal::BadResponse));
        let elsewhere = proofs(10, good.responses);
        assert_eq!(ask(RACK, &command, &elsewhere, now), Err(Refusal::BadResponse));
        let late = now + Span::s(CHALLENGE_VALID_S);
        assert_eq!(ask(RACK, &command, &good, late), Err(Refusal::BadResponse));
        let in_time = Moment(late.as_us() - 1);
        assert_eq!(ask(RACK, &command, &good, in_time), Ok(Authority::OnePerson));
    }

    #[test]
    fn who_guesses_is_locked_out_for_a_quarter_of_an_hour() {
        let data = tempfile::tempdir().expect("a directory");
        let (book, mut gate) = (book(&data), Gate::default());
        let command = reset("Mara");
        let mut try_at = |now: Moment, digits: Option<u32>| {
            gate.challenge(now, &command, 4);
            let mut response = respond_as("Mara", &command, 4);
            response.digits = digits.unwrap_or(response.digits);
            gate.authority(now, &book, RACK, &command, &proofs(4, [Some(response), None]))
        };
        for guess in 0..WRONG_MAX {
            assert_eq!(try_at(Moment(0), Some(guess)), Err(Refusal::BadResponse));
        }
        assert_eq!(try_at(Moment(1), None), Err(Refusal::LockedOut));
        let over = Moment(0) + LOCK;
        assert_eq!(try_at(over, None), Ok(Authority::OnePerson));
        assert_eq!(try_at(over, Some(1)), Err(Refusal::BadResponse), "counted anew");
        assert_eq!(try_at(over, None), Ok(Authority::OnePerson));
    }

    #[test]
    fn the_local_socket_counts_as_the_person_on_the_command() {
        let data = tempfile::tempdir().expect("a directory");
        let (book, mut gate) = (book(&data), Gate::default());
        let (command, now) = (reset("mara"), Moment(5));
        let mut ask = |command: &Command, responses: Option<[Option<Response>; 2]>| {
            gate.challenge(now, command, 3);
            let proofs = responses.map(|responses| proofs(3, responses));
            gate.local_authority(now, &book, RACK, command, proofs.as_ref())
        };
        assert_eq!(ask(&command, None), Ok(Authority::OnePerson));
        assert_eq!(ask(&reset("Olga"), None), Err(Refusal::NotEntitled));
        assert_eq!(ask(&reset("Eve"), None), Err(Refusal::NotEntitled));
        let ivo = respond_as("Ivo", &command, 3);
        assert_eq!(ask(&command, Some([Some(ivo), None])), Ok(Authority::TwoPersons));
        let mara = respond_as("Mara", &command, 3);
        assert_eq!(
            ask(&command, Some([Some(mara), None])),
            Err(Refusal::SecondPerson)
        );
    }

    proptest! {
        /// Whatever is sent: nobody stands behind a command without the key.
        #[test]
        fn no_guess_is_taken(digits in 0u32..100_000_000, challenge: u64, given: u64) {
            let data = tempfile::tempdir().expect("a directory");
            let (book, mut gate) = (book(&data), Gate::default());
            let command = reset("Mara");
            gate.challenge(Moment(0), &command, challenge);
            let right = respond_as("Mara", &command, challenge).digits;
            let response = Response { person: name("Mara"), digits };
            let answer = gate.authority(Moment(0), &book, RACK, &command, &proofs(given, [Some(response), None]));
            prop_assert_eq!(answer.is_ok(), digits == right && given == challenge);
        }
    }
}
