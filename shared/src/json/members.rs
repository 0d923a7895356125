//! Documents written member by member: where the members are known, a tree in between would cost
//! more than all that is signed over them.

use alloc::string::String;

use super::{by_utf16, is_escaped, write_text};
use crate::digits;

/// Bytes that are there from the start: room for all but records and long lists.
const USUAL: usize = 512;

/// An object's canonical text.
#[must_use]
pub fn object(members: impl FnOnce(&mut Members<'_>)) -> String {
    let mut out = String::with_capacity(USUAL);
    append(&mut out, members);
    out
}

/// The canonical text of an array of objects.
#[must_use]
pub fn array<T>(items: &[T], members: impl Fn(&T, &mut Members<'_>)) -> String {
    let mut out = String::new();
    append_array(&mut out, items, members);
    out
}

/// Writes the members of one object. Whoever names them names them in canonical order, which builds
/// for development hold them to.
pub struct Members<'a> {
    out: &'a mut String,
    /// The name before; empty before the first.
    last: &'static str,
}

impl Members<'_> {
    /// A member that is a string.
    pub fn text(&mut self, name: &'static str, value: &str) -> &mut Self {
        write_text(value, self.name(name));
        self
    }

    /// A member that is a string, or null.
    pub fn text_or_null(&mut self, name: &'static str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(name, value),
            None => self.json(name, "null"),
        }
    }

    /// A member that is a number.
    pub fn number(&mut self, name: &'static str, value: u32) -> &mut Self {
        digits::push(self.name(name), value.into(), 0);
        self
    }

    /// A member that is an object.
    pub fn object(
        &mut self,
        name: &'static str,
        members: impl FnOnce(&mut Members<'_>),
    ) -> &mut Self {
        append(self.name(name), members);
        self
    }

    /// A member that is an array of strings.
    pub fn texts<'t>(
        &mut self,
        name: &'static str,
        texts: impl Iterator<Item = &'t str>,
    ) -> &mut Self {
        append_list(self.name(name), texts, write_text);
        self
    }

    /// A member that is an array of objects.
    pub fn array<T>(
        &mut self,
        name: &'static str,
        items: &[T],
        members: impl Fn(&T, &mut Members<'_>),
    ) -> &mut Self {
        append_array(self.name(name), items, members);
        self
    }

    /// A member whose text is there already; it stands in the document as it is.
    pub fn json(&mut self, name: &'static str, text: &str) -> &mut Self {
        self.name(name).push_str(text);
        self
    }

    fn name(&mut self, name: &'static str) -> &mut String {
        let is_first = self.last.is_empty();
        debug_assert!(!name.bytes().any(is_escaped), "{name} has something to escape");
        debug_assert!(is_first || by_utf16(self.last, name).is_lt(), "{name} is out of order");
        self.last = name;
        if !is_first {
            self.out.push(',');
        }
        self.out.push('"');
        self.out.push_str(name);
        self.out.push_str("\":");
        self.out
    }
}

fn append(out: &mut String, members: impl FnOnce(&mut Members<'_>)) {
    out.push('{');
    members(&mut Members { out, last: "" });
    out.push('}');
}

fn append_array<T>(out: &mut String, items: &[T], members: impl Fn(&T, &mut Members<'_>)) {
    append_list(out, items.iter(), |item, out| append(out, |written| members(item, written)));
}

fn append_list<T>(
    out: &mut String,
    items: impl Iterator<Item = T>,
    write: impl Fn(T, &mut String),
) {
    out.push('[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(item, out);
    }
    out.push(']');
}

#[cfg(test)]
mod tests {
    use super::{array, object};
    use crate::json::{Json, Object};

    #[test]
    fn members_come_to_the_bytes_that_a_tree_of_them_has() {
        let written = object(|members| {
            members
                .object("a", |_| {})
                .array("b", &["x\n", "\"é\""], |item, members| {
                    members.text("item", item);
                })
                .json("c", "[]")
                .number("d", 65_535)
                .object("e", |members| {
                    members.text_or_null("f", Some("\u{1f600}")).text_or_null("g", None);
                })
                .texts("h", ["\t", "i"].into_iter())
                .texts("j", [].into_iter());
        });
        let item = |text: &str| Json::from(Object::new().with("item", text));
        let tree = Object::new()
            .with("a", Object::new())
            .with("b", Json::List([item("x\n"), item("\"é\"")].into()))
            .with("c", Json::List([].into()))
            .with("d", 65_535_u32)
            .with("e", Object::new().with("f", "\u{1f600}").with("g", Json::Null))
            .with("h", Json::List(["\t".into(), "i".into()].into()))
            .with("j", Json::List([].into()));
        assert_eq!(written, tree.canonical());
        assert_eq!(array(&[(); 0], |(), _| {}), "[]");
    }

    // Where orders are looked at: in every build that tests run in.
    #[cfg(debug_assertions)]
    #[test]
    #[should_panic(expected = "a is out of order")]
    fn a_member_out_of_order_is_found_by_whatever_test_writes_it() {
        _ = object(|members| {
            members.text("b", "").text("a", "");
        });
    }
}
