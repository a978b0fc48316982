//! The JSON that GitHub sends: every field that its published description requires, and those that clients read.

use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    http::{Answer, encoded},
    state::{Account, Asset, Comment, Issue, Label, Release, Repository},
};

/// Where the pages of GitHub's documentation stand, which its errors name.
const DOCUMENTATION: &str = "https://docs.github.com/rest";

/// The addresses under which the fake is seen.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The API, without a slash at its end.
    pub(super) api: String,
    /// The pages that people see, and the downloads.
    pub(super) server: String,
}

impl Seen {
    fn user(&self, login: &str, kind: &str) -> Value {
        let name = encoded(login);
        let api = format!("{}/users/{name}", self.api);
        // A number that is the same for the same name, since nothing else is known of an account.
        let id = login.bytes().fold(7_u64, |id, byte| (id * 31 + u64::from(byte)) % 1_000_000_007);
        json!({
            "login": login, "id": id, "node_id": format!("U_{id}"), "type": kind, "site_admin": false,
            "avatar_url": format!("{}/avatars/{id}", self.server), "gravatar_id": "",
            "url": api, "html_url": format!("{}/{name}", self.server),
            "followers_url": format!("{api}/followers"), "following_url": format!("{api}/following{{/other_user}}"),
            "gists_url": format!("{api}/gists{{/gist_id}}"), "starred_url": format!("{api}/starred{{/owner}}{{/repo}}"),
            "subscriptions_url": format!("{api}/subscriptions"), "organizations_url": format!("{api}/orgs"),
            "repos_url": format!("{api}/repos"), "events_url": format!("{api}/events{{/privacy}}"),
            "received_events_url": format!("{api}/received_events"),
        })
    }

    fn account(&self, account: &Account) -> Value {
        self.user(&account.login, account.kind)
    }

    pub(super) fn repository_url(&self, repository: &Repository) -> String {
        format!("{}/repos/{}", self.api, repository.full_name())
    }

    fn page_url(&self, repository: &Repository) -> String {
        format!("{}/{}", self.server, repository.full_name())
    }

    pub(super) fn repository(&self, repository: &Repository) -> Value {
        let api = self.repository_url(repository);
        let page = self.page_url(repository);
        let issues = repository.issues.values().filter(|issue| issue.open).count();
        let mut value = json!({
            "id": repository.id, "node_id": format!("R_{}", repository.id), "name": repository.name,
            "full_name": repository.full_name(), "owner": self.user(&repository.owner, "User"), "private": false,
            "html_url": page, "description": null, "fork": false, "url": api, "clone_url": format!("{page}.git"),
            "git_url": format!("git:{}.git", page.trim_start_matches("http:")), "svn_url": page, "ssh_url": page,
            "mirror_url": null, "homepage": null, "language": null, "license": null, "size": 1,
            "default_branch": "main", "forks": 0, "forks_count": 0, "stargazers_count": 0, "watchers": 0,
            "watchers_count": 0, "network_count": 0, "subscribers_count": 0, "open_issues": issues,
            "open_issues_count": issues, "has_downloads": true, "has_issues": true, "has_projects": true,
            "has_wiki": true, "has_pages": false, "has_discussions": false, "archived": false, "disabled": false,
            "visibility": "public", "created_at": repository.created_at, "updated_at": repository.created_at,
            "pushed_at": repository.created_at,
        });
        // The templates of what can be asked of a repository, which nobody fills in here.
        for (field, path) in [
            ("archive_url", "{archive_format}{/ref}"),
            ("assignees_url", "assignees{/user}"),
            ("blobs_url", "git/blobs{/sha}"),
            ("branches_url", "branches{/branch}"),
            ("collaborators_url", "collaborators{/collaborator}"),
            ("comments_url", "comments{/number}"),
            ("commits_url", "commits{/sha}"),
            ("compare_url", "compare/{base}...{head}"),
            ("contents_url", "contents/{+path}"),
            ("contributors_url", "contributors"),
            ("deployments_url", "deployments"),
            ("downloads_url", "downloads"),
            ("events_url", "events"),
            ("forks_url", "forks"),
            ("git_commits_url", "git/commits{/sha}"),
            ("git_refs_url", "git/refs{/sha}"),
            ("git_tags_url", "git/tags{/sha}"),
            ("hooks_url", "hooks"),
            ("issue_comment_url", "issues/comments{/number}"),
            ("issue_events_url", "issues/events{/number}"),
            ("issues_url", "issues{/number}"),
            ("keys_url", "keys{/key_id}"),
            ("labels_url", "labels{/name}"),
            ("languages_url", "languages"),
            ("merges_url", "merges"),
            ("milestones_url", "milestones{/number}"),
            ("notifications_url", "notifications{?since,all,participating}"),
            ("pulls_url", "pulls{/number}"),
            ("releases_url", "releases{/id}"),
            ("stargazers_url", "stargazers"),
            ("statuses_url", "statuses/{sha}"),
            ("subscribers_url", "subscribers"),
            ("subscription_url", "subscription"),
            ("tags_url", "tags"),
            ("teams_url", "teams"),
            ("trees_url", "git/trees{/sha}"),
        ] {
            value[field] = json!(format!("{api}/{path}"));
        }
        value
    }

