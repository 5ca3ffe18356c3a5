//! Which family is taken, what it needs, and what the errors name.

use super::*;

fn with(variables: &[(&str, &str)]) -> std::result::Result<String, String> {
    of(FAMILIES, variables)
}

fn lookup(variables: &[(&str, &str)]) -> impl Fn(&str) -> Result<Option<String>> {
    move |name| Ok(variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

fn of(families: &[Family], variables: &[(&str, &str)]) -> std::result::Result<String, String> {
    let builder = read(families, &lookup(variables));
    builder.map(|b| format!("{b:?}")).map_err(|e| e.to_string())
}

#[test]
fn the_own_family_comes_first_and_takes_nothing_from_the_others() {
    let shown = with(&[
        ("EXECUTIONKIT_BASE_URL", "http://localhost:1/v1"),
        ("EXECUTIONKIT_MODEL", "own"),
        ("OPENAI_API_KEY", "sk-other"),
        ("OPENAI_MODEL", "other"),
    ]);
    assert!(shown.is_ok_and(|s| s.contains("localhost:1") && s.contains("own")));

    let mixed = with(&[
        ("EXECUTIONKIT_MODEL", "m"),
        ("OPENAI_BASE_URL", "https://a.example"),
        ("ANTHROPIC_API_KEY", "sk-x"),
    ]);
    let error = mixed.expect_err("no family is complete");
    assert!(error.contains("set EXECUTIONKIT_BASE_URL, or OPENAI_MODEL"), "{error}");
}

#[test]
fn a_family_that_is_not_complete_is_passed_over() {
    let shown = with(&[
        ("EXECUTIONKIT_API_KEY", "k"),
        ("OPENAI_API_KEY", "sk-x"),
        ("OPENAI_MODEL", "gpt-4o-mini"),
    ]);
    assert!(shown.is_ok_and(|s| s.contains("https://api.openai.com/...")));
}

#[test]
fn the_openai_family_uses_openai_s_own_url_by_default() {
    let shown = with(&[("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "gpt-4o-mini")]);
    assert!(shown.is_ok_and(|s| s.contains("https://api.openai.com/...")));
    let no_model = with(&[("OPENAI_API_KEY", "sk-x")]);
    assert!(no_model.is_err_and(|e| e.contains("set OPENAI_MODEL, or")));
    let no_key = with(&[("OPENAI_MODEL", "m")]);
    assert!(no_key.is_err_and(|e| e.contains("set OPENAI_API_KEY, or")));
}

#[cfg(feature = "anthropic")]
#[test]
fn the_anthropic_family_has_anthropic_s_own_url_by_default_or_a_gateway_s() {
    let anthropic = |variables: &[(&str, &str)]| of(family("ANTHROPIC"), variables);
    let own = [("ANTHROPIC_API_KEY", "sk-x"), ("ANTHROPIC_MODEL", "claude-sonnet-5")];
    for shown in [anthropic(&own), with(&own)] {
        assert!(shown.is_ok_and(|s| s.contains("\"https://api.anthropic.com\"")));
    }
    let gateway = [("ANTHROPIC_BASE_URL", "https://a.example/v1"), ("ANTHROPIC_MODEL", "m")];
    assert!(anthropic(&gateway).is_ok_and(|s| s.contains("https://a.example/...")));
    let other = [("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "m")];
    let lacking = anthropic(&other).expect_err("nothing is set");
    assert!(lacking.contains("set ANTHROPIC_MODEL and ANTHROPIC_API_KEY"), "{lacking}");
}

#[cfg(feature = "gemini")]
#[test]
fn the_gemini_family_takes_either_name_of_the_key_and_comes_last() {
    let own = [("GOOGLE_API_KEY", "k"), ("GEMINI_MODEL", "gemini-3-flash")];
    for shown in [of(family("GEMINI"), &own), with(&own)] {
        let url = "https://generativelanguage.googleapis.com/...";
        assert!(shown.as_ref().is_ok_and(|s| s.contains(url)), "{shown:?}");
    }
    let before = [own[0], own[1], ("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "m")];
    assert!(with(&before).is_ok_and(|s| s.contains("api.openai.com")));
    let lacking = of(family("GEMINI"), &[("GOOGLE_API_KEY", " ")]).expect_err("nothing is set");
    assert!(lacking.contains("set GEMINI_MODEL and GEMINI_API_KEY"), "{lacking}");
}

#[test]
fn the_organization_and_the_project_of_openai_are_sent_as_headers() {
    let shown = with(&[
        ("OPENAI_API_KEY", "sk-x"),
        ("OPENAI_MODEL", "m"),
        ("OPENAI_ORG_ID", "org-1"),
        ("OPENAI_PROJECT_ID", "proj-1"),
    ])
    .expect("a provider");
    assert!(shown.contains("openai-organization") && shown.contains("openai-project"), "{shown}");
}

#[cfg(feature = "responses")]
#[test]
fn openai_s_variables_serve_its_responses_api_too() {
    let variables = [("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "m"), ("OPENAI_ORG_ID", "o")];
    let builder = openai_responses(&lookup(&variables)).expect("a builder");
    assert_eq!(builder.protocol_name().as_str(), "openai_responses");
    assert!(format!("{builder:?}").contains("openai-organization"), "{builder:?}");
    let error = openai_responses(&|_| Ok(None)).expect_err("nothing set").to_string();
    assert!(error.contains("OPENAI_MODEL") && !error.contains("ANTHROPIC"), "{error}");
}

#[test]
fn an_empty_variable_counts_as_unset_and_the_error_names_what_each_family_lacks() {
    let empty = [("EXECUTIONKIT_BASE_URL", ""), ("OPENAI_BASE_URL", ""), ("OPENAI_API_KEY", " ")];
    let error = with(&empty).expect_err("nothing is set");
    let start = "the environment names no provider: set EXECUTIONKIT_MODEL and \
                 EXECUTIONKIT_BASE_URL, or OPENAI_MODEL and OPENAI_API_KEY";
    assert!(error.starts_with(start), "{error}");
    let lookup = |_: &str| Ok(None);
    let error = read(FAMILIES, &lookup).expect_err("unset");
    assert_eq!(error.code(), Some("environment_unset"));
}

#[test]
fn the_error_about_a_bad_value_names_its_variable() {
    for Family { prefix, headers, other_key, .. } in FAMILIES {
        let named = |(suffix, value)| (format!("{prefix}_{suffix}"), value);
        let sound =
            [("BASE_URL", "https://a.example"), ("MODEL", "m"), ("API_KEY", "k")].map(named);
        let mut bad =
            vec![("BASE_URL", "a.example"), ("BASE_URL", "http://a.example"), ("API_KEY", "a b")];
        bad.extend(headers.iter().map(|(suffix, _)| (*suffix, "a\nb")));
        let bad = bad.into_iter().map(named);
        for (name, value) in bad.chain(other_key.map(|name| (name.to_owned(), "a b"))) {
            let other = other_key.is_some_and(|other| other == name);
            let rest = sound.iter().filter(|(n, _)| *n != name && !(other && n.ends_with("KEY")));
            let mut set: Vec<_> = rest.map(|(name, value)| (name.as_str(), *value)).collect();
            set.push((&name, value));
            let built = read(FAMILIES, &lookup(&set)).and_then(ProviderBuilder::build);
            let error = built.expect_err(&name).to_string();
            assert!(error.starts_with(&format!("{name}: ")), "{name}: {error}");
        }
    }
}

#[test]
fn a_base_url_that_replaces_that_of_the_variable_is_not_blamed_on_it() {
    let lookup = |name: &str| Ok(name.starts_with("OPENAI_").then(|| "x".to_owned()));
    let builder = read(FAMILIES, &lookup).expect("settings").base_url("ftp://a.example");
    let error = builder.build().expect_err("ftp").to_string();
    assert!(!error.contains("OPENAI_BASE_URL"), "{error}");
}

#[test]
fn the_family_that_lacks_least_is_named_first() {
    for family in &FAMILIES[1..] {
        let prefix = family.prefix;
        let error = with(&[(&format!("{prefix}_API_KEY"), "sk-x")]).expect_err("no model");
        let start = format!("the environment names no provider: set {prefix}_MODEL, or ");
        assert!(error.starts_with(&start), "{error}");
    }
}
