package forgetest

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// address is where the repository is in the API.
func (v githubView) address() string { return apiRoot(v.r) + "/repos/" + v.repo.Name() }

// page is where a browser finds the repository.
func (v githubView) page() string { return "https://" + siteOf(hostOf(v.r)) + "/" + v.repo.Name() }

// links are addresses below a root, as fields NAME_url.
func links(root, names string) map[string]any {
	all := map[string]any{}
	for name := range strings.FieldsSeq(names) {
		all[name+"_url"] = root + "/" + name
	}
	return all
}

// with adds fields to an object.
func with(object map[string]any, fields map[string]any) map[string]any {
	maps.Copy(object, fields)
	return object
}

func githubUser(r *http.Request, login string) map[string]any {
	return with(links(apiRoot(r)+"/users/"+login, "avatar events followers following gists html organizations received_events repos starred subscriptions"), map[string]any{
		"id": 1 + len(login), "node_id": "U_" + login, "login": login, "gravatar_id": "", "site_admin": false, "type": "User", "url": apiRoot(r) + "/users/" + login,
	})
}

func githubUsers(r *http.Request, logins []string) []any {
	users := []any{}
	for _, login := range logins {
		users = append(users, githubUser(r, login))
	}
	return users
}

// repository is the repository, or a fork of it.
func (v githubView) repository(name string) map[string]any {
	owner, short, _ := strings.Cut(name, "/")
	address, site := apiRoot(v.r)+"/repos/"+name, "https://"+siteOf(hostOf(v.r))+"/"+name
	isFork, settings := name != v.repo.Name(), v.repo.setting()
	id := v.repo.id
	if isFork {
		id += 1000
	}
	date := defaultDate(0).Format(time.RFC3339)
	return with(links(address, `archive assignees blobs branches collaborators comments commits compare contents contributors deployments downloads events forks git_commits
		git_refs git_tags hooks issue_comment issue_events issues keys labels languages merges milestones notifications pulls releases stargazers statuses subscribers
		subscription tags teams trees`), map[string]any{
		"id": id, "node_id": fmt.Sprintf("R_%d", id), "name": short, "full_name": name, "owner": githubUser(v.r, owner), "private": v.repo.secret() != "", "fork": isFork,
		"description": nil, "homepage": nil, "language": nil, "mirror_url": nil, "license": nil, "disabled": false, "archived": settings.Archived,
		"default_branch": v.repo.store.Head(), "html_url": site, "clone_url": site + ".git", "git_url": "git://" + strings.TrimPrefix(site, "https://"),
		"ssh_url": "git@" + siteOf(hostOf(v.r)) + ":" + name, "svn_url": site, "url": address, "created_at": date, "updated_at": date, "pushed_at": date,
		"size": 1, "forks": 0, "forks_count": 0, "open_issues": 0, "open_issues_count": 0, "stargazers_count": 0, "watchers": 0, "watchers_count": 0,
		"has_issues": true, "has_projects": true, "has_wiki": true, "has_pages": false, "has_discussions": false, "has_downloads": true,
		"allow_auto_merge": !settings.NoAutoMerge, "delete_branch_on_merge": false,
		"permissions": map[string]any{"admin": false, "maintain": false, "push": v.repo.may(v.r, MayPush), "triage": v.repo.may(v.r, MayLabel), "pull": true},
	})
}

// full is the repository with what only its own page has.
func (v githubView) full() map[string]any {
	return with(v.repository(v.repo.Name()), map[string]any{"network_count": 0, "subscribers_count": 0})
}

func (v githubView) labels(p PullRequest) []any {
	labels := []any{}
	for _, name := range p.Labels {
		labels = append(labels, map[string]any{
			"id": 1, "node_id": "LA_1", "url": v.address() + escape("/labels/"+name), "name": name, "description": "", "color": "ededed", "default": false,
		})
	}
	return labels
}

