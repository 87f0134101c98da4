//! Writes a configuration as TOML whose comments are the doc comments of the configuration's types.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Config, schema};

/// Widest line of a comment.
const WIDTH: usize = 108;

/// The configuration as commented TOML. A comment stands at the first place its key occurs.
pub fn commented(config: &Config) -> String {
    let schema = schema();
    let mut out = String::from(
        "# Configuration of the rack controller. `rack-controller check FILE` says what is wrong with it.\n\n",
    );
    if let Ok(Value::Object(root)) = serde_json::to_value(config) {
        let mut writer = Writer {
            schema: &schema,
            out: &mut out,
            told: std::collections::BTreeSet::new(),
        };
        writer.table("", &root, &schema);
    }
    out
}

struct Writer<'a> {
    schema: &'a Value,
    out: &'a mut String,
    told: std::collections::BTreeSet<String>,
}

impl Writer<'_> {
    /// Plain values first, then tables: TOML wants them in that order.
    fn table(&mut self, path: &str, table: &Map<String, Value>, schema: &Value) {
        for (key, value) in table.iter().filter(|(_, value)| !is_table(value)) {
            let property = self.property(schema, key);
            self.comment(&property, key);
            let _ = writeln!(self.out, "{} = {}", bare(key), inline(key, value));
        }
        for (key, value) in table.iter().filter(|(_, value)| is_table(value)) {
            let property = self.property(schema, key);
            let inner = self.resolve(&property);
            let name = if path.is_empty() {
                bare(key)
            } else {
                format!("{path}.{}", bare(key))
            };
            match value {
                Value::Object(members) if inner.get("additionalProperties").is_some_and(Value::is_object) => {
                    self.out.push('\n');
                    self.comment(&property, key);
                    let of = inner.get("additionalProperties").cloned().unwrap_or_default();
                    self.map(&name, members, &of);
                }
                Value::Object(members) => {
                    self.out.push('\n');
                    self.comment(&property, key);
                    let _ = writeln!(self.out, "[{name}]");
                    self.table(&name, members, &inner);
                }
                Value::Array(items) => {
                    let of = inner
                        .get("items")
                        .map(|items| self.resolve(items))
                        .unwrap_or_default();
                    for item in items {
                        self.out.push('\n');
                        self.comment(&property, key);
                        let _ = writeln!(self.out, "[[{name}]]");
                        if let Value::Object(members) = item {
                            self.flat(members, &of);
                        }
                    }
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
            }
        }
    }

    /// A table by free keys: one line a member.
    fn map(&mut self, name: &str, members: &Map<String, Value>, of: &Value) {
        let of = self.resolve(of);
        if let Some(properties) = of.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                if let Some(text) = property.get("description").and_then(Value::as_str) {
                    wrap(self.out, &format!("`{key}`: {text}"));
                }
            }
        }
        let _ = writeln!(self.out, "[{name}]");
        for (key, value) in members {
            let _ = writeln!(self.out, "{} = {}", bare(key), inline(key, value));
        }
    }

    /// A table of an array: its own tables inline.
    fn flat(&mut self, members: &Map<String, Value>, schema: &Value) {
        for (key, value) in members {
            let property = self.property(schema, key);
            self.comment(&property, key);
            let _ = writeln!(self.out, "{} = {}", bare(key), inline(key, value));
        }
    }

    fn property(&self, schema: &Value, key: &str) -> Value {
        self.resolve(schema)
            .get("properties")
            .and_then(|all| all.get(key))
            .cloned()
            .unwrap_or_default()
    }

    fn resolve(&self, schema: &Value) -> Value {
        let reference = schema.get("$ref").and_then(Value::as_str);
        match reference.and_then(|r| r.strip_prefix("#/$defs/")) {
            Some(name) => self
                .schema
                .get("$defs")
                .and_then(|defs| defs.get(name))
                .cloned()
                .unwrap_or_default(),
            None => schema.clone(),
        }
    }

    fn comment(&mut self, property: &Value, key: &str) {
        let text = property
            .get("description")
            .and_then(Value::as_str)
            .unwrap_or_default();
        if !text.is_empty() && self.told.insert(format!("{key}: {text}")) {
            wrap(self.out, text);
        }
    }
}

fn wrap(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(out, "{line}");
}

fn is_table(value: &Value) -> bool {
    match value {
        Value::Object(_) => true,
        Value::Array(items) => items.iter().any(Value::is_object),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn bare(key: &str) -> String {
    let plain = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain {
        key.to_owned()
    } else {
        Value::String(key.to_owned()).to_string()
    }
}

fn inline(key: &str, value: &Value) -> String {
    match value {
        // Addresses read better as datasheets write them.
        Value::Number(number) if key == "address" || key == "multiplexer" => number
            .as_u64()
            .map_or_else(|| number.to_string(), |address| format!("0x{address:02X}")),
        Value::Object(members) => {
            let inside: Vec<String> = members
                .iter()
                .map(|(k, v)| format!("{} = {}", bare(k), inline(k, v)))
                .collect();
            format!("{{ {} }}", inside.join(", "))
        }
        Value::Array(items) => {
            let inside: Vec<String> = items.iter().map(|item| inline(key, item)).collect();
            format!("[{}]", inside.join(", "))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
