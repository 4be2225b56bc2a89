//! Fetching over a real connection, from a server on this machine that misbehaves on command.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::explicit_write,
    reason = "a test fails by panicking, and says past the capture what it skipped"
)]

use std::cell::RefCell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use md5::{Digest, Md5};
use vivit_tui::config::{Augment, Data, Loader, Set};
use vivit_tui::data::{self, Download, Error, Existing, Fetcher, Progress, Search, Standing};

/// What the server does with one connection.
enum Answer {
    /// The file, or the range of it that was asked for.
    Whole,
    /// As `Whole`, but the connection breaks after so many bytes of the body.
    CutAfter(usize),
    /// Other bytes of the same length.
    Wrong,
    /// The whole file, whatever was asked for.
    IgnoresRange,
    /// The range from byte 1, whatever was asked for.
    OtherRange,
    /// The range that was asked for, and more than it said there would be.
    TooLong,
    /// Says that this many bytes follow, and sends none.
    Announces(u64),
    /// No body but a status and a header line.
    Status(u16, &'static str),
    /// Says that it has been asked, and answers when told to.
    Gate(Sender<()>, Receiver<()>),
}

struct Server {
    base: String,
    /// The `Range` of each request, empty where there was none.
    ranges: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Serves `content`, one answer after the other; then nobody listens any more.
    fn new(content: &[u8], answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let ranges = Arc::new(Mutex::new(Vec::new()));
        let (seen, content) = (Arc::clone(&ranges), content.to_vec());
        thread::spawn(move || {
            for answer in answers {
                let (stream, _) = listener.accept().unwrap();
                let range = range_of(&stream);
                seen.lock().unwrap().push(range.clone());
                // A client may hang up on an answer that it does not like.
                let _ = reply(stream, &content, &range, &answer);
            }
        });
        Self { base, ranges }
    }

    fn ranges(&self) -> Vec<String> {
        self.ranges.lock().unwrap().clone()
    }
}

/// Reads a request's head; the value of its `Range`.
fn range_of(stream: &TcpStream) -> String {
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
    let range = head.iter().find_map(|line| line.to_lowercase().strip_prefix("range: ").map(ToOwned::to_owned));
    range.unwrap_or_default()
}

fn reply(mut stream: TcpStream, content: &[u8], range: &str, answer: &Answer) -> std::io::Result<()> {
    let asked: Option<usize> = range.strip_prefix("bytes=").map(|from| from.trim_end_matches('-').parse().unwrap());
    let total = content.len();
    let mut first = asked;
    let mut body = content.to_vec();
    let mut sent = usize::MAX;
    match answer {
        Answer::Whole => {}
        Answer::Gate(asked, told) => {
            asked.send(()).unwrap();
            told.recv().unwrap();
        }
        Answer::CutAfter(bytes) => sent = *bytes,
        Answer::Wrong => body.iter_mut().for_each(|byte| *byte ^= 0x55),
        Answer::IgnoresRange => first = None,
        Answer::OtherRange => first = Some(1),
        Answer::TooLong => {
            // Without a length of its own the body lasts until the connection ends.
            let first = asked.unwrap();
            let last = total - 1;
            write!(
                stream,
                "HTTP/1.1 206 Partial Content\r\nConnection: close\r\nContent-Range: bytes {first}-{last}/{total}\r\n\r\n"
            )?;
            stream.write_all(&content[first..])?;
            return stream.write_all(b"and then some");
        }
        Answer::Announces(bytes) => {
            return write!(stream, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {bytes}\r\n\r\n");
        }
        Answer::Status(status, line) => {
            return write!(stream, "HTTP/1.1 {status} No\r\nConnection: close\r\n{line}Content-Length: 0\r\n\r\n");
        }
    }
    let start = first.unwrap_or(0);
    if start >= total {
        return write!(
            stream,
            "HTTP/1.1 416 No\r\nConnection: close\r\nContent-Range: bytes */{total}\r\nContent-Length: 0\r\n\r\n"
        );
    }
    let length = total - start;
    match first {
        None => write!(stream, "HTTP/1.1 200 OK\r\n")?,
        Some(_) => {
            write!(stream, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {start}-{}/{total}\r\n", total - 1)?;
        }
    }
    write!(stream, "Connection: close\r\nContent-Length: {length}\r\n\r\n")?;
    stream.write_all(&body[start..start.saturating_add(sent).min(total)])
}

/// A file to fetch: more than one buffer long, and nowhere alike.
fn content() -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    };
    std::iter::repeat_with(next).take(300_000).collect()
}

fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}

/// One fetch into a folder of its own.
struct Scene {
    folder: tempfile::TempDir,
    download: Download,
    server: Server,
    waits: RefCell<Vec<u128>>,
}

