//! What a process uses, from `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// CPU time and memory of a process.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// User and system time since its start.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub resident: u64,
}

impl Usage {
    /// Of the process `pid`.
    pub fn of(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("no such process")?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        Ok(Self {
            cpu: cpu_time(&stat).context("cannot read /proc/PID/stat")?,
            resident: resident(&status).context("cannot read /proc/PID/status")?,
        })
    }

    /// Of several processes together; `None` of none.
    pub fn of_all(pids: &[u32]) -> Result<Option<Self>> {
        let mut sum: Option<Self> = None;
        for pid in pids {
            let one = Self::of(*pid)?;
            let before = sum.get_or_insert(Self { cpu: Duration::ZERO, resident: 0 });
            before.cpu += one.cpu;
            before.resident += one.resident;
        }
        Ok(sum)
    }

    /// Of this process.
    pub fn own() -> Result<Self> {
        Self::of(std::process::id())
    }
}

fn cpu_time(stat: &str) -> Option<Duration> {
    // The second field is the program's name in parentheses and may contain anything.
    let fields = stat.rsplit_once(')')?.1;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let user: u64 = times.next()?.parse().ok()?;
    let system: u64 = times.next()?.parse().ok()?;
    Some(time_of(user + system))
}

fn resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// CPU time of the whole machine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Machine {
    /// What all programs and the kernel used.
    pub busy: Duration,
    /// What a hypervisor gave to other machines while programs here wanted to run.
    pub stolen: Duration,
}

impl Machine {
    /// Since it started.
    pub fn now() -> Result<Self> {
        let stat = fs::read_to_string("/proc/stat")?;
        machine_time(&stat).context("cannot read /proc/stat")
    }
}

fn machine_time(stat: &str) -> Option<Machine> {
    let line = stat.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<u64> =
        line.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
    let [user, nice, system, _idle, _waiting, irq, softirq, stolen, ..] = ticks[..] else {
        return None;
    };
    let busy = user + nice + system + irq + softirq;
    Some(Machine { busy: time_of(busy), stolen: time_of(stolen) })
}

/// Clock ticks as time.
fn time_of(ticks: u64) -> Duration {
    Duration::from_secs_f64(ticks as f64 / rustix::param::clock_ticks_per_second() as f64)
}

/// Raises the limit of open files as far as this process may, and returns it.
pub fn raise_open_files(wanted: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let maximum = limit.maximum.unwrap_or(u64::MAX);
    // Raising the maximum needs privileges; without them the old maximum has to do.
    for target in [wanted.max(maximum), maximum] {
        let raised = Rlimit { current: Some(target), maximum: Some(target) };
        if setrlimit(Resource::Nofile, raised).is_ok() {
            break;
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_proc_are_found() {
        let stat = "42 (a) b) S 1 42 42 0 -1 4194304 1 0 0 0 150 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(cpu_time(stat), Some(time_of(200)));
        let machine = machine_time("cpu  10 1 4 9999 777 2 3 50 0 0\ncpu0 1 1 1\n");
        assert_eq!(machine, Some(Machine { busy: time_of(20), stolen: time_of(50) }));
        assert_eq!(resident("Name:\tx\nVmRSS:\t    2048 kB\n"), Some(2048 * 1024));
    }

    #[test]
    fn this_process_uses_memory() {
        assert!(Usage::own().unwrap().resident > 0);
    }
}
