package forgetest

import (
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
	"time"
)

// giteaAnswers are answers of a Gitea 1.26.4. What is shown here is one of them with other values.
//
//go:embed testdata/gitea/*.json
var giteaAnswers embed.FS

// recorded is an answer, or the part at a path in it, as if it were about a repository.
func (v giteaView) recorded(file, repo string, path ...string) (answer map[string]any) {
	text, err := giteaAnswers.ReadFile("testdata/gitea/" + file)
	if err == nil {
		err = json.Unmarshal([]byte(strings.NewReplacer("https://gitea.example.org", origin(v.r), "ada/project", repo).Replace(string(text))), &answer)
	}
	if err != nil {
		panic(err)
	}
	for _, key := range path {
		answer = answer[key].(map[string]any)
	}
	return answer
}

func (v giteaView) pull(p PullRequest) any {
	page := v.page(p)
	base, head := v.repository(v.repo.Name(), v.repo), any(nil)
	ref, headID, headRepo := p.Head, p.HeadID, -1
	if p.Fork == "" {
		head, headRepo = base, v.repo.id
		if v.repo.ref("refs/heads/"+p.Head) == "" {
			ref = fmt.Sprintf("refs/pull/%d/head", p.Number)
		}
	} else if fork := v.forge.find(hostOf(v.r), p.Fork); fork != nil { // a fork may be deleted
		head, headRepo = v.repository(p.Fork, fork), fork.id
	}
	closed, merged, mergedBy, mergeCommit := any(nil), any(nil), any(nil), any(nil)
	if p.State != "open" {
		closed = p.Updated.Format(time.RFC3339)
	}
	if p.State == "merged" {
		merged, mergedBy, mergeCommit = closed, v.user("ada"), p.HeadID
	}
	title := p.Title
	if p.Draft {
		title = "WIP: " + title
	}
	part := func(name string) map[string]any { return v.recorded("pull.json", v.repo.Name(), name) }
	assignee, assignees := any(nil), v.users(p.Assignees)
	if len(p.Assignees) > 0 {
		assignee = assignees[0]
	}
	return with(v.recorded("pull.json", v.repo.Name()), map[string]any{
		"id": v.repo.id*10_000 + p.Number, "number": p.Number, "url": page, "html_url": page, "diff_url": page + ".diff", "patch_url": page + ".patch",
		"user": v.user(cmp.Or(p.Author, "someone")), "title": title, "body": p.Body, "draft": p.Draft, "labels": v.labels(p), "comments": len(p.Comments),
		"assignee": assignee, "assignees": assignees, "requested_reviewers": v.users(p.Reviewers),
		"state": map[bool]string{true: "open", false: "closed"}[p.State == "open"], "mergeable": p.State == "open" && !p.Draft,
		"merged": p.State == "merged", "merged_at": merged, "merged_by": mergedBy, "merge_commit_sha": mergeCommit,
		"base":       with(part("base"), map[string]any{"label": p.Base, "ref": p.Base, "sha": v.repo.ref("refs/heads/" + p.Base), "repo_id": v.repo.id, "repo": base}),
		"head":       with(part("head"), map[string]any{"label": p.Head, "ref": ref, "sha": headID, "repo_id": headRepo, "repo": head}),
		"created_at": p.Created.Format(time.RFC3339), "updated_at": p.Updated.Format(time.RFC3339), "closed_at": closed,
	})
}

// page is where a browser finds a request. It is also what the API calls the request's URL.
func (v giteaView) page(p PullRequest) string {
	return fmt.Sprintf("%s%s/pulls/%d", origin(v.r), escape("/"+v.repo.Name()), p.Number)
}

func (v giteaView) repository(name string, repo *Repo) any {
	owner, short, _ := strings.Cut(name, "/")
	return with(v.recorded("pull.json", name, "base", "repo"), map[string]any{
		"id": repo.id, "name": short, "owner": v.user(owner), "private": repo.secret() != "", "default_branch": repo.store.Head(),
		"archived": repo.setting().Archived, "has_pull_requests": !repo.setting().NoRequests,
	})
}

func (v giteaView) user(name string) any {
	return with(v.recorded("comment.json", v.repo.Name(), "user"), map[string]any{
		"id": crc32.ChecksumIEEE([]byte(name)), "login": name, "username": name, "email": name + "@example.org",
		"html_url": origin(v.r) + escape("/"+name),
	})
}

func (v giteaView) users(names []string) []any {
	all := []any{}
	for _, name := range names {
		all = append(all, v.user(name))
	}
	return all
}

func (v giteaView) label(name string) any {
	number := slices.Index(v.repo.labelNames(), name) + 1
	return with(v.recorded("label.json", v.repo.Name()), map[string]any{
		"id": number, "name": name, "url": fmt.Sprintf("%s%s/labels/%d", origin(v.r), escape("/api/v1/repos/"+v.repo.Name()), number),
	})
}

func (v giteaView) labels(p PullRequest) []any {
	all := []any{}
	for _, name := range p.Labels {
		all = append(all, v.label(name))
	}
	return all
}

// comment is the ith comment on a request.
func (v giteaView) comment(p PullRequest, i int) any {
	id := p.Number*1000 + i
	return with(v.recorded("comment.json", v.repo.Name()), map[string]any{
		"id": id, "user": v.user(p.Comments[i].User), "body": p.Comments[i].Body, "pull_request_url": v.page(p),
		"html_url":   fmt.Sprintf("%s#issuecomment-%d", v.page(p), id),
		"created_at": p.Created.Format(time.RFC3339), "updated_at": p.Updated.Format(time.RFC3339),
	})
}

func (v giteaView) reviewOf(p PullRequest, user string) any {
	return with(v.recorded("review.json", v.repo.Name()), map[string]any{
		"id": p.Number, "user": v.user(user), "pull_request_url": v.page(p),
	})
}