impl Scene {
    fn new(answers: Vec<Answer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::new(&content(), answers);
        let url = format!("{}/set.npz", server.base);
        let download = Download { url, target: folder.path().join("set.npz"), md5: md5(&content()) };
        Self { folder, download, server, waits: RefCell::default() }
    }

    /// With a part that an earlier run left.
    fn with_part(part: &[u8], answers: Vec<Answer>) -> Self {
        let scene = Self::new(answers);
        fs::write(scene.folder.path().join("set.npz.part"), part).unwrap();
        scene
    }

    fn fetch(&self) -> Result<(), Error> {
        self.fetch_with(Existing::Keep, &mut |_| {})
    }

    fn fetch_with(&self, existing: Existing, progress: &mut dyn FnMut(Progress)) -> Result<(), Error> {
        let wait = |time: Duration| self.waits.borrow_mut().push(time.as_millis());
        Fetcher { wait: &wait }.fetch(&self.download, existing, progress)
    }

    /// The file is there, right, and alone.
    fn assert_whole(&self) {
        assert!(fs::read(&self.download.target).unwrap() == content(), "the file's bytes");
        assert_eq!(self.left(), ["set.npz"]);
    }

    /// The names in the folder.
    fn left(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

#[test]
fn a_file_arrives_whole_and_alone() {
    let scene = Scene::new(vec![Answer::Whole]);
    let mut told = Vec::new();
    scene.fetch_with(Existing::Keep, &mut |progress| told.push(progress)).unwrap();
    scene.assert_whole();
    let url = scene.download.url.clone();
    assert_eq!(told.first(), Some(&Progress::Fetching { url: url.clone(), received: 0, total: Some(300_000) }));
    assert!(told.contains(&Progress::Fetching { url, received: 300_000, total: Some(300_000) }));
    assert!(scene.waits.borrow().is_empty());
}

#[test]
fn a_broken_connection_is_taken_up_where_it_broke() {
    let scene = Scene::new(vec![Answer::CutAfter(120_000), Answer::CutAfter(80_000), Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    assert_eq!(scene.server.ranges(), ["", "bytes=120000-", "bytes=200000-"]);
}

#[test]
fn a_busy_server_is_asked_again_after_ever_longer_waits() {
    let busy = || Answer::Status(503, "");
    let scene = Scene::new(vec![busy(), busy(), Answer::Whole]);
    let mut retries = Vec::new();
    scene
        .fetch_with(Existing::Keep, &mut |progress| {
            if let Progress::Retrying { attempt, wait_ms, reason } = progress {
                retries.push((attempt, wait_ms, reason));
            }
        })
        .unwrap();
    scene.assert_whole();
    assert_eq!(*scene.waits.borrow(), [500, 1000]);
    let reason = "the server answered 503".to_owned();
    assert_eq!(retries, [(1, 500, reason.clone()), (2, 1000, reason)]);
}

#[test]
fn a_server_that_names_a_wait_gets_it_up_to_a_minute() {
    let scene = Scene::new(vec![
        Answer::Status(429, "Retry-After: 7\r\n"),
        Answer::Status(503, "Retry-After: 86400\r\n"),
        Answer::Whole,
    ]);
    scene.fetch().unwrap();
    assert_eq!(*scene.waits.borrow(), [7_000, 60_000]);
}

#[test]
fn it_gives_up_after_five_attempts_and_says_how_to_do_it_by_hand() {
    let scene = Scene::new((0..5).map(|_| Answer::Status(500, "")).collect());
    let error = scene.fetch().unwrap_err();
    assert_eq!(scene.server.ranges().len(), 5);
    assert_eq!(*scene.waits.borrow(), [500, 1000, 2000, 4000]);
    let message = error.to_string();
    for part in [
        scene.download.target.to_str().unwrap(),
        scene.download.url.as_str(),
        scene.download.md5.as_str(),
        "the server answered 500",
    ] {
        assert!(message.contains(part), "{message}");
    }
    assert!(error.help().unwrap().contains("vivit-tui experiments/quickstart.ron"));
    assert!(scene.left().is_empty());
}

#[test]
fn nobody_listening_is_tried_five_times_too() {
    let scene = Scene::new(vec![]);
    let error = scene.fetch().unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    assert_eq!(scene.waits.borrow().len(), 4);
    assert!(scene.left().is_empty());
}

#[test]
fn what_is_not_there_is_asked_for_once() {
    let scene = Scene::new(vec![Answer::Status(404, "")]);
    let error = scene.fetch().unwrap_err();
    assert!(error.to_string().contains("the server answered 404"), "{error}");
    assert!(scene.waits.borrow().is_empty());
}

#[test]
fn a_redirection_is_followed() {
    let scene = Scene::new(vec![Answer::Status(302, "Location: /elsewhere/set.npz\r\n"), Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
}

#[test]
fn wrong_bytes_are_fetched_once_more_and_never_put_in_place() {
    let scene = Scene::new(vec![Answer::Wrong, Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    let scene = Scene::new(vec![Answer::Wrong, Answer::Wrong]);
    let error = scene.fetch().unwrap_err();
    assert!(matches!(&error, Error::FetchedWrong { expected, .. } if *expected == scene.download.md5), "{error}");
    assert!(scene.left().is_empty());
}

#[test]
fn what_an_earlier_run_left_is_continued() {
    let scene = Scene::with_part(&content()[..100_000], vec![Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    assert_eq!(scene.server.ranges(), ["bytes=100000-"]);
}

#[test]
fn what_another_file_left_is_thrown_away() {
    let scene = Scene::with_part(&content()[1..100_001], vec![Answer::Whole, Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    assert_eq!(scene.server.ranges(), ["bytes=100000-", ""]);
}

#[test]
fn a_part_that_is_whole_is_not_fetched_again() {
    let scene = Scene::with_part(&content(), vec![Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    assert_eq!(scene.server.ranges(), ["bytes=300000-"]);
}

#[test]
fn a_part_longer_than_the_file_is_begun_again() {
    let scene = Scene::with_part(&content().repeat(2), vec![Answer::Whole, Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    assert_eq!(scene.server.ranges(), ["bytes=600000-", ""]);
}

#[test]
fn a_server_without_ranges_makes_it_begin_again() {
    let scene = Scene::with_part(&content()[..100_000], vec![Answer::IgnoresRange]);
    scene.fetch().unwrap();
    scene.assert_whole();
}

#[test]
fn a_server_that_sends_another_range_makes_it_begin_again() {
    let scene = Scene::with_part(&content()[..100_000], vec![Answer::OtherRange, Answer::Whole]);
    scene.fetch().unwrap();
    scene.assert_whole();
    assert_eq!(scene.server.ranges(), ["bytes=100000-", ""]);
}

#[test]
fn more_than_was_announced_is_refused() {
    let scene = Scene::with_part(&content()[..100_000], vec![Answer::TooLong]);
    let error = scene.fetch().unwrap_err();
    assert!(matches!(error, Error::Oversized { limit: 300_000, .. }), "{error}");
    assert!(scene.left().is_empty());
}

#[test]
fn a_file_beyond_all_data_sets_is_refused_unread() {
    let scene = Scene::new(vec![Answer::Announces(21 << 30)]);
    let error = scene.fetch().unwrap_err();
    assert!(matches!(error, Error::Oversized { limit: 21_474_836_480, .. }), "{error}");
}

#[test]
fn a_file_that_is_there_stays_until_a_new_one_is_whole() {
    let scene = Scene::new(vec![Answer::Status(404, ""), Answer::Whole]);
    fs::write(&scene.download.target, "old").unwrap();
    scene.fetch().unwrap();
    assert_eq!(fs::read(&scene.download.target).unwrap(), b"old", "kept, and nothing asked");
    scene.fetch_with(Existing::Replace, &mut |_| {}).unwrap_err();
    assert_eq!(fs::read(&scene.download.target).unwrap(), b"old", "kept after a failure");
    scene.fetch_with(Existing::Replace, &mut |_| {}).unwrap();
    scene.assert_whole();
}

#[test]
fn of_two_at_once_one_fetches_and_the_other_waits_for_it() {
    let (asked, was_asked) = channel();
    let (tell, told) = channel();
    let scene = Scene::new(vec![Answer::Gate(asked, told)]);
    let download = scene.download.clone();
    let fetch = |progress: &mut dyn FnMut(Progress)| {
        Fetcher { wait: &|_| {} }.fetch(&download, Existing::Keep, progress).unwrap();
    };
    thread::scope(|scope| {
        scope.spawn(|| fetch(&mut |_| {}));
        was_asked.recv().unwrap();
        fetch(&mut |progress| {
            if matches!(progress, Progress::Waiting { .. }) {
                tell.send(()).unwrap();
            }
        });
    });
    scene.assert_whole();
    assert_eq!(scene.server.ranges().len(), 1);
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let scene = Scene::new(vec![Answer::Whole]);
    let download = Download { target: file.join("set.npz"), ..scene.download.clone() };
    let error = Fetcher { wait: &|_| {} }.fetch(&download, Existing::Keep, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Error::Unwritable { path, .. } if *path == file), "{error}");
    assert!(error.help().unwrap().contains("--data-dir"));
}

/// The real file, where this machine has it.
fn real() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/adrenalmnist3d.npz");
    if path.is_file() {
        return Some(path);
    }
    // Past the runner's capture, which hides what a passing test prints.
    writeln!(std::io::stderr(), "skipped: {} is not on this machine", path.display()).unwrap();
    None
}

fn adrenal() -> Data {
    Data { set: Set::AdrenalMnist3d, size: 28, batch: 32, loader: Loader::Auto, augment: Augment::default() }
}

/// A search that fetches from the server and never sleeps.
fn search(folder: &Path, server: &Server) -> Search {
    Search { base_url: Some(server.base.clone()), wait: |_| {}, ..Search::only(folder) }
}

#[test]
fn a_known_set_is_fetched_once_and_then_found() {
    let Some(path) = real() else { return };
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(&fs::read(path).unwrap(), vec![Answer::CutAfter(150_000), Answer::Whole]);
    let search = search(folder.path(), &server);
    assert!(data::list(&search).iter().all(|listed| listed.found.is_none()));
    data::verify_set(&Set::AdrenalMnist3d, 28, &search, &mut |_| {}).expect_err("verifying fetches nothing");
    let dataset = data::open(&adrenal(), &search, 0, &mut |_| {}).unwrap();
    assert_eq!(dataset.train.len(), 1188);
    assert_eq!(dataset.source.md5.as_deref(), Some("bbd3c5a5576322bc4cdfea780653b1ce"));
    data::open(&adrenal(), &search, 0, &mut |_| {}).unwrap();
    assert_eq!(server.ranges(), ["", "bytes=150000-"]);
    let verified = data::verify_set(&Set::AdrenalMnist3d, 28, &search, &mut |_| {}).unwrap();
    assert_eq!(verified.standing, Standing::Current { name: "adrenalmnist3d".to_owned() });
    assert_eq!(data::list(&search).iter().filter(|listed| listed.found.is_some()).count(), 1);
}

#[test]
fn a_damaged_file_is_replaced_where_it_lies_when_that_is_asked_for() {
    let Some(path) = real() else { return };
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = Server::new(&fs::read(path).unwrap(), vec![Answer::Whole]);
    let search = Search { environment_dir: Some(second.path().to_owned()), ..search(first.path(), &server) };
    let damaged = second.path().join("adrenalmnist3d.npz");
    fs::write(&damaged, "damaged").unwrap();
    let fetch = |existing| data::fetch_set(&Set::AdrenalMnist3d, 28, &search, existing, &mut |_| {});
    let error = fetch(Existing::Keep).unwrap_err();
    assert!(matches!(error, Error::WrongChecksum { .. }), "{error}");
    assert_eq!(fs::read(&damaged).unwrap(), b"damaged");
    assert_eq!(fetch(Existing::Replace).unwrap(), damaged);
    assert_eq!(fetch(Existing::Keep).unwrap(), damaged);
}

#[test]
fn without_a_network_the_message_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    for offline in [true, false] {
        let server = Server::new(&[], vec![]);
        let search = Search { offline, ..search(folder.path(), &server) };
        let error = data::open(&adrenal(), &search, 0, &mut |_| {}).unwrap_err();
        let message = error.to_string();
        let target = folder.path().join("adrenalmnist3d.npz");
        let url = format!("{}/adrenalmnist3d.npz", server.base);
        for part in [target.to_str().unwrap(), &url, "bbd3c5a5576322bc4cdfea780653b1ce"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(error.help().unwrap().contains("vivit-tui experiments/quickstart.ron"));
    }
}

#[test]
fn the_next_folder_is_taken_where_the_first_cannot_be_written_unless_it_was_asked_for() {
    let Some(path) = real() else { return };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let server = Server::new(&fs::read(path).unwrap(), vec![Answer::Whole]);
    let asked = search(&file, &server);
    let error = data::open(&adrenal(), &asked, 0, &mut |_| {}).unwrap_err();
    assert!(matches!(&error, Error::Unwritable { path, .. } if *path == file), "{error}");
    let next = folder.path().join("next");
    let search = Search { data_dir: None, environment_dir: Some(file), package_dir: Some(next.clone()), ..asked };
    let dataset = data::open(&adrenal(), &search, 0, &mut |_| {}).unwrap();
    assert_eq!(dataset.source.path, Some(next.join("adrenalmnist3d.npz")));
}

#[test]
fn the_built_in_set_needs_no_file() {
    let data = Data { set: Set::Phantom, ..adrenal() };
    let search = Search { offline: true, ..Search::only("/nowhere") };
    assert!(data::open(&data, &search, 42, &mut |_| {}).unwrap().synthetic);
}
