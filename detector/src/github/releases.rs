//! Releases and their assets: what is read of them, and what is asked of GitHub about them.

use std::fmt::Write;

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use ureq::http::Method;

use super::{
    Client, GithubError,
    client::HOST_CHARS,
    transport::{Body, Request},
};

/// A release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Release {
    /// Its number, over all repositories.
    pub id: u64,
    /// Its tag.
    pub tag_name: String,
    /// The page that people see.
    pub html_url: String,
    /// Where assets are uploaded to: an address with `{?name,label}` behind it.
    pub upload_url: String,
}

/// A release to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseDraft {
    /// Its tag, which is made on the default branch where it is missing.
    pub tag: String,
    /// Its title.
    pub name: String,
    /// Its text.
    pub body: String,
}

/// A file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// Its number, over all repositories.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// `uploaded`; `starter` where its upload did not end.
    pub state: String,
    /// `sha256:` and the hash of its bytes; `None` for one from before GitHub kept them.
    pub digest: Option<String>,
}

impl Asset {
    /// Whether it is there in full.
    fn is_whole(&self) -> bool {
        self.state == "uploaded"
    }

    /// Whether it has that many bytes, with that digest where it has one.
    fn is_of(&self, size: u64, digest: &str) -> bool {
        self.size == size && self.digest.as_deref().is_none_or(|there| there == digest)
    }
}

/// The digest of bytes as GitHub writes it.
fn digest(bytes: &[u8]) -> String {
    let mut digest = "sha256:".to_owned();
    for byte in Sha256::digest(bytes) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

impl Client {
    /// The release with that tag; `None` where there is none.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn release_of(&self, tag: &str) -> Result<Option<Release>, GithubError> {
        self.get(self.act(&format!("looking for the release {tag}")), self.below(&["releases", "tags", tag], &[]))
    }

    /// The release with that tag, which must be there. A rehearsal that asks nobody takes it for there.
    ///
    /// # Errors
    ///
    /// When there is none, or GitHub refuses, or stays away.
    pub fn published_release(&self, tag: &str) -> Result<Release, GithubError> {
        if self.is_blind() {
            return Ok(self.pretended_release(tag));
        }
        self.release_of(tag)?.ok_or_else(|| GithubError::Odd {
            act: self.act(&format!("looking for the release {tag}")),
            problem: "there is none that is published; check its tag, and publish it first".to_owned(),
        })
    }

    /// What a rehearsal takes for a release.
    fn pretended_release(&self, tag: &str) -> Release {
        Release {
            id: 0,
            tag_name: tag.to_owned(),
            html_url: String::new(),
            upload_url: self.below(&["releases", "0", "assets"], &[]).url,
        }
    }

    /// Makes a prerelease, unless one with its tag is there. It never counts as the repository's latest release.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn ensure_prerelease(&self, draft: &ReleaseDraft) -> Result<Release, GithubError> {
        let ReleaseDraft { tag, name, body } = draft;
        let find = || self.release_of(tag);
        if let Some(release) = find()? {
            return Ok(release);
        }
        let body = json!({ "tag_name": tag, "name": name, "body": body, "prerelease": true, "make_latest": "false" });
        let request = Request {
            act: self.act(&format!("making the release {tag}")),
            method: Method::POST,
            target: self.below(&["releases"], &[]),
            body: Body::Json(body),
        };
        let made = self.create(&request, &find, || self.pretended_release(tag));
        match made {
            // Another run made it since.
            Err(error) if error.is_invalid() => find()?.ok_or(error),
            made => made,
        }
    }

    /// The files of a release.
    ///
    /// # Errors
    ///
    /// When GitHub refuses, or stays away.
    pub fn assets(&self, release: &Release) -> Result<Vec<Asset>, GithubError> {
        // The number of what a rehearsal would have made.
        if release.id == 0 {
            return Ok(Vec::new());
        }
        let act = self.act(&format!("listing the files of the release {}", release.tag_name));
        self.list(act, self.below(&["releases", &release.id.to_string(), "assets"], &[("per_page", "100")]))
    }

    /// Uploads a file to a release, unless it is there; what is there of it in part only is replaced. Tells whether it was
    /// uploaded.
    ///
    /// # Errors
    ///
    /// When another file of that name is there, or GitHub refuses, or stays away, or keeps other bytes.
    pub fn upload_asset(&self, release: &Release, name: &str, bytes: &[u8]) -> Result<bool, GithubError> {
        let act = self.act(&format!("uploading {name} to the release {}", release.tag_name));
        let (size, digest) = (bytes.len() as u64, digest(bytes));
        // What is there in part stands in the way of another attempt.
        let find = || -> Result<Option<Asset>, GithubError> {
            for asset in self.assets(release)?.into_iter().filter(|asset| asset.name == name) {
                if asset.is_whole() {
                    return Ok(Some(asset));
                }
                let act = self.act(&format!("deleting what is there of {name}"));
                self.delete(act, self.below(&["releases", "assets", &asset.id.to_string()], &[]))?;
            }
            Ok(None)
        };
        let odd = |problem: String| Err(GithubError::Odd { act: act.clone(), problem });
        let other = |asset: &Asset| {
            odd(format!(
                "another file of that name is there ({} bytes; this one has {size}), and is left; delete it there to have this \
                 one in its place",
                asset.size
            ))
        };
        if let Some(asset) = find()? {
            return if asset.is_of(size, &digest) { Ok(false) } else { other(&asset) };
        }
        let target = self.base.upload_target(&release.upload_url, name).map_err(|host| {
            let problem = format!(
                "GitHub names another host to upload to ({}), to which no token is sent",
                self.harmless(&host, HOST_CHARS)
            );
            GithubError::Odd { act: act.clone(), problem }
        })?;
        let request = Request { act: act.clone(), method: Method::POST, target, body: Body::Bytes(bytes) };
        let pretended =
            || Asset { id: 0, name: name.to_owned(), size, state: "uploaded".to_owned(), digest: Some(digest.clone()) };
        let asset = match self.create(&request, &find, pretended) {
            // Another run uploaded one since.
            Err(error) if error.is_invalid() => {
                let asset = find()?.ok_or(error)?;
                return if asset.is_of(size, &digest) { Ok(true) } else { other(&asset) };
            }
            made => made?,
        };
        if asset.is_of(size, &digest) {
            Ok(true)
        } else {
            odd(format!(
                "GitHub holds {} bytes of {size}, or other ones; delete the file there, and run it again",
                asset.size
            ))
        }
    }
}
