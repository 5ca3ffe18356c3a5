//! Which way is taken, and which settings are refused.

use super::super::settings::ProxyChoice;
use super::*;
use crate::setting::Setting;

fn chosen(choice: ProxyChoice, except: &str, base: &str) -> Result<&'static str> {
    let endpoint = Endpoint::of(base)?;
    let settings = ProxySettings { choice, except: except.into() };
    Ok(match route(&settings, &endpoint)? {
        Route::Direct => "direct",
        Route::Forward { .. } => "forward",
        Route::Tunnel(_) => "tunnel",
        Route::Socks(socks) if socks.names_here => "socks, names here",
        Route::Socks(_) => "socks, names there",
    })
}

fn of(variables: &[(&str, &str)]) -> ProxySettings {
    ProxySettings::from_env(&|name| {
        Ok(variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    })
    .expect("readable")
}

#[test]
fn the_error_about_a_bad_proxy_variable_names_it() {
    let a_bad_list = [("all_proxy", "p:1"), ("no_proxy", "a.*.b")];
    for (variables, name) in [
        (&[("HTTPS_PROXY", "ftp://p")][..], "HTTPS_PROXY: the proxy URL "),
        (&[("https_proxy", "ftp://p")], "https_proxy: the proxy URL "),
        (&[("ALL_PROXY", "http://p q")], "ALL_PROXY: the proxy URL "),
        (&a_bad_list, "no_proxy: `a.*.b` among the hosts"),
    ] {
        let endpoint = Endpoint::of("https://a.example").expect("an endpoint");
        let error = route(&of(variables), &endpoint).err().expect(name).to_string();
        assert!(error.starts_with(name), "{error}");
    }
    let not_unicode = |_: &str| Err(Error::new(ErrorKind::Config, "ALL_PROXY is not Unicode"));
    assert!(ProxySettings::from_env(&not_unicode).is_err(), "no proxy, unseen");
}

fn fixed(url: &str, except: &str, base: &str) -> &'static str {
    chosen(ProxyChoice::Fixed(url.into()), except, base).expect(url)
}

#[test]
fn the_form_follows_the_proxy_s_scheme_and_the_endpoint_s() {
    assert_eq!(fixed("http://p:3128", "", "http://a.example"), "forward");
    assert_eq!(fixed("http://p:3128", "", "https://a.example"), "tunnel");
    assert_eq!(fixed("p:3128", "", "https://a.example"), "tunnel");
    assert_eq!(fixed("socks5://p:1080", "", "https://a.example"), "socks, names here");
    assert_eq!(fixed("SOCKS5H://p:1080", "", "http://a.example"), "socks, names there");
}

#[test]
fn a_socks_proxy_without_a_port_is_asked_at_1080() {
    let endpoint = Endpoint::of("http://a.example").expect("an endpoint");
    let choice = ProxyChoice::Fixed("socks5h://u:p@h/".into());
    let settings = ProxySettings { choice, except: Setting::default() };
    let Ok(Route::Socks(socks)) = route(&settings, &endpoint) else { panic!("no SOCKS") };
    assert_eq!((socks.proxy.host(), socks.proxy.port_u16()), (Some("h"), Some(1080)));
}

#[test]
fn exceptions_are_honoured() {
    let except = "localhost, .corp.example,10.0.0.0/8";
    for (base, way) in [
        ("http://localhost:1", "direct"),
        ("https://llm.corp.example", "direct"),
        ("http://10.1.2.3", "direct"),
        ("https://notcorp.example", "tunnel"),
    ] {
        assert_eq!(fixed("http://p:3128", except, base), way, "{base}");
    }
    // Forms that curl does not know, and that people write.
    let except = "*.corp.example,llm.example:8443,http://other.example";
    for (base, way) in [
        ("https://llm.corp.example", "direct"),
        ("https://llm.example:8443", "direct"),
        ("https://llm.example", "tunnel"),
        ("https://other.example", "direct"),
    ] {
        assert_eq!(fixed("http://p:3128", except, base), way, "{base}");
    }
    let never = chosen(ProxyChoice::Fixed("p:1".into()), "a.*.example", "https://b.example");
    assert_eq!(never.map_err(|e| e.kind()), Err(ErrorKind::Config));
    assert_eq!(fixed("http://p:3128", "*", "https://a.example"), "direct");
    assert_eq!(fixed("http://p:3128", "x, *", "http://10.1.2.3"), "direct");
}

#[test]
fn a_bad_proxy_url_is_an_error_and_never_no_proxy() {
    for url in [
        "https://p:1",
        "ftp://p",
        "http://",
        "http://p:0",
        "http://p:99999",
        "http://p/x",
        "http://p q",
        "http://p:x",
        "http://9:99999",
        "http://u:p@ss@p:1",
        "socks4://p",
    ] {
        let error = chosen(ProxyChoice::Fixed(url.into()), "", "https://a.example");
        assert_eq!(error.map_err(|e| e.kind()), Err(ErrorKind::Config), "{url}");
    }
    let error = chosen(ProxyChoice::Fixed("http://u:MARK@p/x".into()), "", "https://a.example");
    assert!(!error.expect_err("refused").to_string().contains("MARK"));
}

#[test]
fn variables_are_read_as_curl_does() {
    let env = |vars: &'static [(&str, &str)]| {
        let settings = of(vars);
        move |base: &str| {
            let endpoint = Endpoint::of(base).expect("an endpoint");
            !matches!(route(&settings, &endpoint), Ok(Route::Direct))
        }
    };
    assert!(env(&[("https_proxy", "p:1")])("https://a.example"));
    assert!(!env(&[("HTTPS_PROXY", "p:1")])("http://a.example"));
    assert!(env(&[("ALL_PROXY", "p:1")])("http://a.example"));
    assert!(!env(&[("HTTPS_PROXY", "")])("https://a.example"));
    assert!(!env(&[("HTTP_PROXY", "p:1"), ("REQUEST_METHOD", "GET")])("http://a.example"));
    assert!(!env(&[("ALL_PROXY", "p:1"), ("NO_PROXY", "a.example")])("http://a.example"));
}
