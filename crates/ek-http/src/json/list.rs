//! Lists, written item by item.

/// Writes one JSON list into a buffer, item by item.
pub(crate) struct List<'a> {
    out: &'a mut Vec<u8>,
    /// What stands before the next item.
    before: u8,
}

impl<'a> List<'a> {
    pub(crate) fn begin(out: &'a mut Vec<u8>) -> Self {
        Self { out, before: b'[' }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.before == b'['
    }

    /// Begins an item; its value is to be written next.
    pub(crate) fn item(&mut self) -> &mut Vec<u8> {
        self.out.push(std::mem::replace(&mut self.before, b','));
        self.out
    }

    /// An item that is JSON already.
    pub(crate) fn json(&mut self, json: &str) {
        self.item().extend_from_slice(json.trim().as_bytes());
    }

    pub(crate) fn end(self) {
        if self.is_empty() {
            self.out.push(b'[');
        }
        self.out.push(b']');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_parted_and_a_list_without_any_is_empty() {
        for (items, written) in [(&[][..], "[]"), (&["1"], "[1]"), (&["1", " {} "], "[1,{}]")] {
            let mut out = Vec::new();
            let mut list = List::begin(&mut out);
            items.iter().for_each(|item| list.json(item));
            list.end();
            assert_eq!(out, written.as_bytes());
        }
    }
}
