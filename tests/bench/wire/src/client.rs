//! The clients of this package: ours, and the yardstick over hyper-rustls.

use bench_load::Outcome;
use bench_load::job::Job;
use bench_load::wire::{Measured, Task};
use executionkit_bench::clients::raw_hyper::{Dial, RawHyper, Tcp};
use executionkit_bench::clients::{OURS, Ours, YARDSTICK};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Runs the task with the client of this name.
///
/// # Errors
/// If there is none, or nothing could be measured.
pub fn with(name: &str, task: &Task) -> Outcome<Measured> {
    match name {
        YARDSTICK => task.run::<RawHyper<Tls>>(),
        OURS => task.run::<Ours>(),
        _ => Err(format!("there is no client `{name}`").into()),
    }
}

/// TLS over TCP, by hyper-rustls.
#[derive(Clone, Debug)]
pub struct Tls;

impl Dial for Tls {
    type Connector = HttpsConnector<HttpConnector>;

    fn connector(job: &Job) -> Outcome<Self::Connector> {
        let mut tcp = Tcp::connector(job)?;
        tcp.enforce_http(false);
        let mut roots = RootCertStore::empty();
        if let Some(authority) = &job.authority {
            roots.add(CertificateDer::from_pem_slice(authority.as_bytes())?)?;
        }
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let builder = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http();
        Ok(builder.enable_http1().enable_http2().wrap_connector(tcp))
    }
}
