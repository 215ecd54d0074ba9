//! The programs that run below us: PostgreSQL, FreeRADIUS. One thread starts, watches and stops them all, because the
//! death signal of a child is tied to the *thread* that started it, and this one lives as long as the process. A child that
//! outlived a killed program is stopped and waited for before another takes its place and its ports.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How to start a program, again if it must be.
type Start = Box<dyn FnMut() -> Result<Command, String> + Send>;

/// A program to run: its name for the log, how to start it, and the signal that stops it cleanly.
pub struct Spec {
    pub name: &'static str,
    pub start: Start,
    pub stop: Signal,
}

/// How grave a line of a child's output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gravity {
    Error,
    Warning,
    /// What happens every day.
    Daily,
    /// What must not reach a terminal or a file.
    Secret,
}

/// Takes what a child says into our log. `judge` gives each line's gravity and what of it is worth repeating: our log has
/// the time already.
///
/// # Errors
/// When the system has no pipe or thread left.
pub fn speak_through_our_log(
    command: &mut Command,
    child: &'static str,
    judge: fn(&str) -> (Gravity, &str),
) -> std::io::Result<()> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    // Ends when the program has ended: nobody else holds the other end.
    std::thread::Builder::new().name(format!("{child}-log")).spawn(move || {
        for line in BufReader::new(reader).lines().map_while(Result::ok) {
            match judge(&line) {
                (Gravity::Error, text) => tracing::error!(child, "{text}"),
                (Gravity::Warning, text) => tracing::warn!(child, "{text}"),
                (Gravity::Daily, text) => tracing::debug!(child, "{text}"),
                (Gravity::Secret, _) => {}
            }
        }
    })?;
    Ok(())
}

enum Order {
    Run(Spec, Sender<Result<(), String>>),
    Stop(Sender<()>),
}

/// The way to the thread. Children are stopped in reverse order of their start.
pub struct Children {
    orders: Sender<Order>,
    thread: Option<JoinHandle<()>>,
}

struct Running {
    spec: Spec,
    /// Where its process id stands while it runs.
    note: PathBuf,
    child: Option<Child>,
    started: Instant,
    failures: u32,
    again_at: Instant,
}

/// How long a child of an earlier run may take to stop.
const ORPHAN_PATIENCE: Duration = Duration::from_secs(20);