// issue is what a request has in common with an issue.
func (v githubView) issue(p PullRequest) map[string]any {
	address := fmt.Sprintf("%s/issues/%d", v.address(), p.Number)
	issue := with(links(address, "comments events labels"), map[string]any{
		"id": p.Number, "node_id": v.nodeID(p), "number": p.Number, "title": p.Title, "body": p.Body, "state": "closed", "locked": false, "comments": len(p.Comments),
		"user": githubUser(v.r, p.author()), "labels": v.labels(p), "assignee": nil, "assignees": githubUsers(v.r, p.Assignees), "milestone": nil,
		"created_at": p.Created.Format(time.RFC3339), "updated_at": p.Updated.Format(time.RFC3339), "closed_at": p.Updated.Format(time.RFC3339),
		"author_association": "CONTRIBUTOR", "url": address, "repository_url": v.address(), "html_url": fmt.Sprintf("%s/pull/%d", v.page(), p.Number),
	})
	if p.State == "open" {
		issue["state"], issue["closed_at"] = "open", nil
	}
	return issue
}

// author is who opened a request, a person unless a test says who.
func (p PullRequest) author() string {
	if p.Author == "" {
		return "ada"
	}
	return p.Author
}

// nodeID is a request's name in the GraphQL API.
func (v githubView) nodeID(p PullRequest) string { return fmt.Sprintf("PR_%d_%d", v.repo.id, p.Number) }

// simple is a request as lists show it.
func (v githubView) simple(p PullRequest) map[string]any {
	address := fmt.Sprintf("%s/pulls/%d", v.address(), p.Number)
	side := func(repo, branch, commit string) map[string]any {
		owner, _, _ := strings.Cut(repo, "/")
		return map[string]any{"label": owner + ":" + branch, "ref": branch, "sha": commit, "repo": v.repository(repo), "user": githubUser(v.r, owner)}
	}
	related := map[string]any{}
	for name := range strings.FieldsSeq("comments commits html issue review_comment review_comments self statuses") {
		related[name] = map[string]any{"href": address + "/" + name}
	}
	pull := with(v.issue(p), links(address, "commits diff issue patch review_comment review_comments statuses"))
	pull = with(pull, map[string]any{
		"url": address, "draft": p.Draft, "head": side(v.headRepo(p), p.Head, p.HeadID), "base": side(v.repo.Name(), p.Base, v.repo.ref("refs/heads/"+p.Base)),
		"merge_commit_sha": nil, "merged_at": nil, "_links": related, "auto_merge": nil, "requested_reviewers": []any{}, "requested_teams": []any{},
	})
	if p.State == "merged" {
		pull["merged_at"] = pull["closed_at"]
	}
	if p.AutoMerge != "" {
		pull["auto_merge"] = map[string]any{"enabled_by": githubUser(v.r, p.author()), "merge_method": p.AutoMerge, "commit_title": "", "commit_message": ""}
	}
	var people []string
	for _, name := range p.Reviewers {
		if !strings.Contains(name, "/") {
			people = append(people, name)
		}
	}
	pull["requested_reviewers"] = githubUsers(v.r, people)
	return pull
}

// pull is a request as its own page shows it.
func (v githubView) pull(p PullRequest) map[string]any {
	return with(v.simple(p), map[string]any{
		"merged": p.State == "merged", "merged_by": nil, "mergeable": nil, "mergeable_state": "unknown", "maintainer_can_modify": false,
		"additions": 1, "deletions": 1, "changed_files": 1, "commits": 1, "review_comments": 0,
	})
}

func (v githubView) comment(p PullRequest, c Comment) map[string]any {
	issue := v.issue(p)
	return map[string]any{
		"id": 1, "node_id": "IC_1", "body": c.Body, "user": githubUser(v.r, c.User), "issue_url": issue["url"], "html_url": issue["html_url"], "author_association": "MEMBER",
		"url": v.address() + "/issues/comments/1", "created_at": issue["created_at"], "updated_at": issue["created_at"],
	}
}
