package sources

import "reflect"

// Request is a reference as a user typed it, with the options given beside it. The zero value of an option means
// that it was not given. Tags hold the option's name, the word that stands for its value, and what it does.
type Request struct {
	Ref string

	Tracking // what to follow
	Checkout // which tree of it
	Access   `option:"private" value:"[=PREFIX]" help:"require credentials [=PREFIX]"`

	Host        string   `option:"host" value:"HOST" help:"use GitHub Enterprise at HOST"`
	FetchURL    string   `option:"fetch-url" value:"URL" help:"make builds fetch from URL"`
	Unpack      bool     `option:"unpack" help:"pin the contents of an archive"`
	NoStripRoot bool     `option:"no-strip-root" help:"keep an archive's top-level directory"`
	Executable  bool     `option:"executable" help:"mark the file executable"`
	Systems     []string `option:"system" value:"SYSTEM=URL" help:"for each system, pin SYSTEM=URL; repeatable"`
	StoreName   string   `option:"store-name" value:"NAME" help:"name the store path NAME (default: nixpkgs' choice)"`
}

// Option is one thing that a user can ask for beside a reference.
type Option struct {
	Name  string // "branch"
	Value string // what stands for its value in Help, "NAME"; "" for an option that takes none
	Help  string // what it does, "follow the branch NAME"
	Field any    // where a Request keeps it: a *string, *bool, *[]string, *Patterns or *Access
}

// IsSet reports whether the option was given.
func (o Option) IsSet() bool { return !reflect.ValueOf(o.Field).Elem().IsZero() }

// Options returns every option that a Request can hold, in the order in which help lists them.
func (r *Request) Options() []Option { return options(reflect.ValueOf(r).Elem()) }

func options(v reflect.Value) (found []Option) {
	for i := range v.NumField() {
		field, tag := v.Field(i), v.Type().Field(i).Tag
		if name := tag.Get("option"); name != "" {
			found = append(found, Option{name, tag.Get("value"), tag.Get("help"), field.Addr().Interface()})
		} else if field.Kind() == reflect.Struct {
			found = append(found, options(field)...)
		}
	}
	return found
}

// GitOptions returns the names of the options that every git-hosted kind takes, and more.
func GitOptions(more ...string) []string {
	return append([]string{
		"branch", "tag", "constraint", "prerelease", "rev",
		"submodules", "lfs", "sparse-checkout", "root-dir", "store-name", "private",
	}, more...)
}
