//! `cargo xtask deps`: what must never be in a crate's dependency tree, and how large it may grow.
//!
//! The tree is Cargo's own, normal dependencies only, for one fixed target so that every machine
//! counts the same. A crate counts once per version; our own crates count too.

mod table;
mod tree;

use crate::features::Features;
use std::fmt::Write as _;
use table::{NOWHERE, RULES, WITH_REDIS_ONLY};
use tree::Crates;

/// What holds for one package with one choice of features.
struct Rule {
    package: &'static str,
    features: Features,
    /// Crates that must not be there, besides those that are refused everywhere.
    denied: &'static [&'static str],
    /// The largest number of crates allowed; no limit if `None`.
    ceiling: Option<usize>,
}

/// Checks all rules before it fails, so that one run shows everything there is to mend.
pub(crate) fn run() -> Result<(), String> {
    let mut report = format!("{:<14}{:<28}{:>8}{:>9}", "package", "features", "crates", "ceiling");
    let mut broken = Vec::new();
    for rule in RULES {
        let crates = tree::read(rule.package, rule.features)?;
        let ceiling = rule.ceiling.map_or_else(|| "-".to_owned(), |limit| limit.to_string());
        // Writing to a String cannot fail.
        let _ = write!(
            report,
            "\n{:<14}{:<28}{:>8}{ceiling:>9}",
            rule.package,
            rule.features.label(),
            crates.len(),
        );
        broken.extend(complaints(rule, &crates));
    }
    println!("{report}");
    if broken.is_empty() {
        return Ok(());
    }
    Err(format!("dependency rules broken:\n  {}", broken.join("\n  ")))
}

/// One line for each way in which the tree breaks the rule.
fn complaints(rule: &Rule, crates: &Crates) -> Vec<String> {
    let subject = format!("{} (features: {})", rule.package, rule.features.label());
    let mut complaints = Vec::new();
    let has = |name: &str| crates.iter().any(|(found, _)| found == name);
    let urls = if has("redis") { &[] } else { WITH_REDIS_ONLY };
    for name in rule.denied.iter().chain(NOWHERE).chain(urls) {
        if has(name) {
            let features = rule.features.arguments().join(" ");
            complaints.push(format!(
                "{subject} must not depend on {name}; to see why it does: \
                 cargo tree -e normal -p {} {features} -i {name}",
                rule.package,
            ));
        }
    }
    if let Some(ceiling) = rule.ceiling.filter(|ceiling| crates.len() > *ceiling) {
        let count = crates.len();
        complaints.push(format!("{subject} has {count} crates, more than the {ceiling} allowed"));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        package: "ek-core",
        features: Features::Only(&[]),
        denied: &["tokio"],
        ceiling: Some(2),
    };

    fn crates(names: &[&str]) -> Crates {
        names.iter().map(|name| ((*name).to_owned(), "1.0.0".to_owned())).collect()
    }

    #[test]
    fn a_tree_within_the_rule_draws_no_complaint() {
        assert!(complaints(&RULE, &crates(&["ek-core", "tokio-macros"])).is_empty());
    }

    #[test]
    fn a_denied_crate_is_named_with_the_command_that_explains_it() {
        assert_eq!(
            complaints(&RULE, &crates(&["ek-core", "tokio"])),
            ["ek-core (features: none) must not depend on tokio; to see why it does: \
              cargo tree -e normal -p ek-core --no-default-features -i tokio"]
        );
    }

    #[test]
    fn what_is_refused_everywhere_is_refused_without_a_word_in_the_rule() {
        let complaints = complaints(&RULE, &crates(&["ek-core", "openssl-sys"]));
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("must not depend on openssl-sys"), "{complaints:?}");
    }

    #[test]
    fn a_url_parser_is_refused_but_where_the_redis_client_brings_it() {
        assert_eq!(complaints(&RULE, &crates(&["ek-core", "url"])).len(), 1);
        let rule = Rule { ceiling: None, ..RULE };
        assert!(complaints(&rule, &crates(&["ek-fleet", "redis", "url", "idna"])).is_empty());
    }

    #[test]
    fn a_tree_above_the_ceiling_is_counted_in_the_complaint() {
        assert_eq!(
            complaints(&RULE, &crates(&["ek-core", "serde", "regex"])),
            ["ek-core (features: none) has 3 crates, more than the 2 allowed"]
        );
    }
}
