//! Who a provider is, is checked.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::AppId;
use hongyan_providers::{ProviderError, ProviderOptions, ProviderSettings, Providers};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

// Made with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500
// -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1`: nobody vouches for it.
const CERTIFICATE: &[u8] = include_bytes!("cert.pem");
const KEY: &[u8] = include_bytes!("key.pem");

async fn server() -> SocketAddr {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate hangs up here.
            if let Ok(mut stream) = acceptor.accept(socket).await {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let body = r#"{"languages":[]}"#;
                let answer =
                    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        }
    });
    address
}

#[tokio::test]
async fn a_certificate_for_which_nobody_vouches_is_refused() {
    let settings = ProviderSettings {
        url: format!("https://localhost:{}", server().await.port()),
        token: String::new(),
        timeout: Duration::from_secs(10),
        most: 1,
        most_of_app: 1,
    };
    let options = ProviderOptions { translation: Some(settings), ..ProviderOptions::default() };
    let providers = Providers::new(&options).unwrap();
    let error = providers.translator().unwrap().languages(AppId(1)).await.unwrap_err();
    match error {
        ProviderError::Failed(why) => assert!(why.contains("certificate"), "{why}"),
        other => panic!("{other}"),
    }
}
