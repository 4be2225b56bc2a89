//! One request: continue the part where it ends, or begin it again when the server cannot.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::Duration;

use ureq::config::Config;
use ureq::http::{HeaderMap, Response, Uri, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use super::Progress;

/// No file of a data set is larger: those of `PathMNIST` at 224 hold 16 GB of bytes that hardly deflate.
const LIMIT: u64 = 20 << 30;

/// Time for a name, a connection, and the head of an answer.
const ANSWER_TIME: Duration = Duration::from_secs(30);

/// Time without a single byte after which a connection counts as dead.
const SILENCE: Duration = Duration::from_secs(30);

/// Bytes between two notes of progress.
const NOTE: u64 = 1 << 18;

/// Why an attempt ended before the file did.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The next attempt may do better.
    Passing {
        reason: String,
        wait: Duration,
    },
    /// The next attempt will not.
    Lasting {
        reason: String,
    },
    Oversized {
        limit: u64,
    },
    Disk(io::Error),
}

impl Trouble {
    fn passing(reason: impl Into<String>) -> Self {
        Self::Passing { reason: reason.into(), wait: Duration::ZERO }
    }
}

/// Appends to `part` what it lacks of the file at `url`.
pub(super) fn receive(url: &str, part: &mut File, progress: &mut dyn FnMut(Progress)) -> Result<(), Trouble> {
    let held = part.seek(SeekFrom::End(0)).map_err(Trouble::Disk)?;
    let mut request = agent(url).get(url).header(header::ACCEPT_ENCODING, "identity");
    if held > 0 {
        request = request.header(header::RANGE, format!("bytes={held}-"));
    }
    let response = request.call().map_err(|error| refused(&error))?;
    let headers = response.headers();
    let (offset, total) = match response.status().as_u16() {
        200 => (0, response.body().content_length()),
        206 => match content_range(headers) {
            Some((Some(first), total)) if first == held => {
                let rest = response.body().content_length();
                (held, total.or_else(|| rest.map(|rest| held + rest)))
            }
            _ => {
                part.set_len(0).map_err(Trouble::Disk)?;
                return Err(Trouble::passing("the server sent another range than asked for"));
            }
        },
        416 if content_range(headers) == Some((None, Some(held))) => return Ok(()), // All of it was here.
        416 => {
            part.set_len(0).map_err(Trouble::Disk)?;
            return Err(Trouble::passing(format!("the server has no byte {held}")));
        }
        status => return Err(answered(status, headers)),
    };
    part.set_len(offset).map_err(Trouble::Disk)?;
    part.seek(SeekFrom::Start(offset)).map_err(Trouble::Disk)?;
    let mut note = |received| {
        let url = url.to_owned();
        progress(Progress::Fetching { url, received, total });
    };
    copy(response, part, (offset, total), &mut note)
}

/// Copies the body, and compares how much came with what was announced.
fn copy(
    response: Response<Body>,
    part: &mut File,
    (offset, total): (u64, Option<u64>),
    note: &mut dyn FnMut(u64),
) -> Result<(), Trouble> {
    let limit = total.unwrap_or(LIMIT).min(LIMIT);
    if total.is_some_and(|total| total > LIMIT) {
        return Err(Trouble::Oversized { limit });
    }
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 17];
    let (mut received, mut noted) = (offset, offset);
    note(received);
    loop {
        let count = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(Trouble::passing(format!("the connection broke after {received} bytes: {error}")));
            }
        };
        received += count as u64;
        if received > limit {
            return Err(Trouble::Oversized { limit });
        }
        part.write_all(buffer.get(..count).unwrap_or_default()).map_err(Trouble::Disk)?;
        if received >= noted + NOTE {
            noted = received;
            note(received);
        }
    }
    note(received);
    match total {
        Some(total) if received < total => {
            Err(Trouble::passing(format!("the connection ended after {received} of {total} bytes")))
        }
        _ => Ok(()),
    }
}

fn agent(url: &str) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    let config = Config::builder()
        .http_status_as_error(false)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .tls_config(tls)
        .timeout_resolve(Some(ANSWER_TIME))
        .timeout_connect(Some(ANSWER_TIME))
        .timeout_recv_response(Some(ANSWER_TIME))
        .timeout_per_read(Some(SILENCE));
    // A proxy of the environment (ALL_PROXY, HTTPS_PROXY, HTTP_PROXY) is ureq's default, less NO_PROXY.
    // It cannot know this machine's own addresses.
    let config = if is_loopback(url) { config.proxy(None) } else { config };
    config.build().new_agent()
}

fn is_loopback(url: &str) -> bool {
    let uri = url.parse::<Uri>().unwrap_or_default();
    matches!(uri.host(), Some("localhost" | "[::1]")) || uri.host().is_some_and(|host| host.starts_with("127."))
}

/// First byte and whole length of `bytes 100-199/200`, `bytes 100-199/*` or `bytes */200`.
fn content_range(headers: &HeaderMap) -> Option<(Option<u64>, Option<u64>)> {
    let value = headers.get(header::CONTENT_RANGE)?.to_str().ok()?;
    let (range, total) = value.trim().strip_prefix("bytes")?.trim().split_once('/')?;
    let first = range.split_once('-').and_then(|(first, _)| first.trim().parse().ok());
    Some((first, total.trim().parse().ok()))
}

/// What to make of an answer that is neither the file nor a part of it.
fn answered(status: u16, headers: &HeaderMap) -> Trouble {
    let reason = format!("the server answered {status}");
    match status {
        408 | 429 | 500..=599 => {
            let seconds = headers.get(header::RETRY_AFTER).and_then(|value| value.to_str().ok()?.trim().parse().ok());
            Trouble::Passing { reason, wait: Duration::from_secs(seconds.unwrap_or(0)) }
        }
        _ => Trouble::Lasting { reason },
    }
}

/// What to make of no answer at all.
fn refused(error: &ureq::Error) -> Trouble {
    use ureq::Error as E;
    let reason = error.to_string();
    match error {
        E::Io(_)
        | E::Timeout(_)
        | E::HostNotFound
        | E::ConnectionFailed
        | E::ConnectProxyFailed(_)
        | E::Protocol(_)
        | E::BodyStalled => Trouble::passing(reason),
        _ => Trouble::Lasting { reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_in_all_three_forms() {
        let rows = [
            ("bytes 100-199/200", Some((Some(100), Some(200)))),
            ("bytes 100-199/*", Some((Some(100), None))),
            ("bytes */200", Some((None, Some(200)))),
            ("lines 1-2/3", None),
            ("bytes 100-199", None),
        ];
        for (value, expected) in rows {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_RANGE, value.parse().unwrap());
            assert_eq!(content_range(&headers), expected, "{value}");
        }
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, passes) in
            [(404, false), (403, false), (410, false), (304, false), (408, true), (429, true), (503, true)]
        {
            let trouble = answered(status, &HeaderMap::new());
            assert_eq!(matches!(trouble, Trouble::Passing { .. }), passes, "{status}");
        }
    }

    #[test]
    fn a_server_that_names_a_wait_is_heard() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, "7".parse().unwrap());
        let trouble = answered(429, &headers);
        assert!(matches!(trouble, Trouble::Passing { wait, .. } if wait == Duration::from_secs(7)));
    }

    #[test]
    fn no_proxy_stands_before_this_machine() {
        for url in ["http://127.0.0.1:80/a", "http://localhost/a", "http://[::1]:8000/a"] {
            assert!(is_loopback(url), "{url}");
        }
        assert!(!is_loopback("https://zenodo.org/records/10519652/files/a.npz"));
    }
}
