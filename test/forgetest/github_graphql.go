package forgetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// autoMergeCall is what a query must contain: the rest of the language is not understood.
const autoMergeCall = "enablePullRequestAutoMerge(input: $input)"

// graphql answers the one mutation that REST does not have. Refusals have status 200.
func (f *Forge) graphql(w http.ResponseWriter, r *http.Request) {
	if limited := f.countCall(w, r); limited {
		apiLimited(w)
		return
	}
	var in struct {
		Query     string
		Variables struct {
			Input struct{ PullRequestID, MergeMethod string }
		}
	}
	var id, number int
	err := json.NewDecoder(r.Body).Decode(&in)
	input := in.Variables.Input
	fmt.Sscanf(input.PullRequestID, "PR_%d_%d", &id, &number)
	repo := f.byID(id)
	switch {
	case bearer(r) == "":
		apiError(w, http.StatusUnauthorized, "This endpoint requires you to be authenticated.", "https://docs.github.com/graphql/guides/forming-calls-with-graphql#authenticating-with-graphql")
	case err != nil || r.Method != http.MethodPost:
		apiError(w, http.StatusBadRequest, "Problems parsing JSON", "https://docs.github.com/graphql")
	case !strings.Contains(in.Query, autoMergeCall):
		graphqlError(w, "undefinedField", "forgetest: only "+autoMergeCall+" is understood")
	case !slices.Contains([]string{"MERGE", "SQUASH", "REBASE"}, input.MergeMethod):
		graphqlError(w, "argumentLiteralsIncompatible", fmt.Sprintf("Variable $input of type EnablePullRequestAutoMergeInput! was provided invalid value for mergeMethod (Expected %q to be one of: MERGE, REBASE, SQUASH)", input.MergeMethod))
	case repo != nil && repo.actor(r) == "":
		apiError(w, http.StatusUnauthorized, "Bad credentials", "https://docs.github.com/graphql")
	case repo == nil || number < 1 || number > len(repo.PullRequests()):
		graphqlError(w, "NOT_FOUND", fmt.Sprintf("Could not resolve to a node with the global id of '%s'", input.PullRequestID))
	case !repo.may(r, MayMerge):
		graphqlError(w, "FORBIDDEN", "Resource not accessible by integration")
	case repo.setting().NoAutoMerge:
		graphqlError(w, "UNPROCESSABLE", "Pull request Auto merge is not allowed for this repository")
	case repo.setting().NoChecks:
		graphqlError(w, "UNPROCESSABLE", "Pull request Pull request is in clean status")
	default:
		repo.edit(number, func(p *PullRequest) { p.AutoMerge = strings.ToLower(input.MergeMethod) })
		sendJSON(w, r, map[string]any{"data": map[string]any{"enablePullRequestAutoMerge": map[string]any{"clientMutationId": nil}}})
	}
}

func graphqlError(w http.ResponseWriter, kind, message string) {
	sendStatus(w, http.StatusOK, map[string]any{
		"data":   map[string]any{"enablePullRequestAutoMerge": nil},
		"errors": []any{map[string]any{"type": kind, "path": []string{"enablePullRequestAutoMerge"}, "message": message}},
	})
}

// byID finds a repository by its number; nil if there is none.
func (f *Forge) byID(id int) *Repo {
	f.mu.Lock()
	defer f.mu.Unlock()
	if id < 1 || id > len(f.repos) {
		return nil
	}
	return f.repos[id-1]
}
