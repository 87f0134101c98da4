//! One line when something fails, one when it works again.

use crate::log;

/// What fails or works.
#[derive(Debug)]
pub struct Episode {
    what: String,
    stands: Option<String>,
}

impl Episode {
    /// Of this thing, in the words of the log.
    pub fn new(what: String) -> Self {
        Episode { what, stands: None }
    }

    /// It fails, and why. The same reason again says nothing.
    pub fn fails(&mut self, why: &str) {
        if self.stands.as_deref() != Some(why) {
            log::line(&format!("{}: {why}", self.what));
            self.stands = Some(why.to_owned());
        }
    }

    /// It works.
    pub fn works(&mut self) {
        if self.stands.take().is_some() {
            log::line(&format!("{}: works again", self.what));
        }
    }

    /// Why it fails, while it does.
    pub fn stands(&self) -> Option<&str> {
        self.stands.as_deref()
    }
}

/// What to do about a device file that does not open.
pub fn advice(error: &std::io::Error, missing: &str, group: &str) -> String {
    if error.kind() == std::io::ErrorKind::NotFound {
        format!("{error}; {missing}")
    } else if error.kind() == std::io::ErrorKind::PermissionDenied {
        format!("{error}; let the controller's user be in the group `{group}`, or start it as root")
    } else {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_told_once_and_its_end_too() {
        let mut episode = Episode::new("bus".into());
        episode.fails("gone");
        episode.fails("gone");
        assert_eq!(episode.stands(), Some("gone"));
        episode.works();
        assert_eq!(episode.stands(), None);
    }

    #[test]
    fn advice_says_what_to_do() {
        let text = |kind| advice(&std::io::Error::from(kind), "enable the bus", "i2c");
        assert!(text(std::io::ErrorKind::NotFound).ends_with("enable the bus"));
        assert!(text(std::io::ErrorKind::PermissionDenied).contains("group `i2c`"));
    }
}
