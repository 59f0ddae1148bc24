//! The server is killed while it makes a file of what was said, and while messages of the past are imported.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use flate2::read::GzDecoder;
use futures_util::{StreamExt, TryStreamExt, stream};
use hongyan_testkit::api::Api;
use hongyan_testkit::messages::Text;
use hongyan_testkit::wire::Target;
use hongyan_testkit::{Engine, TestServer, history, seed};
use rand::Rng;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;

const HOUR_MS: i64 = 3_600_000;
/// Imports at the same time.
const AT_ONCE: usize = 16;

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_sigkill_broke_off_is_made_as_a_whole_on_sqlite() -> Result<()> {
    kill_while_a_file_is_made(Engine::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_sigkill_broke_off_is_made_as_a_whole_on_postgres() -> Result<()> {
    kill_while_a_file_is_made(Engine::Postgres).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_after_sigkill_with_every_message_once_on_sqlite() -> Result<()> {
    kill_while_messages_are_imported(Engine::Sqlite).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_goes_on_after_sigkill_with_every_message_once_on_postgres() -> Result<()> {
    kill_while_messages_are_imported(Engine::Postgres).await
}

/// Where the hour before the last one begins.
fn an_hour_that_is_over() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let now = i64::try_from(now)?;
    Ok(now - now.rem_euclid(HOUR_MS) - 2 * HOUR_MS)
}

fn id_of((status, answer): (StatusCode, Value)) -> Result<String> {
    ensure!(status == StatusCode::OK, "{status} {answer}");
    let id = answer.pointer("/data/msg_id").and_then(Value::as_str);
    Ok(id.context("no msg_id")?.to_owned())
}

async fn kill_while_a_file_is_made(engine: Engine) -> Result<()> {
    const MESSAGES: i64 = 5000;
    let mut rng = seed::rng("kill while a file is made");
    let Some(mut server) = TestServer::start(engine, &[]).await? else { return Ok(()) };
    let (api, hour) = (server.api().clone(), an_hour_that_is_over()?);
    let import = async |n: i64| {
        id_of(api.import_text(("alice", "bob"), &format!("line {n}"), hour + n).await?)
    };
    let ids: Vec<String> =
        stream::iter(0..MESSAGES).map(import).buffered(AT_ONCE).try_collect().await?;

    // The call waits for the file; it breaks off with the server that is making it.
    let asked = tokio::spawn({
        let api = api.clone();
        async move { api.file_of_hour(hour).await }
    });
    tokio::time::sleep(Duration::from_millis(rng.random_range(10..40))).await;
    ensure!(!asked.is_finished(), "the file was made before the server could be killed");
    server.kill()?;
    ensure!(asked.await?.is_err(), "the file was made before the server was killed");
    server.restart().await?;

    // Who is killed holds its claim for a minute; then the next one makes the file anew.
    let url = api.file_of_hour(hour).await?;
    let packed = reqwest::get(&url).await?.error_for_status()?.bytes().await?;
    let mut lines = String::new();
    GzDecoder::new(&packed[..]).read_to_string(&mut lines)?;
    let lines: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let found: Vec<_> = lines.iter().map(|line| line["msg_id"].as_str().unwrap()).collect();
    ensure!(found == ids, "{} lines for {} messages", found.len(), ids.len());
    for (line, n) in lines.iter().zip(0..) {
        let said = (&line["timestamp"], &line["payload"]["bodies"][0]["msg"]);
        ensure!(said == (&Value::from(hour + n), &Value::from(format!("line {n}"))), "{line}");
    }
    server.check_health().await
}

/// What became of a message: its id, or that its call was not answered.
type Attempt = (usize, Option<String>);

/// Imports one message after the other, in turn with others; when the server is away, waits until it is back.
async fn import(
    api: Api,
    next: Arc<AtomicUsize>,
    (messages, begin): (usize, i64),
    mut starts: watch::Receiver<usize>,
) -> Result<Vec<Attempt>> {
    let mut attempts = Vec::new();
    loop {
        let n = next.fetch_add(1, Ordering::Relaxed);
        if n >= messages {
            return Ok(attempts);
        }
        let start = *starts.borrow();
        let at = begin + i64::try_from(n)?;
        match api.import_text(("alice", "bob"), &n.to_string(), at).await {
            Ok(answer) => attempts.push((n, Some(id_of(answer)?))),
            Err(_) => {
                attempts.push((n, None));
                starts.wait_for(|begun| *begun > start).await?;
            }
        }
    }
}

async fn kill_while_messages_are_imported(engine: Engine) -> Result<()> {
    const MESSAGES: usize = 3000;
    const KILLS: usize = 3;
    let mut rng = seed::rng("kill while messages are imported");
    let Some(mut server) = TestServer::start(engine, &[]).await? else { return Ok(()) };
    let [alice, bob] = [server.identity("alice").await?, server.identity("bob").await?];
    let (api, begin) = (server.api().clone(), an_hour_that_is_over()?);
    let (started, starts) = watch::channel(0);
    let next = Arc::new(AtomicUsize::new(0));
    let mut importers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let what = (MESSAGES, begin);
        importers.spawn(import(api.clone(), next.clone(), what, starts.clone()));
    }
    for kill in 1..=KILLS {
        // In the middle of it, wherever that is on this machine.
        let enough = MESSAGES * kill / (KILLS + 1) + rng.random_range(0..100);
        while next.load(Ordering::Relaxed) < enough {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        server.kill()?;
        server.restart().await?;
        started.send(kill)?;
    }
    let attempts: Vec<Vec<Attempt>> =
        importers.join_all().await.into_iter().collect::<Result<_>>()?;
    let (answered, broken): (Vec<Attempt>, Vec<Attempt>) =
        attempts.into_iter().flatten().partition(|(_, id)| id.is_some());
    ensure!(!broken.is_empty(), "no call was broken off");

    // What was answered is there; of the rest, what is not there is imported again.
    let with_bob = Target::User("bob".to_owned());
    let there = texts(&api, &alice, &with_bob).await?;
    for (n, id) in &answered {
        let found = there.get(n).map(|text| text.id.to_string());
        ensure!(found == *id, "{n} was answered {id:?} and is {found:?}");
    }
    for (n, _) in broken.iter().filter(|(n, _)| !there.contains_key(n)) {
        let at = begin + i64::try_from(*n)?;
        id_of(api.import_text(("alice", "bob"), &n.to_string(), at).await?)?;
    }

    for (reader, peer) in [(&alice, "bob"), (&bob, "alice")] {
        let seen = history::texts(&api, reader, &Target::User(peer.to_owned())).await?;
        let expected = (0..MESSAGES).map(|n| n.to_string());
        ensure!(
            seen.iter().map(|text| text.text.clone()).eq(expected),
            "{} sees {} messages",
            reader.user,
            seen.len()
        );
    }
    server.check_health().await
}

/// The texts of a conversation by their number; none is there twice.
async fn texts(
    api: &Api,
    reader: &hongyan_testkit::device::Identity,
    with: &Target,
) -> Result<HashMap<usize, Text>> {
    let mut texts = HashMap::new();
    for text in history::texts(api, reader, with).await? {
        let n = text.text.parse()?;
        ensure!(texts.insert(n, text).is_none(), "{n} is there twice");
    }
    Ok(texts)
}
