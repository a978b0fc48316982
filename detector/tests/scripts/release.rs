//! `scripts/release.sh`: a release's reports, beside a server that answers as it is told.

use std::{
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    thread,
};

use super::place::{Place, ended};

/// Answers a request for each of `answers`, and returns what was asked once all are given; and the address.
fn server(answers: &'static [(u16, &'static str)]) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address =
        format!("http://{}/repos/o/n/releases/1/assets{{?name,label}}", listener.local_addr().expect("an address"));
    let serve = move || {
        let mut asked = String::new();
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().expect("a connection");
            let mut bytes = Vec::new();
            // The documents of these tests end with a closing brace.
            while !bytes.ends_with(b"}") {
                let mut buffer = [0; 4096];
                let count = stream.read(&mut buffer).expect("a request");
                bytes.extend_from_slice(&buffer[..count]);
            }
            asked += &String::from_utf8_lossy(&bytes);
            let length = body.len();
            write!(stream, "HTTP/1.1 {status} Said\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
                .expect("an answer");
        }
        asked
    };
    (address, thread::spawn(serve))
}

fn release(place: &Place, address: &str) -> Command {
    let mut command = place.script("release.sh", &[]);
    command.env("RUNS", place.path("runs")).env("EXPECT", "linux-x86_64").env("GITHUB_TOKEN", "ghs_secret");
    command.env("UPLOAD_URL", address).env("no_proxy", "127.0.0.1");
    command
}

#[test]
fn a_report_is_attached_under_its_platform() {
    let place = Place::new();
    place.write("runs/release-linux-x86_64/report.json", "{}");
    let (address, server) = server(&[(201, "{}")]);
    let (stdout, _) = ended(&mut release(&place, &address), 0);
    assert_eq!(stdout, "attached report-linux-x86_64.json\n");
    let asked = server.join().expect("the server ends");
    assert!(
        asked.starts_with("POST /repos/o/n/releases/1/assets?name=report-linux-x86_64.json HTTP/1.1\r\n"),
        "{asked}"
    );
    assert!(asked.contains("\r\nAuthorization: Bearer ghs_secret\r\n"), "{asked}");
}

#[test]
fn a_file_that_is_there_is_left_alone() {
    let place = Place::new();
    place.write("runs/release-linux-x86_64/report.json", "{}");
    let (address, _server) = server(&[(422, r#"{"errors":[{"code":"already_exists"}]}"#)]);
    let (stdout, _) = ended(&mut release(&place, &address), 0);
    assert_eq!(stdout, "report-linux-x86_64.json is attached already\n");
}

#[test]
fn what_github_refuses_ends_in_5_after_the_others() {
    let place = Place::new();
    place.write("runs/release-linux-x86_64/report.json", "{}");
    place.write("runs/release-linux-x86_64/pair.json", "{}");
    let (address, _server) = server(&[(422, r#"{"errors":[{"code":"custom"}]}"#), (201, "{}")]);
    let (stdout, stderr) = ended(&mut release(&place, &address), 5);
    assert_eq!(stdout, "attached pair-linux-x86_64.json\n");
    assert!(stderr.contains("GitHub did not take report-linux-x86_64.json (HTTP 422)"), "{stderr}");
}

#[test]
fn a_platform_without_a_report_ends_in_4_after_the_others() {
    let place = Place::new();
    place.write("runs/release-linux-x86_64/report.json", "{}");
    let (address, _server) = server(&[(201, "{}")]);
    let (stdout, stderr) = ended(release(&place, &address).env("EXPECT", "linux-aarch64,linux-x86_64"), 4);
    assert_eq!(stdout, "attached report-linux-x86_64.json\n");
    assert!(stderr.contains("linux-aarch64 left no report"), "{stderr}");
}

#[test]
fn without_a_token_nothing_is_tried() {
    let place = Place::new();
    let (_, stderr) = ended(release(&place, "http://127.0.0.1:9/").env_remove("GITHUB_TOKEN"), 2);
    assert!(stderr.contains("GITHUB_TOKEN is not set"), "{stderr}");
}