    pub(super) fn label(&self, repository: &Repository, label: &Label) -> Value {
        json!({
            "id": label.id, "node_id": format!("LA_{}", label.id), "name": label.name, "color": label.colour,
            "description": label.description, "default": false,
            "url": format!("{}/labels/{}", self.repository_url(repository), encoded(&label.name)),
        })
    }

    pub(super) fn labels(&self, repository: &Repository, names: &[String]) -> Value {
        names.iter().filter_map(|name| repository.label(name)).map(|label| self.label(repository, label)).collect()
    }

    pub(super) fn issue(&self, repository: &Repository, issue: &Issue) -> Value {
        let api = format!("{}/issues/{}", self.repository_url(repository), issue.number);
        let kind = if issue.pull.is_some() { "pull" } else { "issues" };
        let page = format!("{}/{kind}/{}", self.page_url(repository), issue.number);
        let assignees: Vec<Value> = issue.assignees.iter().map(|login| self.user(login, "User")).collect();
        let mut value = json!({
            "id": issue.id, "node_id": format!("I_{}", issue.id), "number": issue.number, "title": issue.title,
            "body": issue.body, "state": state(issue), "state_reason": issue.state_reason, "locked": issue.locked,
            "active_lock_reason": null, "user": self.account(&issue.author), "milestone": null,
            "author_association": issue.author.association, "labels": self.labels(repository, &issue.labels),
            "assignee": assignees.first().cloned(), "assignees": assignees, "comments": issue.comments.len(),
            "created_at": issue.created_at, "updated_at": issue.updated_at, "closed_at": issue.closed_at,
            "closed_by": issue.closed_by.as_ref().map(|account| self.account(account)),
            "url": api, "html_url": page, "repository_url": self.repository_url(repository),
            "labels_url": format!("{api}/labels{{/name}}"), "comments_url": format!("{api}/comments"),
            "events_url": format!("{api}/events"), "timeline_url": format!("{api}/timeline"),
        });
        if issue.pull.is_some() {
            value["pull_request"] = json!({
                "url": format!("{}/pulls/{}", self.repository_url(repository), issue.number),
                "html_url": page, "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"),
                "merged_at": null,
            });
        }
        value
    }

    pub(super) fn comment(&self, repository: &Repository, issue: &Issue, comment: &Comment) -> Value {
        let api = self.repository_url(repository);
        let kind = if issue.pull.is_some() { "pull" } else { "issues" };
        let page = format!("{}/{kind}/{}", self.page_url(repository), issue.number);
        json!({
            "id": comment.id, "node_id": format!("IC_{}", comment.id), "body": comment.body,
            "url": format!("{api}/issues/comments/{}", comment.id),
            "html_url": format!("{page}#issuecomment-{}", comment.id),
            "issue_url": format!("{api}/issues/{}", issue.number), "user": self.account(&comment.author),
            "author_association": comment.author.association, "created_at": comment.created_at,
            "updated_at": comment.updated_at,
        })
    }

    /// A pull request; `None` for what is an issue alone. The list has fewer fields than the one.
    pub(super) fn pull(&self, repository: &Repository, issue: &Issue, one: bool) -> Option<Value> {
        let pull = issue.pull.as_ref()?;
        let api = self.repository_url(repository);
        let own = format!("{api}/pulls/{}", issue.number);
        let as_issue = format!("{api}/issues/{}", issue.number);
        let page = format!("{}/pull/{}", self.page_url(repository), issue.number);
        let link = |href: String| json!({ "href": href });
        let assignees: Vec<Value> = issue.assignees.iter().map(|login| self.user(login, "User")).collect();
        let fork = Repository { owner: pull.head_owner.clone(), ..repository.clone() };
        let statuses = format!("{api}/statuses/{}", pull.head_sha);
        let mut value = json!({
            "id": issue.id, "node_id": format!("PR_{}", issue.id), "number": issue.number, "title": issue.title,
            "body": issue.body, "state": state(issue), "locked": issue.locked, "user": self.account(&issue.author),
            "author_association": issue.author.association, "labels": self.labels(repository, &issue.labels),
            "assignee": assignees.first().cloned(), "assignees": assignees, "milestone": null, "draft": false,
            "created_at": issue.created_at, "updated_at": issue.updated_at, "closed_at": issue.closed_at,
            "merged_at": if pull.merged { json!(issue.closed_at) } else { Value::Null }, "merge_commit_sha": null,
            "auto_merge": null, "requested_reviewers": [], "requested_teams": [], "url": own, "html_url": page,
            "diff_url": format!("{page}.diff"), "patch_url": format!("{page}.patch"), "issue_url": as_issue,
            "commits_url": format!("{own}/commits"), "review_comments_url": format!("{own}/comments"),
            "review_comment_url": format!("{api}/pulls/comments{{/number}}"),
            "comments_url": format!("{as_issue}/comments"), "statuses_url": statuses,
        });
        let ends = json!({
            "head": {
                "label": format!("{}:{}", pull.head_owner, pull.head_branch), "ref": pull.head_branch,
                "sha": pull.head_sha, "user": self.user(&pull.head_owner, "User"), "repo": self.repository(&fork),
            },
            "base": {
                "label": format!("{}:{}", repository.owner, pull.base_branch), "ref": pull.base_branch,
                "sha": "0".repeat(40), "user": self.user(&repository.owner, "User"),
                "repo": self.repository(repository),
            },
            "_links": {
                "self": link(own.clone()), "html": link(page.clone()), "issue": link(as_issue.clone()),
                "comments": link(format!("{as_issue}/comments")), "review_comments": link(format!("{own}/comments")),
                "review_comment": link(format!("{api}/pulls/comments{{/number}}")),
                "commits": link(format!("{own}/commits")), "statuses": link(statuses.clone()),
            },
        });
        put_all(&mut value, &ends);
        if one {
            let more = json!({
                "additions": 1, "deletions": 1, "changed_files": 1, "commits": 1, "comments": issue.comments.len(),
                "review_comments": 0, "mergeable": null, "mergeable_state": "unknown", "merged": pull.merged,
                "merged_by": null, "maintainer_can_modify": false, "rebaseable": null,
            });
            put_all(&mut value, &more);
        }
        Some(value)
    }

    pub(super) fn release(&self, repository: &Repository, release: &Release) -> Value {
        let api = format!("{}/releases/{}", self.repository_url(repository), release.id);
        let page = self.page_url(repository);
        let assets: Vec<Value> =
            release.assets.iter().map(|asset| self.asset(repository, &release.tag, asset)).collect();
        json!({
            "id": release.id, "node_id": format!("RE_{}", release.id), "tag_name": release.tag,
            "target_commitish": release.target, "name": release.name, "body": release.body, "draft": release.draft,
            "prerelease": release.prerelease, "immutable": false, "created_at": release.created_at,
            "published_at": release.created_at, "author": self.account(&Account::bot()), "assets": assets,
            "url": api, "assets_url": format!("{api}/assets"), "html_url": format!("{page}/releases/tag/{}", release.tag),
            "upload_url": format!("{}/assets{{?name,label}}", self.uploads(repository, release.id)),
            "tarball_url": format!("{page}/tarball/{}", release.tag),
            "zipball_url": format!("{page}/zipball/{}", release.tag),
        })
    }

    /// Where a release's assets are uploaded: another address than that of the rest, as on GitHub.
    fn uploads(&self, repository: &Repository, release: u64) -> String {
        let host = match self.api.strip_suffix("/api/v3") {
            Some(enterprise) => format!("{enterprise}/api/uploads"),
            None => format!("{}/uploads", self.api),
        };
        format!("{host}/repos/{}/releases/{release}", repository.full_name())
    }

    pub(super) fn asset(&self, repository: &Repository, tag: &str, asset: &Asset) -> Value {
        let mut digest = "sha256:".to_owned();
        for byte in Sha256::digest(&asset.content) {
            let _ = write!(digest, "{byte:02x}");
        }
        json!({
            "id": asset.id, "node_id": format!("RA_{}", asset.id), "name": asset.name, "label": "",
            "content_type": asset.content_type, "size": asset.content.len(), "digest": digest,
            "state": if asset.is_whole { "uploaded" } else { "starter" }, "download_count": 0, "uploader": self.account(&Account::bot()),
            "created_at": asset.created_at, "updated_at": asset.created_at,
            "url": format!("{}/releases/assets/{}", self.repository_url(repository), asset.id),
            "browser_download_url": format!(
                "{}/releases/download/{}/{}", self.page_url(repository), encoded(tag), encoded(&asset.name)
            ),
        })
    }
}

/// Adds the fields of one object to another: one `json!` for all of them is more than the compiler unfolds.
fn put_all(value: &mut Value, more: &Value) {
    for (field, of) in more.as_object().expect("an object was written") {
        value[field] = of.clone();
    }
}

fn state(issue: &Issue) -> &'static str {
    if issue.open { "open" } else { "closed" }
}

/// A refusal in GitHub's form.
pub(super) fn refusal(status: u16, message: &str) -> Answer {
    let body = json!({ "message": message, "documentation_url": DOCUMENTATION, "status": status.to_string() });
    Answer::json(status, &body)
}

/// A refusal of what was asked, with the one field that is wrong.
pub(super) fn invalid(resource: &str, field: &str, code: &str, message: Option<&str>) -> Answer {
    let mut error = json!({ "resource": resource, "field": field, "code": code });
    if let Some(message) = message {
        error["message"] = json!(message);
    }
    let body = json!({
        "message": "Validation Failed", "errors": [error], "documentation_url": DOCUMENTATION, "status": "422",
    });
    Answer::json(422, &body)
}
