//! A disk of a test's own: small, or not to be written to. It is mounted where nobody but the programs of the test sees
//! it, in namespaces that a user may make without being root; where the system forbids that, there is none.
#![allow(dead_code, clippy::unwrap_used)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A folder that is a disk of its own, as long as this lives.
pub struct Disk {
    /// Holds the namespaces.
    holder: Child,
    folder: PathBuf,
}

impl Disk {
    /// Makes a folder a disk of so many kilobytes. `None`, and a word about it, where the system does not let us.
    pub fn new(folder: &Path, kilobytes: u32) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let script = r#"mount -t tmpfs -o "size=$1k" disk "$0" && echo mounted && exec cat"#;
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--mount", "sh", "-c", script]).arg(folder);
        command.arg(kilobytes.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mounted = command.spawn().ok().and_then(|mut holder| {
            let mut line = String::new();
            BufReader::new(holder.stdout.take()?).read_line(&mut line).ok()?;
            Some(Self { holder, folder: folder.to_owned() }).filter(|_| line == "mounted\n")
        });
        if mounted.is_none() {
            assert!(std::env::var_os("VIVIT_MOUNTS_EXPECTED").is_none(), "no mounts of one's own");
            drop(writeln!(std::io::stderr(), "skipped: this system lets no user mount a disk of their own"));
        }
        mounted
    }

    /// The program where it sees the disk.
    pub fn command(&self, program: &Command) -> Command {
        let mut command = self.enter();
        command.args(["sh", "-c", r#"cd "$0" && exec "$@""#]).arg(program.get_current_dir().unwrap());
        command.arg(program.get_program()).args(program.get_args());
        for (name, value) in program.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command.current_dir(program.get_current_dir().unwrap()).stdin(Stdio::null());
        command
    }

    fn enter(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--preserve-credentials", "--user", "--mount", "--target", &self.holder.id().to_string()]);
        command
    }

    /// A file of the disk, as this process sees it.
    pub fn path(&self, name: &str) -> PathBuf {
        let seen = format!("/proc/{}/root{}", self.holder.id(), self.folder.display());
        Path::new(&seen).join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Leaves no room.
    pub fn fill(&self) {
        let mut file = File::create(self.path("filler")).unwrap();
        for size in [1 << 16, 1 << 12, 1] {
            loop {
                match file.write_all(&vec![0; size]) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }

    /// Gives the room back.
    pub fn empty(&self) {
        fs::remove_file(self.path("filler")).unwrap();
    }

    /// From now on whoever opens a file of the disk finds that it is read-only.
    pub fn forbid_writing(&self) {
        self.run(&["mount", "--bind", "-o", "ro", self.folder.to_str().unwrap(), self.folder.to_str().unwrap()]);
    }

    pub fn allow_writing(&self) {
        self.run(&["umount", self.folder.to_str().unwrap()]);
    }

    fn run(&self, command: &[&str]) {
        assert!(self.enter().args(command).status().unwrap().success(), "{command:?}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}
