//! `bench room`: what arrives in a chat room that says more than is delivered.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;
use tokio::task::JoinSet;

use super::Bench;
use super::drive::{Latencies, drive};
use super::flow::{Inbox, Sender, Tally, Template};
use super::modes::{add_latencies, connect, deal, take, worker};
use crate::cli;
use crate::report::Report;
use crate::usage::raise_open_files;
use crate::wire::Target;

/// For what is on its way when sending ends.
const DRAIN: Duration = Duration::from_secs(1);

/// Three members send, one with each priority and all at the same rate; everybody listens.
pub(crate) async fn room(bench: &mut Bench, args: &cli::Room) -> Result<Report> {
    let cli::Room { members, limit, overload, bytes, duration, .. } = *args;
    ensure!(members > Tally::SENDERS + 1, "more members, please");
    ensure!(limit > 0 && overload >= 0.0, "--limit must be above 0, --overload not below");
    let senders = if overload > 0.0 { Tally::SENDERS } else { 0 };
    raise_open_files(members as u64 + 100);
    let identities = bench.identities(members).await?;
    // The owner's messages would all be high.
    let owner = identities.len() - 1;
    let names: Vec<_> = identities.iter().map(|identity| identity.user.clone()).collect();
    let room = if let Some(room) = &args.room {
        bench.api.enter_room(room, &names).await?;
        room.clone()
    } else {
        bench.unlimited("chatroom_members_max")?;
        bench.api.create_room(&names[owner], &names[..owner]).await?
    };
    // Everybody but its sender hears a message.
    let receivers = (members - 1) as f64;
    let rate = f64::from(limit) * overload / Tally::SENDERS as f64;
    let period = Duration::try_from_secs_f64(1.0 / rate).unwrap_or(Duration::MAX);
    let tally = Arc::new(Tally::default());
    let workers = deal(identities.into_iter().enumerate(), bench.threads)
        .into_iter()
        .map(|dealt| {
            let (endpoint, tally) = (bench.endpoint.clone(), Arc::clone(&tally));
            let room = room.clone();
            worker(move |seat| async move {
                let latencies = Rc::new(RefCell::new(Latencies::new()?));
                let devices = connect(&endpoint, dealt).await?;
                seat.ready().await?;
                let mut tasks = JoinSet::new();
                for (number, device) in devices {
                    let inbox = Inbox::new(&seat, &latencies, senders, None).tallied(&tally);
                    if number < senders {
                        let target = Target::Room { id: room.clone(), priority: number as i64 };
                        let template = Template::new(&device, &target, bytes, number as u64)?;
                        let sender = Sender::new(&seat, device, template, inbox, &latencies);
                        let offset = period.mul_f64(number as f64 / Tally::SENDERS as f64);
                        tasks.spawn_local(sender.open_loop(period, offset));
                    } else {
                        tasks.spawn_local(inbox.listen(device));
                    }
                }
                let over = async {
                    seat.drain_begins().await;
                    tokio::time::sleep(DRAIN).await;
                };
                tokio::select! {
                    // The tasks only end when they fail.
                    Some(ended) = tasks.join_next() => ended??,
                    () = over => {}
                }
                tasks.shutdown().await;
                take(latencies)
            })
        })
        .collect();
    let measured = drive(bench, duration, workers).await?;
    let parameters =
        json!({ "members": members, "limit": limit, "overload": overload, "bytes": bytes });
    let mut report = Report::new("room", parameters, measured.seconds);
    measured.add_rates(&mut report);
    let names = ["high_arrived", "normal_arrived", "low_arrived"];
    for (number, name) in names.into_iter().enumerate().take(senders) {
        let sent = tally.acknowledged[number].load(Ordering::Relaxed) as f64;
        let delivered = tally.delivered[number].load(Ordering::Relaxed) as f64;
        report.add(name, 100.0 * delivered / receivers / sent.max(1.0), "%");
    }
    add_latencies(&mut report, &measured.latencies);
    measured.add_usage(&mut report, measured.acknowledged, "server_cpu_ms_per_1000");
    Ok(report)
}
