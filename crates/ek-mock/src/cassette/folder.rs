//! A cassette on the disk: a folder, a file for each exchange, in the order of their names.

use std::fs;
use std::path::Path;

use ek_core::{Error, ErrorKind, Result};

use super::check::check;
use super::exchange::Exchange;

/// The exchanges of a folder, each with the name of its file.
///
/// # Errors
///
/// `Config`, with the file and what is wrong with it.
pub(super) fn read(folder: &Path) -> Result<Vec<(String, Exchange)>> {
    let mut exchanges = Vec::new();
    for name in names(folder)? {
        let path = folder.join(&name);
        let text = fs::read_to_string(&path)
            .map_err(|error| config(format!("cannot read {}: {error}", path.display())))?;
        let exchange = parse(&text).map_err(|why| config(format!("{}: {why}", path.display())))?;
        exchanges.push((name, exchange));
    }
    if exchanges.is_empty() {
        let folder = folder.display();
        return Err(config(format!("there is no recording (*.json) in {folder}")));
    }
    Ok(exchanges)
}

fn parse(text: &str) -> Result<Exchange, String> {
    let exchange = serde_json::from_str(text).map_err(|error| error.to_string())?;
    check(&exchange)?;
    Ok(exchange)
}

/// The names of the recordings in order.
pub(super) fn names(folder: &Path) -> Result<Vec<String>> {
    let cannot = |error| config(format!("cannot read the folder {}: {error}", folder.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot)? {
        let name = entry.map_err(cannot)?.file_name();
        let Some(name) = name.to_str().filter(|name| name.ends_with(".json")) else { continue };
        names.push(name.to_owned());
    }
    names.sort();
    Ok(names)
}

pub(super) fn config(why: String) -> Error {
    Error::new(ErrorKind::Config, why)
}
