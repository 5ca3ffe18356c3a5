//! Is a server ready? One request by hand, so that this program needs no HTTP client.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One attempt must not hang on a server that accepts and then says nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether a `GET` of this path is answered with a 200. No answer at all means not yet.
pub(super) fn is_alive(address: SocketAddr, path: &str) -> bool {
    status_line(address, path).is_ok_and(|line| is_ok(&line))
}

/// HTTP/1.0, so that the server closes the connection itself and sends no chunks.
fn status_line(address: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = Vec::new();
    stream.take(16 * 1024).read_to_end(&mut answer)?;
    let line = answer.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(line).trim_end().to_owned())
}

fn is_ok(status_line: &str) -> bool {
    let mut words = status_line.split(' ');
    words.next().is_some_and(|word| word.starts_with("HTTP/1.")) && words.next() == Some("200")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};
    use std::thread;

    /// What a server that gives this answer once looks like, and what it was asked.
    fn ask(answer: &'static str) -> (bool, String) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut question = Vec::new();
            let mut byte = [0];
            while !question.ends_with(b"\r\n\r\n") {
                stream.read_exact(&mut byte).unwrap();
                question.extend(byte);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(question).unwrap()
        });
        (is_alive(address, "/health"), server.join().unwrap())
    }

    #[test]
    fn a_200_means_ready() {
        let (alive, question) = ask("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\"I'm alive!\"");
        assert!(alive);
        assert!(question.starts_with("GET /health HTTP/1.0\r\n"), "{question}");
    }

    #[test]
    fn any_other_answer_means_not_ready() {
        for answer in ["HTTP/1.1 503 Service Unavailable\r\n\r\n", "200 OK\r\n\r\n", ""] {
            assert!(!ask(answer).0, "{answer:?}");
        }
    }

    #[test]
    fn a_refused_connection_means_not_ready() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        assert!(!is_alive(address, "/health"));
    }
}
