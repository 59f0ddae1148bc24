//! Layers of configuration: defaults ← TOML file ← `HONGYAN_…` variables ← flags.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use figment::providers::Serialized;
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;

use super::{Config, LogFormat, reference};

const PREFIX: &str = "HONGYAN_";

/// Variables with our prefix that are not settings: the file's name, and what belongs to the tests.
fn is_foreign(name: &str) -> bool {
    matches!(name, "HONGYAN_CONFIG" | "HONGYAN_BIN") || name.starts_with("HONGYAN_TEST_")
}

/// Settings given as flags; what is absent leaves the lower layers alone.
#[derive(Debug, Default, Serialize)]
pub struct Flags {
    /// `--data-dir`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_dir: Option<PathBuf>,
    /// `--database`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database: Option<String>,
    /// `--listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<SocketAddr>,
    /// `--public-url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// `--nats`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nats: Option<NatsFlags>,
    /// `--demo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo: Option<bool>,
    /// `--demo-public`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub demo_public: Option<bool>,
    /// `--log-format`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogFlags>,
}

/// Settings of the section `log` given as flags.
#[derive(Debug, Serialize)]
pub struct LogFlags {
    /// `--log-format`.
    pub format: LogFormat,
}

/// Settings of the section `nats` given as flags.
#[derive(Debug, Serialize)]
pub struct NatsFlags {
    /// `--nats`.
    pub url: String,
}

/// Puts the layers together. A key that no setting has is an error naming the key and its source.
pub fn load(
    file: Option<&Path>,
    variables: impl IntoIterator<Item = (String, String)>,
    flags: Flags,
) -> anyhow::Result<Config> {
    let known = reference::defaults();
    let mut figment = Figment::from(Serialized::defaults(Config::default()));
    if let Some(path) = file {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the configuration file {}", path.display()))?;
        let name = format!("the file {}", path.display());
        let table: toml::Table =
            text.parse().with_context(|| format!("{name} is not valid TOML"))?;
        refuse_unknown_keys(&table, &name, &known)?;
        figment = figment.merge(Layer { name, data: dict(&table)? });
    }
    figment = figment.merge(environment(variables, &known)?);
    figment = figment.merge(Layer { name: "the command line".to_owned(), data: dict(&flags)? });
    let config: Config = figment.extract()?;
    config.validate()?;
    Ok(config)
}

/// One layer's data with the name it has in error messages.
struct Layer {
    name: String,
    data: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone()).interpolater(|_, keys| keys.join("."))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Map::from([(Profile::Default, self.data.clone())]))
    }
}

fn dict(data: &impl Serialize) -> anyhow::Result<Dict> {
    Ok(Value::serialize(data)?.into_dict().unwrap_or_default())
}

fn refuse_unknown_keys(
    table: &toml::Table,
    source: &str,
    known: &BTreeMap<String, toml::Value>,
) -> anyhow::Result<()> {
    let mut pending = vec![(String::new(), table)];
    while let Some((prefix, table)) = pending.pop() {
        for (name, value) in table {
            let key = reference::join(&prefix, name);
            let is_section = known.keys().any(|k| k.starts_with(&format!("{key}.")));
            match value.as_table() {
                Some(section) if is_section => pending.push((key, section)),
                // Its keys are for who runs it to choose.
                Some(_) if known.get(&key).is_some_and(toml::Value::is_table) => {}
                None if known.contains_key(&key) => {}
                None if is_section => bail!("{key} in {source} is a section, not a value"),
                _ => bail!(
                    "unknown key {key:?} in {source}; `hongyan config print-default` lists the \
                     known ones"
                ),
            }
        }
    }
    Ok(())
}

/// `HONGYAN_LOG__FORMAT=json` sets `log.format`; a list is separated by commas.
fn environment(
    variables: impl IntoIterator<Item = (String, String)>,
    known: &BTreeMap<String, toml::Value>,
) -> anyhow::Result<Layer> {
    let mut data = Dict::new();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(PREFIX).filter(|_| !is_foreign(&name)) else {
            continue;
        };
        let key = rest.to_lowercase().replace("__", ".");
        let Some(default) = known.get(&key) else {
            bail!(
                "unknown variable {name} in the environment: there is no setting {key:?}; \
                 `hongyan config print-default` lists the known ones"
            );
        };
        // Only the declared type says whether 123 is a number or a text.
        let value = match default {
            toml::Value::String(_) => Value::from(text),
            toml::Value::Integer(_) => {
                let number: u64 =
                    text.parse().with_context(|| format!("{name} needs a whole number"))?;
                Value::from(number)
            }
            toml::Value::Array(_) => {
                let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                Value::from(items.map(Value::from).collect::<Vec<_>>())
            }
            _ => {
                let flag: bool =
                    text.parse().with_context(|| format!("{name} needs true or false"))?;
                Value::from(flag)
            }
        };
        insert(&mut data, &key, value);
    }
    Ok(Layer { name: "the environment".to_owned(), data })
}

