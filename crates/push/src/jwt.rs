//! JSON web tokens that vendors ask for. Signing takes a few lines on top of ring, which TLS uses anyway; the crates for tokens
//! bring RSA of their own.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding,
    RsaKeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

use crate::credential::Reason;
use crate::outcome::Outcome;

/// Signs tokens.
pub(crate) struct Signer {
    random: SystemRandom,
    key: Key,
}

enum Key {
    Ec(EcdsaKeyPair),
    Rsa { key: Box<RsaKeyPair>, algorithm: &'static str, padding: &'static dyn RsaEncoding },
}

impl Signer {
    /// A `.p8` file of Apple's.
    pub(crate) fn es256(pem: &str) -> Result<Self, Reason> {
        let random = SystemRandom::new();
        let PrivateKeyDer::Pkcs8(der) = parse(pem).ok_or(Reason::NotP256Key)? else {
            return Err(Reason::NotP256Key);
        };
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, der.secret_pkcs8_der(), &random);
        Ok(Self { key: Key::Ec(key.map_err(|_| Reason::NotP256Key)?), random })
    }

    /// The key of a service account of Google's.
    pub(crate) fn rs256(pem: &str) -> Result<Self, Reason> {
        Self::rsa(pem, "RS256", &RSA_PKCS1_SHA256)
    }

    /// The key of a service account of Huawei's.
    pub(crate) fn ps256(pem: &str) -> Result<Self, Reason> {
        Self::rsa(pem, "PS256", &RSA_PSS_SHA256)
    }

    fn rsa(
        pem: &str,
        algorithm: &'static str,
        padding: &'static dyn RsaEncoding,
    ) -> Result<Self, Reason> {
        let key = match parse(pem).ok_or(Reason::NotRsaKey)? {
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err(Reason::NotRsaKey),
        };
        let key = Box::new(key.map_err(|_| Reason::NotRsaKey)?);
        Ok(Self { random: SystemRandom::new(), key: Key::Rsa { key, algorithm, padding } })
    }

    pub(crate) fn token(&self, key_id: &str, claims: &Value) -> Result<String, Outcome> {
        let algorithm = match &self.key {
            Key::Ec(_) => "ES256",
            Key::Rsa { algorithm, .. } => algorithm,
        };
        let mut header = json!({ "alg": algorithm, "typ": "JWT" });
        if !key_id.is_empty() {
            header["kid"] = key_id.into();
        }
        let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", encoded(&header), encoded(claims));
        let signature = match &self.key {
            Key::Ec(key) => {
                key.sign(&self.random, signed.as_bytes()).map(|signature| signature.as_ref().into())
            }
            Key::Rsa { key, padding, .. } => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(*padding, &self.random, signed.as_bytes(), &mut signature)
                    .map(|()| signature)
            }
        };
        let signature: Vec<u8> =
            signature.map_err(|_| Outcome::AuthFailed { why: "the key cannot sign".to_owned() })?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

fn parse(pem: &str) -> Option<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()
}