impl Children {
    /// Starts the thread, after the children of an earlier run have ended. `folder` keeps their process ids; the caller
    /// holds it alone.
    ///
    /// # Errors
    /// A sentence for the operator when the folder cannot be written or a child of an earlier run does not stop.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let notes = folder.join("children");
        fs::create_dir_all(&notes).map_err(|e| format!("The folder {} cannot be written ({e}).", notes.display()))?;
        end_orphans(folder, &notes)?;
        let (orders, inbox) = channel();
        let work = move || watch(&inbox, &notes);
        let thread = std::thread::Builder::new().name("children".into()).spawn(work);
        let thread = thread.map_err(|e| format!("The thread for PostgreSQL and FreeRADIUS cannot start ({e})."))?;
        Ok(Self { orders, thread: Some(thread) })
    }

    /// Starts a program and keeps it running. An error means that it could not even be started.
    pub fn run(&self, spec: Spec) -> Result<(), String> {
        let (reply, answer) = channel();
        self.orders.send(Order::Run(spec, reply)).map_err(|_| "the children's thread is gone".to_owned())?;
        answer.recv().map_err(|_| "the children's thread is gone".to_owned())?
    }

    /// Stops all, last first, and waits for each.
    pub fn stop(&mut self) {
        let (reply, answer) = channel();
        if self.orders.send(Order::Stop(reply)).is_ok() {
            let _ = answer.recv();
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Children {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Waits for the children that a killed program left behind; their death signal reached them already, or does now.
fn end_orphans(folder: &Path, notes: &Path) -> Result<(), String> {
    let listed = fs::read_dir(notes).map_err(|e| format!("The folder {} cannot be read ({e}).", notes.display()))?;
    let left: Vec<(PathBuf, i32)> =
        listed.flatten().filter_map(|note| living_orphan(folder, &note.path()).map(|pid| (note.path(), pid))).collect();
    for (_, pid) in &left {
        if let Some(pid) = Pid::from_raw(*pid) {
            let _ = kill_process(pid, Signal::INT);
        }
    }
    let deadline = Instant::now() + ORPHAN_PATIENCE;
    for (note, pid) in left {
        while living_orphan(folder, &note).is_some() {
            if Instant::now() > deadline {
                return Err(format!(
                    "{} of an earlier run (process {pid}) does not stop. End it, then start again.",
                    note.file_name().unwrap_or_default().display()
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = fs::remove_file(note);
    }
    Ok(())
}

/// The process of a note, when it still lives and is ours: its command line names our folder.
fn living_orphan(folder: &Path, note: &Path) -> Option<i32> {
    let pid: i32 = fs::read_to_string(note).ok()?.trim().parse().ok()?;
    let line = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let ours = folder.as_os_str().as_encoded_bytes();
    line.windows(ours.len()).any(|part| part == ours).then_some(pid)
}

fn watch(inbox: &Receiver<Order>, notes: &Path) {
    let mut running: Vec<Running> = Vec::new();
    loop {
        match inbox.recv_timeout(Duration::from_millis(100)) {
            Ok(Order::Run(spec, reply)) => {
                let mut one = Running::new(spec, notes);
                let started = one.start();
                if started.is_ok() {
                    running.push(one);
                }
                let _ = reply.send(started);
            }
            Ok(Order::Stop(reply)) => {
                stop_all(running);
                let _ = reply.send(());
                return;
            }
            Err(RecvTimeoutError::Timeout) => running.iter_mut().for_each(Running::look),
            Err(RecvTimeoutError::Disconnected) => return stop_all(running),
        }
    }
}

impl Running {
    fn new(spec: Spec, notes: &Path) -> Self {
        let (now, note) = (Instant::now(), notes.join(spec.name));
        Self { spec, note, child: None, started: now, failures: 0, again_at: now }
    }

    fn start(&mut self) -> Result<(), String> {
        let mut command = (self.spec.start)()?;
        let child = command.spawn().map_err(|e| format!("{} could not be started: {e}", self.spec.name))?;
        tracing::info!(child = self.spec.name, pid = child.id(), "started");
        if let Err(error) = note_down(&self.note, child.id()) {
            tracing::warn!(child = self.spec.name, %error, "its process id could not be noted");
        }
        self.child = Some(child);
        self.started = Instant::now();
        Ok(())
    }

    /// Starts a child that died again: at once the first time, then later and later, at most every 30 seconds.
    fn look(&mut self) {
        if let Some(child) = &mut self.child {
            let Ok(Some(status)) = child.try_wait() else { return };
            self.child = None;
            self.failures = if self.started.elapsed() > Duration::from_secs(60) { 0 } else { self.failures + 1 };
            let wait = Duration::from_millis(200 * (1 << self.failures.min(7))).min(Duration::from_secs(30));
            tracing::error!(child = self.spec.name, %status, again_in_ms = wait.as_millis() as u64, "ended unexpectedly");
            self.again_at = Instant::now() + wait;
        } else if Instant::now() >= self.again_at
            && let Err(error) = self.start()
        {
            tracing::error!(child = self.spec.name, %error, "could not be started again");
            self.failures += 1;
            self.again_at = Instant::now() + Duration::from_secs(2);
        }
    }
}

/// Written whole, then named: who reads it finds a number.
fn note_down(note: &Path, pid: u32) -> std::io::Result<()> {
    let draft = note.with_extension("new");
    fs::write(&draft, pid.to_string())?;
    fs::rename(draft, note)
}

fn stop_all(mut running: Vec<Running>) {
    while let Some(mut one) = running.pop() {
        let Some(child) = &mut one.child else { continue };
        signal(child, one.spec.stop);
        let deadline = Instant::now() + Duration::from_secs(15);
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        if matches!(child.try_wait(), Ok(None)) {
            tracing::warn!(child = one.spec.name, "did not stop in 15 seconds and is killed");
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_file(&one.note);
    }
}

fn signal(child: &Child, signal: Signal) {
    if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> PathBuf {
        let folder = std::env::temp_dir().join(format!("mtandao-children-{}", platform::secrets::random_token()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("file"), "").unwrap();
        folder.canonicalize().unwrap()
    }

    /// Runs until it is stopped, and names the folder as PostgreSQL and FreeRADIUS do.
    fn endless(folder: &Path) -> Command {
        let mut command = Command::new("tail");
        command.arg("-f").arg(folder.join("file"));
        command
    }

    fn noted(folder: &Path) -> Option<i32> {
        fs::read_to_string(folder.join("children/tail")).ok()?.parse().ok()
    }

    fn until(what: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !what() {
            assert!(Instant::now() < deadline, "it did not happen in ten seconds");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[test]
    fn a_child_that_was_killed_is_started_again_and_stopped_at_the_end() {
        let folder = folder();
        let mut children = Children::start(&folder).unwrap();
        let place = folder.clone();
        let start = Box::new(move || Ok(endless(&place)));
        children.run(Spec { name: "tail", start, stop: Signal::TERM }).unwrap();
        let first = noted(&folder).unwrap();
        kill_process(Pid::from_raw(first).unwrap(), Signal::KILL).unwrap();
        until(|| noted(&folder).is_some_and(|pid| pid != first));
        let second = noted(&folder).unwrap();
        children.stop();
        assert!(!Path::new(&format!("/proc/{second}")).exists());
        assert_eq!(noted(&folder), None);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_child_that_outlived_its_program_is_ended_and_a_stranger_with_its_number_is_not() {
        let (mine, theirs) = (folder(), folder());
        let mut orphan = endless(&mine).spawn().unwrap();
        let mut stranger = endless(&theirs).spawn().unwrap();
        fs::create_dir_all(mine.join("children")).unwrap();
        note_down(&mine.join("children/tail"), orphan.id()).unwrap();
        note_down(&mine.join("children/freeradius"), stranger.id()).unwrap();
        // In life its parent is gone and the system takes the dead child away.
        let reaper = std::thread::spawn(move || orphan.wait());
        drop(Children::start(&mine).unwrap());
        reaper.join().unwrap().unwrap();
        assert!(stranger.try_wait().unwrap().is_none(), "another program was ended");
        stranger.kill().unwrap();
        stranger.wait().unwrap();
        fs::remove_dir_all(mine).unwrap();
        fs::remove_dir_all(theirs).unwrap();
    }
}