fn insert(data: &mut Dict, key: &str, value: Value) {
    match key.split_once('.') {
        None => {
            data.insert(key.to_owned(), value);
        }
        Some((section, rest)) => {
            let entry = data.entry(section.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = entry {
                insert(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(text: &str) -> anyhow::Result<Config> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        load(Some(file.path()), [], Flags::default())
    }

    fn with_variables(variables: &[(&str, &str)]) -> anyhow::Result<Config> {
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
        load(None, variables, Flags::default())
    }

    #[test]
    fn nothing_given_is_the_default() {
        assert_eq!(load(None, [], Flags::default()).unwrap(), Config::default());
    }

    #[test]
    fn later_layers_win_and_leave_the_rest_alone() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "node = 1\n[log]\nlevel = \"warn\"\nformat = \"text\"\n")
            .unwrap();
        let variables = [
            ("HONGYAN_NODE".to_owned(), "2".to_owned()),
            ("HONGYAN_LOG__LEVEL".to_owned(), "debug".to_owned()),
            ("HONGYAN_PUBLIC_URL".to_owned(), "http://im.test".to_owned()),
            ("HONGYAN_TEST_POSTGRES".to_owned(), "not ours".to_owned()),
            ("PATH".to_owned(), "/bin".to_owned()),
        ];
        let flags = Flags {
            public_url: Some("https://im.test".to_owned()),
            log: Some(LogFlags { format: LogFormat::Json }),
            ..Flags::default()
        };
        let config = load(Some(file.path()), variables, flags).unwrap();
        assert_eq!(config.node, 2);
        assert_eq!(config.log.level, "debug");
        assert_eq!(config.log.format, LogFormat::Json);
        assert_eq!(config.public_url().as_deref(), Some("https://im.test"));
        assert_eq!(config.data_dir, Config::default().data_dir);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_source() {
        let error = with_file("[gateway]\nidle_timout_seconds = 3\n").unwrap_err().to_string();
        assert!(error.contains("\"gateway.idle_timout_seconds\" in the file /"), "{error}");
        let error = with_file("[gatway]\n").unwrap_err().to_string();
        assert!(error.contains("\"gatway\" in the file /"), "{error}");
        let error = with_variables(&[("HONGYAN_GATEWAY__IDEL", "3")]).unwrap_err().to_string();
        assert!(error.contains("HONGYAN_GATEWAY__IDEL in the environment"), "{error}");
        let error = with_variables(&[("HONGYAN_LOG", "json")]).unwrap_err().to_string();
        assert!(error.contains("HONGYAN_LOG in the environment"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_named_with_its_source() {
        let error = with_file("node = 256\n").unwrap_err().to_string();
        assert!(error.contains("node") && error.contains("the file /"), "{error}");
        let error = with_file("log = 3\n").unwrap_err().to_string();
        assert!(error.contains("log in the file /"), "{error}");
        let error = with_file("node = \n").unwrap_err().to_string();
        assert!(error.contains("not valid TOML"), "{error}");
        let error = with_variables(&[("HONGYAN_NODE", "x")]).unwrap_err().to_string();
        assert!(error.contains("HONGYAN_NODE needs a whole number"), "{error}");
        let error = with_variables(&[("HONGYAN_LISTEN", "8080")]).unwrap_err().to_string();
        assert!(error.contains("listen") && error.contains("the environment"), "{error}");
        let error = with_variables(&[("HONGYAN_LOG__FORMAT", "xml")]).unwrap_err().to_string();
        assert!(error.contains("xml") && error.contains("log.format"), "{error}");
    }

    #[test]
    fn a_list_is_an_array_or_separated_by_commas() {
        let expected: Vec<ipnet::IpNet> =
            vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let config = with_file("[http]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1/128\"]\n");
        assert_eq!(config.unwrap().http.trusted_proxies, expected);
        let config = with_variables(&[("HONGYAN_HTTP__TRUSTED_PROXIES", "10.0.0.0/8, ::1/128")]);
        assert_eq!(config.unwrap().http.trusted_proxies, expected);
        let error = with_variables(&[("HONGYAN_HTTP__TRUSTED_PROXIES", "proxy")]).unwrap_err();
        assert!(error.to_string().contains("trusted_proxies"), "{error}");
    }

    #[test]
    fn a_named_file_has_to_exist() {
        let error = load(Some(Path::new("/nowhere/h.toml")), [], Flags::default()).unwrap_err();
        assert!(error.to_string().contains("/nowhere/h.toml"), "{error}");
    }

    #[test]
    fn contradictions_are_refused() {
        for bad in [
            "demo = true\nlisten = \"0.0.0.0:8080\"",
            "public_url = \"im.example.com\"",
            "public_url = \"https://im.example.com/im\"",
            "database = \"mysql://h/d\"",
            "[nats]\nurl = \"nats://h\"",
            "[nats]\nprefix = \"a.b\"",
            "[gateway]\nmax_in_flight = 0",
            "[http]\nmax_header_bytes = 100",
        ] {
            assert!(with_file(bad).is_err(), "{bad}");
        }
        assert!(with_file("demo = true\ndemo_public = true\nlisten = \"0.0.0.0:80\"").is_ok());
    }
}
