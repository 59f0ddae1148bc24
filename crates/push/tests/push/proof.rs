//! How the double looks at proofs of identity: signatures, tokens, and the calls that ask for them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use md5::{Digest, Md5};
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256,
    RsaKeyPair, UnparsedPublicKey, VerificationAlgorithm,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::double::{Answer, Seen, State, answer};
use crate::support::NOW;

impl State {
    pub(crate) fn jwt(
        &self,
        token: &str,
        algorithm: &str,
        key_id: &str,
        key: &[u8],
        seen: &Seen,
    ) -> Value {
        let how: &'static dyn VerificationAlgorithm = match algorithm {
            "ES256" => &ECDSA_P256_SHA256_FIXED,
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            _ => &RSA_PSS_2048_8192_SHA256,
        };
        let Some((signed, signature)) = token.rsplit_once('.') else {
            self.expect(false, "no JWT", seen);
            return Value::Null;
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let is_signed = UnparsedPublicKey::new(how, key).verify(signed.as_bytes(), &signature);
        self.expect(is_signed.is_ok(), "the JWT's signature", seen);
        let read = |part: Option<&str>| -> Value {
            let json = URL_SAFE_NO_PAD.decode(part.unwrap_or_default()).unwrap_or_default();
            serde_json::from_slice(&json).unwrap_or_default()
        };
        let mut parts = signed.split('.');
        let header = read(parts.next());
        let is_so = header["alg"] == algorithm && header["kid"] == key_id;
        self.expect(is_so, "the JWT's header", seen);
        let mut memory = self.memory.lock();
        if !memory.revoked.contains(token) {
            memory.good.insert(token.to_owned());
        }
        read(parts.next())
    }

    pub(crate) fn grant(&self, seen: &Seen, is_form: bool, is_json: bool) -> Answer {
        let (number, failing) = {
            let mut memory = self.memory.lock();
            memory.grants += 1;
            (memory.grants, memory.grants_fail_with)
        };
        if let Some(status) = failing {
            return answer(status, json!({ "error": 1101, "error_description": "invalid client" }));
        }
        let access = format!("access-{number}");
        let fields = seen.form();
        let is = |name: &str, value: &str| field(&fields, name) == value;
        let oauth = json!({ "access_token": access, "expires_in": 3600, "token_type": "Bearer" });
        let said = match seen.path.as_str() {
            "/oauth/google" => {
                let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer";
                self.expect(is_form && is("grant_type", grant), "grant", seen);
                let assertion = field(&fields, "assertion");
                let claims = self.jwt(assertion, "RS256", "key-1", &self.google, seen);
                let is_ours = claims["iss"] == "push@acme-chat.iam.gserviceaccount.com"
                    && claims["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
                    && claims["aud"] == "https://oauth2.googleapis.com/token"
                    && claims["exp"].as_i64() == claims["iat"].as_i64().map(|at| at + 3600);
                self.expect(is_ours, "claims", seen);
                oauth
            }
            "/oauth/huawei" | "/oauth/honor" => {
                let (client, secret) = match seen.path.as_str() {
                    "/oauth/huawei" => ("101", "huawei-secret"),
                    _ => ("honor-client", "honor-secret"),
                };
                let is_ours = is_form
                    && is("grant_type", "client_credentials")
                    && is("client_id", client)
                    && is("client_secret", secret);
                self.expect(is_ours, "client", seen);
                oauth
            }
            "/server/v1/auth" => {
                let timestamp = field(&fields, "timestamp");
                let sign = hex(&Sha256::digest(format!("oppo-key{timestamp}oppo-master")));
                let is_ours = is_form && is("app_key", "oppo-key") && is("sign", &sign);
                self.expect(is_ours, "signature", seen);
                json!({ "code": 0, "data": { "auth_token": access, "create_time": NOW } })
            }
            _ => {
                let body = seen.json();
                let timestamp = body["timestamp"].as_i64().unwrap_or_default();
                let sign = hex(&Md5::digest(format!("10004vivo-key{timestamp}vivo-secret")));
                let is_ours = is_json
                    && body["appId"] == 10004
                    && body["appKey"] == "vivo-key"
                    && body["sign"] == sign;
                self.expect(is_ours, "signature", seen);
                json!({ "result": 0, "desc": "m", "authToken": access })
            }
        };
        self.memory.lock().good.insert(access);
        answer(200, said)
    }
}

pub(crate) fn public(pem: &str) -> Vec<u8> {
    let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(pem.as_bytes()).unwrap() else {
        panic!("not PKCS#8")
    };
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    key.public_key().as_ref().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}

pub(crate) fn form(body: &str) -> Vec<(String, String)> {
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (unescaped(name), unescaped(value))
    };
    body.split('&').map(pair).collect()
}

pub(crate) fn unescaped(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' && tail.len() >= 2 {
            let hex = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(if first == b'+' { b' ' } else { first });
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}
