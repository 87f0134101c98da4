//! Formulas as a graph: each is kept once, can be worked out for given values, and written as SMT-LIB.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::string::String;
use std::vec::Vec;

/// A truth value in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct B(usize);

/// A whole number in a graph: microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct I(usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Node {
    Known(bool),
    Open(usize),
    Not(B),
    And(B, B),
    AtMost(I, I),
    Number(i64),
    OpenNumber(usize),
    Sum(I, I),
    Choice(B, I, I),
}

/// A graph. Values of its open places are 0, 1 or a number, in the order in which they were opened.
#[derive(Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    known: HashMap<Node, usize>,
    /// Names of the open places.
    pub names: Vec<String>,
}

impl Graph {
    fn node(&mut self, node: Node) -> usize {
        if let Some(found) = self.known.get(&node) {
            return *found;
        }
        self.nodes.push(node);
        self.known.insert(node, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    fn is(&self, one: B, value: bool) -> bool {
        self.nodes[one.0] == Node::Known(value)
    }

    /// A truth value that stands.
    pub fn known(&mut self, value: bool) -> B {
        B(self.node(Node::Known(value)))
    }

    /// A truth value that may be either.
    pub fn open(&mut self, name: &str) -> B {
        self.names.push(name.into());
        B(self.node(Node::Open(self.names.len() - 1)))
    }

    /// A number that stands.
    pub fn number(&mut self, number: i64) -> I {
        I(self.node(Node::Number(number)))
    }

    /// A number that may be any.
    pub fn open_number(&mut self, name: &str) -> I {
        self.names.push(name.into());
        I(self.node(Node::OpenNumber(self.names.len() - 1)))
    }

    pub fn not(&mut self, one: B) -> B {
        if let Node::Known(value) = self.nodes[one.0] {
            self.known(!value)
        } else if let Node::Not(inner) = self.nodes[one.0] {
            inner
        } else {
            B(self.node(Node::Not(one)))
        }
    }

    pub fn and(&mut self, one: B, other: B) -> B {
        if self.is(one, false) || self.is(other, true) || one == other {
            return one;
        }
        if self.is(other, false) || self.is(one, true) {
            return other;
        }
        B(self.node(Node::And(one, other)))
    }

    pub fn or(&mut self, one: B, other: B) -> B {
        let (one, other) = (self.not(one), self.not(other));
        let neither = self.and(one, other);
        self.not(neither)
    }

    pub fn implies(&mut self, one: B, other: B) -> B {
        let not = self.not(one);
        self.or(not, other)
    }

    pub fn same(&mut self, one: B, other: B) -> B {
        let (there, back) = (self.implies(one, other), self.implies(other, one));
        self.and(there, back)
    }

    pub fn all(&mut self, many: impl IntoIterator<Item = B>) -> B {
        let start = self.known(true);
        many.into_iter().fold(start, |sum, one| self.and(sum, one))
    }

    pub fn any(&mut self, many: impl IntoIterator<Item = B>) -> B {
        let start = self.known(false);
        many.into_iter().fold(start, |sum, one| self.or(sum, one))
    }

    pub fn sum(&mut self, one: I, other: I) -> I {
        I(self.node(Node::Sum(one, other)))
    }

    /// One is at most the other.
    pub fn at_most(&mut self, one: I, other: I) -> B {
        B(self.node(Node::AtMost(one, other)))
    }

    pub fn choice(&mut self, which: B, one: I, other: I) -> I {
        I(self.node(Node::Choice(which, one, other)))
    }

    /// Works everything out; `values` are those of the open places.
    pub fn work_out(&self, values: &[i64], out: &mut Vec<i64>) {
        out.clear();
        for node in &self.nodes {
            let value = match *node {
                Node::Known(value) => i64::from(value),
                Node::Number(number) => number,
                Node::Open(place) | Node::OpenNumber(place) => values[place],
                Node::Not(one) => 1 - out[one.0],
                Node::And(one, other) => out[one.0] & out[other.0],
                Node::AtMost(one, other) => i64::from(out[one.0] <= out[other.0]),
                Node::Sum(one, other) => out[one.0] + out[other.0],
                Node::Choice(which, one, other) => {
                    if out[which.0] == 1 {
                        out[one.0]
                    } else {
                        out[other.0]
                    }
                }
            };
            out.push(value);
        }
    }

    /// Its name in SMT-LIB.
    pub fn smt(one: B) -> String {
        std::format!("n{}", one.0)
    }

    /// Everything as SMT-LIB: a name for each formula and what it equals, so that the solver shares what we share.
    pub fn to_smt(&self) -> String {
        let mut text = String::new();
        for (place, node) in self.nodes.iter().enumerate() {
            let (sort, is) = match node {
                Node::Open(open) => ("Bool", std::format!("|{}|", self.names[*open])),
                Node::OpenNumber(open) => ("Int", std::format!("|{}|", self.names[*open])),
                Node::Known(value) => ("Bool", std::format!("{value}")),
                Node::Not(one) => ("Bool", std::format!("(not n{})", one.0)),
                Node::And(one, other) => ("Bool", std::format!("(and n{} n{})", one.0, other.0)),
                Node::AtMost(one, other) => ("Bool", std::format!("(<= n{} n{})", one.0, other.0)),
                // No number of the model is below nothing.
                Node::Number(number) => ("Int", std::format!("{number}")),
                Node::Sum(one, other) => ("Int", std::format!("(+ n{} n{})", one.0, other.0)),
                Node::Choice(which, one, other) => {
                    ("Int", std::format!("(ite n{} n{} n{})", which.0, one.0, other.0))
                }
            };
            if matches!(node, Node::Open(_) | Node::OpenNumber(_)) {
                let _ = std::writeln!(text, "(declare-const {is} {sort})");
            }
            let _ = std::writeln!(
                text,
                "(declare-const n{place} {sort})\n(assert (= n{place} {is}))"
            );
        }
        text
    }
}

impl B {
    /// What came of it in [`Graph::work_out`].
    pub fn of(self, out: &[i64]) -> bool {
        out[self.0] == 1
    }
}

impl I {
    /// What came of it in [`Graph::work_out`].
    pub fn of(self, out: &[i64]) -> i64 {
        out[self.0]
    }
}
