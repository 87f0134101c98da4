//! z3 at the other end of a pipe, in SMT-LIB.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::string::String;
use std::vec::Vec;

use super::graph::{B, Graph};

/// A solver that knows a graph.
pub struct Solver {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    names: Vec<String>,
}

/// How a question ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// It cannot be.
    Never,
    /// It can: the open places that are not false, not zero.
    So(Vec<String>),
}

impl Solver {
    /// Starts z3 and tells it the graph. None where there is no z3.
    pub fn start(graph: &Graph) -> Option<Solver> {
        let mut child = Command::new("z3")
            .args(["-in", "-smt2"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .ok()?;
        let (to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let names = graph.names.clone();
        let mut solver = Solver {
            child,
            to,
            from,
            names,
        };
        solver.tell("(set-option :produce-models true)");
        solver.tell(&graph.to_smt());
        Some(solver)
    }

    fn tell(&mut self, text: &str) {
        std::writeln!(self.to, "{text}").expect("z3 listens");
    }

    /// Everything up to a mark.
    fn hear(&mut self) -> String {
        self.tell("(echo \"-over-\")");
        self.to.flush().expect("z3 listens");
        let mut said = String::new();
        loop {
            let mut line = String::new();
            let read = self.from.read_line(&mut line).expect("z3 answers");
            assert!(read > 0, "z3 ended: {said}");
            if line.trim() == "-over-" {
                return said;
            }
            said.push_str(&line);
        }
    }

    /// Whether all of these can be true together.
    pub fn can(&mut self, all: &[B]) -> Answer {
        self.tell("(push)");
        for one in all {
            self.tell(&std::format!("(assert {})", Graph::smt(*one)));
        }
        self.tell("(check-sat)");
        let answer = match self.hear().trim() {
            "unsat" => Answer::Never,
            "sat" => Answer::So(self.example()),
            other => panic!("z3 says {other:?}"),
        };
        self.tell("(pop)");
        answer
    }

    fn example(&mut self) -> Vec<String> {
        let names: Vec<String> = self.names.iter().map(|name| std::format!("|{name}|")).collect();
        self.tell(&std::format!("(get-value ({}))", names.join(" ")));
        let said = self.hear();
        let pairs = said
            .lines()
            .map(|line| line.trim().trim_start_matches('(').trim_end_matches(')'));
        let told = pairs.filter(|pair| !pair.ends_with(" false") && !pair.ends_with(" 0"));
        told.map(|pair| pair.replace("| true", "|").replace('|', ""))
            .collect()
    }
}

impl Drop for Solver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
