package bot_test

import (
	"context"
	"os/exec"
	"strings"

	"github.com/pinfetch/pinfetch/internal/bot"
	"github.com/pinfetch/pinfetch/internal/gitcmd"
)

func (g *guillotine) Open(ctx context.Context, base, prefix string) ([]bot.Request, error) {
	return cut(g, func() ([]bot.Request, error) { return g.Forge.Open(ctx, base, prefix) })
}

func (g *guillotine) Closed(ctx context.Context, base, branch string) ([]bot.Request, error) {
	return cut(g, func() ([]bot.Request, error) { return g.Forge.Closed(ctx, base, branch) })
}

func (g *guillotine) Create(ctx context.Context, d bot.Draft) (bot.Request, error) {
	return cut(g, func() (bot.Request, error) { return g.Forge.Create(ctx, d) })
}

func (g *guillotine) Edit(ctx context.Context, r bot.Request, title, body string) error {
	return cutErr(g, func() error { return g.Forge.Edit(ctx, r, title, body) })
}

func (g *guillotine) Close(ctx context.Context, r bot.Request, body string) error {
	return cutErr(g, func() error { return g.Forge.Close(ctx, r, body) })
}

func (g *guillotine) Comments(ctx context.Context, r bot.Request) ([]string, error) {
	return cut(g, func() ([]string, error) { return g.Forge.Comments(ctx, r) })
}

func (g *guillotine) Comment(ctx context.Context, r bot.Request, text string) error {
	return cutErr(g, func() error { return g.Forge.Comment(ctx, r, text) })
}

func (g *guillotine) Equip(ctx context.Context, r bot.Request, w bot.Wishes) error {
	return cutErr(g, func() error { return g.Forge.Equip(ctx, r, w) })
}

func (g *guillotine) Push(ctx context.Context, updates []gitcmd.RefUpdate) ([]error, error) {
	return cut(g, func() ([]error, error) { return g.Project.Push(ctx, updates) })
}

func showFile(dir, object string) ([]byte, error) {
	return exec.Command("git", "-C", dir, "-c", "safe.directory=*", "-c", "safe.bareRepository=all", "show", object).Output()
}

func listBranches(dir string) ([]string, error) {
	out, err := exec.Command("git", "-C", dir, "-c", "safe.directory=*", "-c", "safe.bareRepository=all", "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").Output()
	return strings.Fields(string(out)), err
}

func commitMessage(dir, branch string) (string, error) {
	out, err := exec.Command("git", "-C", dir, "-c", "safe.directory=*", "-c", "safe.bareRepository=all", "show", "-s", "--format=%B", branch).Output()
	return string(out), err
}
