//! The names of tools: what the model reads, and what the server calls them.
//!
//! Providers take 1 to 64 letters, digits, `_` and `-`; a server may use anything.

use std::collections::BTreeMap;

use ek_core::{Error, ErrorKind, Result};

const MAX_PREFIX: usize = 32;
const MAX_NAME: usize = 64;

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

pub(crate) fn is_prefix(text: &str) -> bool {
    text.len() <= MAX_PREFIX && text.chars().all(is_plain)
}

/// The name that the model reads. Characters that providers refuse become `_`. A name that is too long ends
/// with a hash of the whole, which is the same in every process.
pub(crate) fn for_model(prefix: &str, remote: &str) -> String {
    let plain = remote.chars().map(|c| if is_plain(c) { c } else { '_' });
    let name: String = prefix.chars().chain(plain).collect();
    match name.len() {
        0 => "_".to_owned(),
        1..=MAX_NAME => name,
        _ => {
            let hash = format!("_{:08x}", fnv1a(remote));
            format!("{}{hash}", &name[..MAX_NAME - hash.len()])
        }
    }
}

/// FNV-1a, 32 bits.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The name for the model of each of these, in order.
///
/// # Errors
/// `Config` if two tools get one name.
pub(crate) fn all_for_model<'a>(
    server: &str,
    prefix: &str,
    remote: impl Iterator<Item = &'a str>,
) -> Result<Vec<String>> {
    let mut taken = BTreeMap::new();
    let mut names = Vec::new();
    for remote in remote {
        let name = for_model(prefix, remote);
        if let Some(other) = taken.insert(name.clone(), remote) {
            let why = format!(
                "the tools {other:?} and {remote:?} of the MCP server `{server}` would both be called \
                 `{name}`; take one of them with `only`"
            );
            return Err(Error::new(ErrorKind::Config, why));
        }
        names.push(name);
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_providers_take_stays_as_it_is() {
        for name in ["read_file", "get-tide", "X1", &"n".repeat(64)] {
            assert_eq!(for_model("", name), name);
        }
        assert_eq!(for_model("files_", "read"), "files_read");
    }

    #[test]
    fn a_name_that_providers_refuse_is_mapped() {
        for (remote, name) in
            [("fs/read.file", "fs_read_file"), ("høyvann", "h_yvann"), ("", "_"), ("a b", "a_b")]
        {
            assert_eq!(for_model("", remote), name);
        }
        let long = for_model("files_", &"n".repeat(80));
        assert_eq!((long.len(), &long[..8]), (64, "files_nn"));
        assert_ne!(long, for_model("files_", &"n".repeat(81)), "the hash tells them apart");
        assert_eq!(for_model("", &"é".repeat(40)).len(), 40);
    }

    #[test]
    fn two_tools_of_one_name_are_an_error_that_names_both() {
        let names = ["a.b", "c", "a/b"];
        let error = all_for_model("files", "", names.into_iter()).expect_err("a collision");
        assert_eq!(
            error.to_string(),
            "the tools \"a.b\" and \"a/b\" of the MCP server `files` would both be \
             called `a_b`; take one of them with `only`"
        );
    }
}
