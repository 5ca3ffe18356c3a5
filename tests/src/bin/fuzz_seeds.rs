//! Writes what the fuzz targets begin with: the dialect cases, in the form that each target reads.
#![allow(clippy::print_stderr, reason = "telling the reader what went wrong")]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use executionkit_tests::conformance::{Answer, Case, Kind};

/// Base URLs of each form that is taken, and of many that are not.
const BASE_URLS: &str = "\
https://api.openai.com/v1
http://localhost:11434/v1/
http://[::1]:8080
http://[fe80::1%25eth0]:8080/v1
https://my-resource.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21
https://host/v1/chat/completions
HTTP://Example.COM:80/a/../b
https://user:secret-password@host/v1
https://host:99999/v1
https://host:0/v1
http://2130706433/v1
http://0x7f.1/v1
http://127.1/v1
file:///etc/passwd
https://xn--bcher-kva.example/v1#fragment
https://host\\@evil/v1
https://host/%2e%2e/v1?a=b&c
http://service.namespace.svc:80";

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: fuzz-seeds FOLDER");
        return ExitCode::from(2);
    };
    match write(Path::new(&folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fuzz-seeds: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(folder: &Path) -> Result<(), String> {
    for case in Case::read_own()? {
        for (target, seed) in seeds(&case) {
            put(&folder.join(target), &case.name, &seed)?;
        }
    }
    for (number, url) in BASE_URLS.lines().enumerate() {
        put(&folder.join("base_url"), &format!("url-{number}"), url.as_bytes())?;
    }
    Ok(())
}

fn seeds(case: &Case) -> Vec<(&'static str, Vec<u8>)> {
    let Some(answer) = &case.answer else { return Vec::new() };
    match case.kind {
        // Three lengths (7, 64, 255), then the body.
        Kind::Body | Kind::Stream => {
            let seed = [&[3, 7, 64, 255], answer.body.as_slice()].concat();
            let reader = match case.protocol.as_str() {
                "anthropic_messages" => "anthropic",
                "openai_responses" => "responses",
                "gemini_generate_content" => "gemini",
                _ => "chunks",
            };
            vec![("sse", seed.clone()), (reader, seed)]
        }
        Kind::Error => vec![("answer", whole(answer)), ("redact", answer.body.clone())],
        // How many vectors the request asked for, less one, and no width; then the body.
        Kind::Embeddings => {
            let inputs = case.request.as_ref().and_then(|request| request["input"].as_array());
            let others = inputs.map_or(0, |inputs| inputs.len().saturating_sub(1));
            let first = u8::try_from(others).unwrap_or(u8::MAX).min(0x1f);
            vec![("embeddings", [&[first], answer.body.as_slice()].concat())]
        }
        Kind::Request => Vec::new(),
    }
}

/// A byte for the status, the headers, an empty line, and the body with a key at its end.
fn whole(answer: &Answer) -> Vec<u8> {
    let mut seed = vec![answer.status.to_le_bytes()[0]];
    for (name, value) in &answer.headers {
        seed.extend_from_slice(format!("{name}: {value}\n").as_bytes());
    }
    seed.push(b'\n');
    seed.extend_from_slice(&answer.body);
    seed.push(0xff);
    seed
}

fn put(folder: &Path, name: &str, seed: &[u8]) -> Result<(), String> {
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join(name), seed));
    written.map_err(|error| format!("{}: {error}", folder.display()))
}
